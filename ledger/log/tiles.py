"""Names of tiles and entry bundles, and the bundles themselves (C2SP tlog-tiles).

    tile/<level>/<number>           a full tile: 256 hashes
    tile/<level>/<number>.p/<width> one that is not full yet: 1 to 255
    tile/entries/<number>[...]      a bundle: the entries below a level-0 tile

A number is written in groups of three digits, all but the last marked with x: 1234067 is x001/x234/067.
A bundle is its entries in order, each after its length in two bytes, big-endian.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.errors import FormatError, Misuse
from ledger.limits import BUNDLE_ENTRY_BYTES_MAX, TILE_LEVEL_MAX
from ledger.log.merkle import TILE_WIDTH
from ledger.log.spelling import read_decimal

__all__ = ["TilePath", "parse_bundle", "parse_tile_path", "print_bundle", "print_tile_path", "width_at"]


@dataclass(frozen=True, slots=True)
class TilePath:
    """Which tile, and how much of it.

    Attributes:
        level: 0 for leaf hashes and upward; None for a bundle of entries.
        number: of the tile in its level, from 0.
        width: hashes or entries in it, 1 to 256.
    """

    level: int | None
    number: int
    width: int = TILE_WIDTH


def width_at(size: int, level: int, number: int) -> int:
    """Return how many hashes a tile has in a tree of `size` leaves: 0 when there is none, 256 when full."""
    return max(0, min(TILE_WIDTH, (size >> 8 * level) - number * TILE_WIDTH))


def print_tile_path(path: TilePath) -> str:
    """Return the path below a log's prefix."""
    digits = str(path.number)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    number = "/".join([f"x{group}" for group in groups[:-1]] + groups[-1:])
    level = "entries" if path.level is None else str(path.level)
    partial = "" if path.width == TILE_WIDTH else f".p/{path.width}"
    return f"tile/{level}/{number}{partial}"


def parse_tile_path(text: str) -> TilePath:
    """Read a path, accepting only what `print_tile_path` would print.

    Raises:
        FormatError: `tile-path-malformed`.
    """
    top, _, rest = text.partition("/")
    level_text, _, rest = rest.partition("/")
    number_text, partial, width_text = rest.partition(".p/")
    digits = number_text.replace("/", "").replace("x", "").lstrip("0") or "0"
    try:
        level = None if level_text == "entries" else read_decimal(level_text)
        path = TilePath(level, read_decimal(digits), read_decimal(width_text) if partial else TILE_WIDTH)
    except ValueError as error:
        raise FormatError("tile-path-malformed", f"a part is {error}") from None
    # Printing it again is the test of everything else: groups of three, marks, no partial that is full.
    if top != "tile" or print_tile_path(path) != text:
        raise FormatError("tile-path-malformed", "not tile/<level>/<number> with an optional .p/<width>")
    if (level or 0) > TILE_LEVEL_MAX or not 0 < path.width <= TILE_WIDTH:
        raise FormatError("tile-path-malformed", "a level beyond every tree, or a width that no tile has")
    return path


def print_bundle(entries: Sequence[bytes]) -> bytes:
    """Return the bundle of 1 to 256 entries.

    Raises:
        Misuse: `log-value-unfit` for another number of them, or an entry longer than its length can say.
    """
    if not 0 < len(entries) <= TILE_WIDTH or max(map(len, entries)) > BUNDLE_ENTRY_BYTES_MAX:
        raise Misuse("log-value-unfit", "not 1 to 256 entries of at most 65,535 bytes")
    return b"".join([len(entry).to_bytes(2, "big") + entry for entry in entries])


def parse_bundle(data: bytes) -> list[bytes]:
    """Return the entries of a bundle.

    Raises:
        FormatError: `bundle-malformed` when the bytes end inside an entry, or there are none or over 256.
    """
    entries: list[bytes] = []
    at = 0
    while at < len(data) and len(entries) <= TILE_WIDTH:
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        if at > len(data):
            raise FormatError("bundle-malformed", f"the bytes end inside entry {len(entries)}")
        entries.append(data[start:at])
    if not 0 < len(entries) <= TILE_WIDTH:
        raise FormatError("bundle-malformed", "not 1 to 256 entries")
    return entries
