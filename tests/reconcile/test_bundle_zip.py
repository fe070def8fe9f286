"""The zip of a bundle: read within bounds, whoever made it, and nothing hides in it."""

from __future__ import annotations

import contextlib
import io
import struct
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import pytest

from ledger.bundle import archive as archive_module
from ledger.bundle.archive import opened
from ledger.bundle.form import INDEX, NAME, SIGNATURE
from ledger.bundle.verify import verify_bundle
from ledger.errors import FormatError, LedgerError
from tests.reconcile.bundle_kit import members_of, must_refuse, written
from tests.reconcile.bureau import Bureau


def test_a_zip_from_anywhere_is_read_within_bounds(bureau: Bureau, bundle: Path, tmp_path: Path) -> None:
    """Names that lead elsewhere, a member twice, an encrypted one, something before or behind, no zip at all."""
    path = tmp_path / "strange.zip"
    for name in ("../evil", "/etc/passwd", "a/b/c", "evidence\\x", "A.json", "a" * 3 + "\0b", "con:", ""):
        _write_raw(path, [(name, b"x")])
        must_refuse(bureau, path, "casefile-malformed")
    _write_raw(path, [("index.json", b"a"), ("index.json", b"b")])
    must_refuse(bureau, path, "casefile-malformed", "twice")
    for data in (b"#!/bin/sh\n" + bundle.read_bytes(), b"", b"PK\x03\x04", b"PK\x05\x06" + bytes(18)):
        path.write_bytes(data)
        must_refuse(bureau, path, "casefile-malformed")
    with zipfile.ZipFile(path, "w") as file:
        file.comment = b"behind"
        file.writestr("index.json", b"x")
    must_refuse(bureau, path, "casefile-malformed")


