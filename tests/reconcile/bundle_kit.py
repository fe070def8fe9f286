"""Bundles in the hands of somebody who takes them apart and puts them together again."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from ledger import canonical
from ledger.bundle import archive as archive_module
from ledger.bundle.form import BUNDLE_KIND, BUNDLE_MEDIA_TYPE, INDEX, SIGNATURE
from ledger.bundle.verify import verify_bundle
from ledger.errors import FormatError, LedgerError, NotVerified
from ledger.opening import own_statement
from tests.reconcile.bureau import Bureau

__all__ = ["Members", "edited", "members_of", "must_refuse", "resigned", "written"]

Members = dict[str, bytes]


def members_of(path: Path) -> Members:
    """Return what is in a zip."""
    with zipfile.ZipFile(path) as file:
        return {entry.filename: file.read(entry) for entry in file.infolist()}


def written(members: Members, to: Path) -> Path:
    """Write a zip as a bundle is written."""
    to.unlink(missing_ok=True)
    with archive_module.writing(to) as writer:
        for name, data in members.items():
            writer.add(name, data)
    return to


def resigned(bureau: Bureau, members: Members, **changes: Any) -> Members:
    """Return the members with an index that lists them as they are, signed by the ledger: a lying ledger."""
    index = json.loads(members[INDEX]) | changes
    index["members"] = [
        {"bytes": len(data), "digest": sha256(data).hexdigest(), "name": name}
        for name, data in sorted(members.items()) if name not in (INDEX, SIGNATURE)
    ]  # fmt: skip
    data = canonical.dumps(index)
    trust = bureau.world.trust
    signature = own_statement(
        trust, bureau.world.signing_key, index["made_at"], BUNDLE_KIND, BUNDLE_MEDIA_TYPE, f"case:{index['number']}",
        data,
    )  # fmt: skip
    return {**members, INDEX: data, SIGNATURE: signature}


def must_refuse(bureau: Bureau, path: Path, code: str, named: str = "") -> LedgerError:
    """Require that the verifier refuses a file with this code, and names what is at fault."""
    with pytest.raises((NotVerified, FormatError)) as caught:
        verify_bundle(path, bureau.world.trust.vkey)
    assert caught.value.code == code, caught.value
    assert named in caught.value.detail, caught.value
    return caught.value


def edited(data: bytes, change: Callable[[Any], None]) -> bytes:
    """Return canonical JSON after a change."""
    value = json.loads(data)
    change(value)
    return canonical.dumps(value)
