"""A seizure list: one code a line, as scanned or typed; every line is kept, with what is wrong with it.

Bytes as scanners and spreadsheets write them: ASCII or what contains it, UTF-8 or UTF-16 with its mark; lines end
in LF, CR LF or CR. Blank lines are no lines. A line can be too long, unreadable (any fault that reading a code has,
those of scanners among them), or name a pack that an earlier line named: `doubled`.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any, BinaryIO, Final

import msgspec

from ledger.codes import read
from ledger.errors import CodeFault, Misuse
from ledger.limits import SCAN_CHARACTERS_MAX, SEIZURE_LINES_MAX, SEIZURE_TEXT_CHARACTERS_MAX
from ledger.papers.contents import DOUBLED

__all__ = ["FaultyLine", "SeizureList", "read_list"]

# The most frequent line by far, and what `read` makes of it: 20 digits are their own key.
_NATIONAL: Final = re.compile(rb"8[0-9]{19}")
_MARK: Final = b"\xef\xbb\xbf"  # spreadsheets begin UTF-8 with it
_PRINTABLE: Final = re.compile(r"[ -~]+")


class FaultyLine(msgspec.Struct, frozen=True):
    """A line that added no pack: its number, what is wrong, and the text as it stood there, if it can be printed."""

    line: int
    fault: str
    text: str | None


class SeizureList(msgspec.Struct, frozen=True):
    """A list as it was read.

    Attributes:
        digest: SHA-256 of all of it.
        lines: how many lines are not blank.
        codes: keys of the packs, in the order of the list, each once.
        faults: the other lines, ascending.
    """

    digest: bytes
    lines: int
    codes: list[str]
    faults: list[FaultyLine]


def read_list(file: BinaryIO) -> SeizureList:
    """Read a list.

    Raises:
        Misuse: `seizure-empty` when there is no line; `seizure-too-long`.
    """
    digest = sha256()
    codes: dict[str, None] = {}
    faults: list[FaultyLine] = []
    lines = 0
    for number, line in _lines(file, digest.update):
        text = line.removeprefix(_MARK).strip() if number == 1 else line.strip()
        if not text:
            continue
        lines += 1
        if lines > SEIZURE_LINES_MAX:
            raise Misuse("seizure-too-long", f"more than {SEIZURE_LINES_MAX} lines")
        key, fault = _key(text)
        if not fault and key in codes:
            fault = DOUBLED
        if fault:
            faults.append(FaultyLine(number, fault, _shown(text)))
        else:
            codes[key] = None
    if not lines:
        raise Misuse("seizure-empty", "no line holds anything")
    return SeizureList(digest.digest(), lines, list(codes), faults)


def _lines(file: BinaryIO, update: Callable[[bytes], None]) -> Iterator[tuple[int, bytes]]:
    """Iterate over numbered lines; of one that is too long, only as much as shows that."""
    raw = _Watched(file, update)
    wide = raw.mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    # As Latin-1 every byte is a character, and comes out as it was.
    coding = ("utf-16", "utf-8") if wide else ("latin-1", "latin-1")
    text = io.TextIOWrapper(io.BufferedReader(raw), encoding=coding[0], errors="replace", newline=None)
    number = 0
    while line := text.readline(2 * SCAN_CHARACTERS_MAX):
        number += 1
        whole = line
        while line and not line.endswith("\n"):
            line = text.readline(2 * SCAN_CHARACTERS_MAX)
        yield number, whole.encode(coding[1], "replace")


class _Watched(io.RawIOBase):
    """A file whose bytes are told to somebody as they are read; `mark` is its first two."""

    def __init__(self, file: BinaryIO, update: Callable[[bytes], None]) -> None:
        self._file = file
        self._update = update
        self.mark = self._waiting = file.read(2)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        data = self._waiting or self._file.read(len(buffer))
        self._waiting = b""
        self._update(data)
        buffer[: len(data)] = data
        return len(data)


def _key(text: bytes) -> tuple[str, str]:
    if _NATIONAL.fullmatch(text):
        return text.decode("ascii"), ""
    try:
        return read(text).key, ""
    except CodeFault as fault:
        return "", fault.code


def _shown(text: bytes) -> str | None:
    shown = text[:SEIZURE_TEXT_CHARACTERS_MAX].decode("ascii", "replace").strip()
    return shown if _PRINTABLE.fullmatch(shown) else None