def _write_raw(path: Path, members: list[tuple[str, bytes]]) -> None:
    with zipfile.ZipFile(path, "w") as file:
        for name, data in members:
            entry = zipfile.ZipInfo("x", (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o100644 << 16
            entry.filename = entry.orig_filename = name
            twice = name in file.namelist()
            with pytest.warns(UserWarning, match="Duplicate") if twice else contextlib.nullcontext():
                file.writestr(entry, data)


def test_a_bomb_is_refused_before_it_goes_off(
    bureau: Bureau, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A member that says it is large, many that are large together, more members than a case has."""
    monkeypatch.setattr(archive_module, "BUNDLE_MEMBER_BYTES_MAX", 1_000)
    monkeypatch.setattr(archive_module, "BUNDLE_BYTES_MAX", 2_000)
    monkeypatch.setattr(archive_module, "BUNDLE_MEMBERS_MAX", 5)
    path = tmp_path / "bomb.zip"
    for members in ([("a", bytes(1_001))], [(each, bytes(999)) for each in "abc"], [(each, b"") for each in "abcdef"]):
        _write_raw(path, members)
        must_refuse(bureau, path, "bundle-too-large")
    with pytest.raises(FormatError, match="bundle-too-large"):
        written({"a": bytes(1_001)}, path)


@pytest.mark.parametrize("large", [False, True])
def test_a_list_without_end_is_not_read(bureau: Bureau, tmp_path: Path, *, large: bool) -> None:
    """Two hundred thousand members that all are the same: told from the end of the file, in no memory to speak of."""
    listed = 200_000 * (b"PK\x01\x02" + bytes(24) + b"\x01" + bytes(17) + b"a")
    told = struct.pack("<II", 2**32 - 1, 2**32 - 1) if large else struct.pack("<II", len(listed), 0)
    data = b"PK\x03\x04" + listed
    if large:
        data += b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, 2**17, 2**17, len(listed), 4)
        data += b"PK\x06\x07" + struct.pack("<IQI", 0, 4 + len(listed), 1)
    path = tmp_path / "list.zip"
    path.write_bytes(data + b"PK\x05\x06" + bytes(8) + told + bytes(2))
    tracemalloc.start()
    try:
        must_refuse(bureau, path, "bundle-too-large")
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_an_index_that_nobody_signed_is_no_bomb(bureau: Bureau, bundle: Path, tmp_path: Path) -> None:
    """It is read before it is known who wrote it: so it may be no longer than any index is."""
    path = written({**members_of(bundle), INDEX: b"[" + b"[]," * 2**21 + b"[]]"}, tmp_path / "index.zip")
    must_refuse(bureau, path, "bundle-too-large", INDEX)
    path = written({**members_of(bundle), SIGNATURE: bytes(2**20)}, tmp_path / "signature.zip")
    must_refuse(bureau, path, "bundle-too-large", SIGNATURE)


def test_a_member_longer_or_shorter_than_it_says_is_refused(bundle: Path, tmp_path: Path) -> None:
    """Sizes in the list at the end are altered: reading ends in a code, never in a flood."""
    data = bytearray(bundle.read_bytes())
    central = data.rindex(b"PK\x01\x02")
    told = int.from_bytes(data[central + 24 : central + 28], "little")
    for size in (0, 1, told + 5, 2**31 - 1):
        altered = bytearray(data)
        altered[central + 24 : central + 28] = size.to_bytes(4, "little")
        path = tmp_path / "size.zip"
        path.write_bytes(altered)
        with pytest.raises(FormatError):
            _read_all(path)
    for size in (2**20, 2**31 + 1, 2**32 - 2):
        altered = bytearray(data)
        altered[central + 20 : central + 24] = size.to_bytes(4, "little")
        path.write_bytes(altered)
        with pytest.raises(FormatError, match="bundle-too-large"):
            _read_all(path)


def _read_all(path: Path) -> None:
    with opened(path) as archive:
        for name in archive.names:
            archive.read(name)


@pytest.mark.parametrize("at", range(0, 2_000, 37))
def test_damage_anywhere_ends_in_a_code(bureau: Bureau, bundle: Path, tmp_path: Path, at: int) -> None:
    """A byte of the file changed, from either end: refused, whatever it says."""
    for place in (at, -1 - at):
        data = bytearray(bundle.read_bytes())
        data[place] ^= 0xFF
        path = tmp_path / "damaged.zip"
        path.write_bytes(data)
        with pytest.raises(LedgerError):
            verify_bundle(path, bureau.world.trust.vkey)


def test_every_byte_around_the_members_counts(bundle: Path, tmp_path: Path) -> None:
    """What other programs read instead of the list at the end, times, versions, flags: all of it is as we write it."""
    data, path = bundle.read_bytes(), tmp_path / "around.zip"
    with zipfile.ZipFile(bundle) as file:
        headers = [entry.header_offset for entry in file.infolist()]
    around = [place for start in headers for place in range(start, start + 30)]
    around += range(data.index(b"PK\x01\x02", headers[-1]), len(data))
    for place in around:
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        with pytest.raises(FormatError), opened(path):
            pass


def test_nothing_hides_in_the_zip(bureau: Bureau, bundle: Path, tmp_path: Path) -> None:
    """A byte behind the list, in a gap between members, or behind a member's compressed bytes."""
    path = tmp_path / "hiding.zip"
    path.write_bytes(bundle.read_bytes() + b"x")
    must_refuse(bureau, path, "casefile-malformed", "behind")
    with zipfile.ZipFile(path, "w") as file:
        for name, data in members_of(bundle).items():
            _write_entry(file, name, data, gap=b"gap")
    must_refuse(bureau, path, "casefile-malformed", "before")
    with zipfile.ZipFile(path, "w") as file:
        for name, data in members_of(bundle).items():
            _write_entry(file, name, data, behind=b"behind")
    must_refuse(bureau, path, "casefile-malformed", "not as long")


def _write_entry(file: zipfile.ZipFile, name: str, data: bytes, *, gap: bytes = b"", behind: bytes = b"") -> None:
    """Write a member by hand, as a bundle's is written, with something hidden."""
    deflating = zlib.compressobj(6, zlib.DEFLATED, -15)
    packed = deflating.compress(data) + deflating.flush() + behind
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.external_attr, entry.compress_type = 0o100644 << 16, zipfile.ZIP_DEFLATED
    entry.CRC, entry.file_size, entry.compress_size = zlib.crc32(data), len(data), len(packed)
    assert file.fp is not None
    file.fp.seek(file.start_dir)
    file.fp.write(gap)
    entry.header_offset = file.fp.tell()
    file.fp.write(entry.FileHeader(zip64=False) + packed)
    file.start_dir = file.fp.tell()
    file.infolist().append(entry)


def test_names_are_bounded() -> None:
    """Letters, digits, one folder."""
    for fine in ("index.json", "rules/card-ring.0123456789abcdef.sql", "evidence/000000.jsonl"):
        assert NAME.fullmatch(fine)
    for bad in ("..", "a/../b", "./a", "a//b", ".a", "a.", "a/.b", "Ä", "a b"):
        assert not NAME.fullmatch(bad)


def test_the_archive_is_the_same_for_the_same_members(tmp_path: Path) -> None:
    """No time, no owner, no order of chance."""
    one = written({"a": b"1", "b": b"2"}, tmp_path / "one.zip").read_bytes()
    assert one == written({"a": b"1", "b": b"2"}, tmp_path / "other.zip").read_bytes()
    with zipfile.ZipFile(io.BytesIO(one)) as file:
        assert {entry.date_time for entry in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
