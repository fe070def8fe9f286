"""Why a process could not open the ledger: told by it, in the folder that processes share, to who watches over it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from api.metrics import SHARED_FOLDER_VARIABLE
from ledger.errors import FormatError, LedgerError, Misuse, NotVerified, Unavailable

__all__ = ["reason_of", "tell"]

_KINDS: Final = {kind.__name__: kind for kind in (FormatError, Misuse, NotVerified, Unavailable)}


class _Told(msgspec.Struct, frozen=True):
    kind: str
    code: str
    detail: str


def tell(error: LedgerError) -> bool:
    """Leave word of what keeps this process from serving, as far as there is room; say whether anybody watches."""
    folder = os.environ.get(SHARED_FOLDER_VARIABLE)
    if folder is None:
        return False
    told = _Told(type(error).__name__, error.code, error.detail)
    with suppress(OSError):
        _path(Path(folder), os.getpid()).write_bytes(msgspec.json.encode(told))
    return True


def reason_of(folder: Path, process: int | None) -> LedgerError | None:
    """Return what a process that ended has left word of; None when it left none, or nothing that is whole."""
    if process is None:
        return None
    try:
        told = msgspec.json.decode(_path(folder, process).read_bytes(), type=_Told)
    except (OSError, msgspec.MsgspecError):
        return None
    return _KINDS[told.kind](told.code, told.detail) if told.kind in _KINDS else None


def _path(folder: Path, process: int) -> Path:
    return folder / f"refused-{process}"
