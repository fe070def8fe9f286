"""Files that are whole: of one with two rooms the newest content is found, whatever a crash leaves of a write."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ledger.durable import ROOM_BYTES, furnish, locked, read_rooms, write_room, write_whole
from ledger.errors import FormatError
from ledger.home import read_checkpoint, write_checkpoint
from ledger.settings import Settings, load_settings
from tests.crash.disks import short_files


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return the settings of a home in which heads of the sizes 3 and 7 were kept."""
    settings = load_settings(tmp_path)
    for size in (3, 7):
        write_checkpoint(settings, size, note(size))
    return settings


def note(size: int) -> bytes:
    """Return what has the form of a head of this size."""
    return f"ledger.example\n{size}\nroot\n\n— signature {size}\n".encode()


def test_two_rooms_hold_what_was_written(tmp_path: Path) -> None:
    """Each room is written alone, and keeps every byte."""
    path = tmp_path / "file"
    with locked(tmp_path) as folder:
        furnish(path, b"first\n", folder)
    write_room(path, 1, b"second\n")
    assert read_rooms(path.read_bytes()) == [b"first\n", b"second\n"]
    assert path.stat().st_size == 2 * ROOM_BYTES


def test_a_write_that_was_cut_off_leaves_the_head_before_it(settings: Settings) -> None:
    """Wherever the write of the next head stopped, the newest whole one is there; afterwards all goes on."""
    path = settings.checkpoint_file
    before = path.read_bytes()
    write_checkpoint(settings, 12, note(12))
    after = path.read_bytes()
    changed = [at for at in range(len(after)) if after[at] != before[at]]
    assert len({at // ROOM_BYTES for at in changed}) == 1, "both rooms were written at once"
    for cut in (changed[0] + 1, changed[len(changed) // 2], changed[-1]):
        path.write_bytes(after[:cut] + before[cut:])
        assert read_checkpoint(settings) == note(7)
        write_checkpoint(settings, 12, note(12))
        assert read_checkpoint(settings) == note(12)
        assert path.read_bytes() == after


def test_an_older_head_never_replaces_a_newer_one(settings: Settings) -> None:
    """Who was overtaken leaves the newer head in both rooms, and on disk."""
    write_checkpoint(settings, 5, note(5))
    assert read_rooms(settings.checkpoint_file.read_bytes()) == [note(7), note(7)]


def test_a_head_is_on_disk_when_the_call_returns(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is waited for after the write, also by whoever was overtaken."""
    done: list[str] = []
    pwrite, fdatasync = os.pwrite, os.fdatasync
    monkeypatch.setattr(os, "pwrite", lambda *each: (done.append("write"), pwrite(*each))[1])
    monkeypatch.setattr(os, "fdatasync", lambda each: (done.append("wait"), fdatasync(each))[1])
    for size in (9, 5):
        write_checkpoint(settings, size, note(size))
    assert done == ["write", "wait"] * 2


@pytest.mark.parametrize("data", [b"", note(7), b"\n" * 2 * ROOM_BYTES])
def test_a_file_without_a_whole_room_is_refused(settings: Settings, data: bytes) -> None:
    """Neither an empty file nor a bare note is taken for what was kept."""
    settings.checkpoint_file.write_bytes(data)
    with pytest.raises(FormatError) as caught:
        read_checkpoint(settings)
    assert caught.value.code == "note-malformed"


def test_a_file_is_written_whole_or_not(tmp_path: Path) -> None:
    """A disk that fills up leaves the older file; a device is written to as it is."""
    kept = tmp_path / "kept"
    write_whole(kept, b"old")
    with short_files(1_000), pytest.raises(OSError, match="File too large"):
        write_whole(kept, bytes(5_000))
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
    assert kept.read_bytes() == b"old"
    write_whole(Path(os.devnull), b"gone")
    assert Path(os.devnull).is_char_device()
