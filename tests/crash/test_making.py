"""A disk that fills up while a ledger or a key is made: nothing half made stays, and the next attempt succeeds."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
import typer

from ledger import durable, opening
from ledger.cli.files import save_key
from ledger.cli.keeping import init
from ledger.errors import Misuse, Unavailable
from ledger.home import load_gateway_secret
from ledger.log.checkpoint import open_checkpoint
from ledger.log.keys import EDDSA, PrivateKey
from ledger.opening import create_ledger, open_ledger
from ledger.settings import load_settings
from ledger.store.log import last_checkpoint
from tests.crash.disks import short_files

ORIGIN = "ledger.example/2026"
FILES = ("ledger.key", "master.key", "checkpoint")


def fail_at(count: int, patch: pytest.MonkeyPatch) -> None:
    """Let the disk fail when it is waited for the so many-th time."""
    waits, fsync = [0], os.fsync

    def wait(descriptor: int) -> None:
        waits[0] += 1
        if waits[0] == count:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(descriptor)

    patch.setattr(durable.os, "fsync", wait)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_ledger_is_made_or_not(
    tmp_path: Path, database_url: str, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither keys nor a log without a head stay behind: the log could never be opened, nor another be made."""
    settings = load_settings(tmp_path / "home", {"PACKLEDGER_DATABASE_URL": database_url})
    with monkeypatch.context() as patch:
        fail_at(count, patch)
        with pytest.raises(Unavailable, match="home-unwritable"):
            create_ledger(settings, ORIGIN, lambda: 1, os.urandom)
    assert not [name for name in FILES if (settings.home / name).exists()]
    create_ledger(settings, ORIGIN, lambda: 1, os.urandom)
    with open_ledger(settings):
        pass


def test_a_ledger_that_is_made_stays_made(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that fails once all is committed would otherwise end `init`, which then takes its settings back."""
    settings = load_settings(tmp_path / "home", {"PACKLEDGER_DATABASE_URL": database_url})

    def away(*_: object) -> None:
        raise Unavailable("store-unavailable")

    with monkeypatch.context() as patch:
        patch.setattr(opening, "put_checkpoints", away)
        trust = create_ledger(settings, ORIGIN, lambda: 1, os.urandom)
    with open_ledger(settings) as made, made.database.read() as connection:
        note = last_checkpoint(connection)
    assert note is not None
    assert open_checkpoint(note, ORIGIN, trust.vkey).size == 2


def test_settings_are_written_or_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty settings file would make the next attempt stop at it, and every command look for another database."""
    url = f"sqlite:///{tmp_path}/ledger.db"
    with monkeypatch.context() as patch:
        fail_at(1, patch)
        with pytest.raises(typer.Exit):
            init(ORIGIN, url, tmp_path / "home")
    init(ORIGIN, url, tmp_path / "home")


def test_a_checkpoint_of_an_older_ledger_stops_the_making_of_another(tmp_path: Path, database_url: str) -> None:
    """The new log would be held against it, and be taken for a restored one."""
    settings = load_settings(tmp_path, {"PACKLEDGER_DATABASE_URL": database_url})
    settings.checkpoint_file.write_bytes(b"kept")
    with pytest.raises(Misuse, match="ledger-exists"):
        create_ledger(settings, ORIGIN, lambda: 1, os.urandom)
    assert [path.name for path in tmp_path.iterdir() if path.name in FILES] == ["checkpoint"]
    assert settings.checkpoint_file.read_bytes() == b"kept"


def test_a_gateway_secret_is_made_or_not(tmp_path: Path) -> None:
    """A half one would stop every start of the server, and there is no safe copy of it."""
    settings = load_settings(tmp_path)
    with short_files(10), pytest.raises(Unavailable, match="home-unwritable"):
        load_gateway_secret(settings, os.urandom)
    (tmp_path / "gateway.key.new").write_bytes(b"of one who was killed")
    secret = load_gateway_secret(settings, os.urandom)
    assert [path.name for path in tmp_path.iterdir()] == ["gateway.key"]
    assert settings.gateway_key_file.stat().st_mode & 0o077 == 0
    assert load_gateway_secret(settings, os.urandom) == secret


def test_a_private_key_is_written_or_not(tmp_path: Path) -> None:
    """The name is free for the next attempt."""
    path, key = tmp_path / "station.key", PrivateKey.from_seed(EDDSA, bytes(32))
    with short_files(10), pytest.raises(OSError, match="File too large"):
        save_key(path, key)
    assert not path.exists()
    save_key(path, key)
    with pytest.raises(Misuse, match="file-exists"):
        save_key(path, key)
    assert path.read_bytes() == key.to_pem()
