"""Files that a person names, read within a bound."""

from __future__ import annotations

from pathlib import Path

from ledger.durable import read_whole
from ledger.limits import SCAN_CHARACTERS_MAX
from scanner.limits import LABELS_PER_SHEET_MAX

__all__ = ["read_lines"]

_BYTES_MAX = LABELS_PER_SHEET_MAX * SCAN_CHARACTERS_MAX


def read_lines(path: Path) -> list[str]:
    """Return the lines of a text file that hold something; what is not UTF-8 becomes U+FFFD, which stands in no code.

    Raises:
        FormatError: `file-too-large`.
        OSError: it cannot be read.
    """
    text = read_whole(path, _BYTES_MAX).decode("utf-8-sig", "replace")
    return [line.strip() for line in text.splitlines() if line.strip()]
