"""What a process that cannot serve leaves for whoever watches over it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from api.metrics import SHARED_FOLDER_VARIABLE
from api.refused import reason_of, tell
from ledger.errors import LedgerError, Misuse, NotVerified, Unavailable


@pytest.mark.parametrize(
    "error", [Misuse("secret-missing", "master.key"), NotVerified("log-restored"), Unavailable("store-unavailable")]
)
def test_the_watcher_hears_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: LedgerError) -> None:
    """The same error, of the same kind; a later process of the same number has said nothing yet."""
    monkeypatch.setenv(SHARED_FOLDER_VARIABLE, str(tmp_path))
    assert tell(error)
    heard = reason_of(tmp_path, os.getpid())
    assert heard is not None
    assert (type(heard), heard.code, heard.detail) == (type(error), error.code, error.detail)
    assert reason_of(tmp_path, os.getpid()) is None


@pytest.mark.parametrize("left", [b"", b"{", b'{"kind":"LedgerError","code":"x","detail":""}', b'{"kind":"Misuse"}'])
def test_what_is_not_whole_is_no_reason(tmp_path: Path, left: bytes) -> None:
    """A full disk leaves half a word, or none."""
    (tmp_path / "refused-17").write_bytes(left)
    assert reason_of(tmp_path, 17) is None
    assert reason_of(tmp_path, None) is None


def test_who_is_watched_by_nobody_or_has_no_room_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One process alone raises to whoever started it; a folder that is gone is no second failure."""
    monkeypatch.delenv(SHARED_FOLDER_VARIABLE, raising=False)
    assert not tell(Misuse("secret-missing"))
    monkeypatch.setenv(SHARED_FOLDER_VARIABLE, str(tmp_path / "gone"))
    assert tell(Misuse("secret-missing"))
