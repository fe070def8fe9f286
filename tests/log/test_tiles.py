"""Tile paths and entry bundles of C2SP tlog-tiles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import FormatError
from ledger.log.tiles import TilePath, parse_bundle, parse_tile_path, print_bundle, print_tile_path, width_at
from tests.log.attacks import cut, must_refuse

PATHS = st.builds(
    TilePath, st.one_of(st.none(), st.integers(0, 7)), st.integers(0, 10**16), st.integers(1, 256)
)


def test_the_examples_of_the_specification() -> None:
    """Numbers are written in groups of three, all but the last marked; partial tiles say their width."""
    assert print_tile_path(TilePath(0, 1_234_067)) == "tile/0/x001/x234/067"
    assert print_tile_path(TilePath(0, 273, 112)) == "tile/0/273.p/112"
    assert print_tile_path(TilePath(None, 0, 1)) == "tile/entries/000.p/1"
    assert parse_tile_path("tile/2/x001/000") == TilePath(2, 1000)


@given(PATHS)
def test_paths_read_back(path: TilePath) -> None:
    """Every path reads back as it was printed."""
    assert parse_tile_path(print_tile_path(path)) == path


@pytest.mark.parametrize(
    "text",
    [
        "", "tile", "tile/0", "tile/0/", "tile/0/1", "tile/0/01", "tile/0/0001", "tile/0/x000/001",
        "tile/0/001/", "tile/0/x",
        "tile/0/001/002", "tile/0/x001", "tile/0/x001x/002", "tile/00/001", "tile/8/001", "tile/63/001",
        "tile/-1/001", "tile/+1/001", "tile/8/0/001", "/tile/0/001", "tile/0/001 ", "tile/0/001\n",
        "tile/0/001.p/0", "tile/0/001.p/256", "tile/0/001.p/257", "tile/0/001.p/007",
        "tile/0/001.p/", "tile/0/001.p", "tile/0/001.p/1.p/1",
        "tile/0/\u0660\u0660\u0661", "tile/\u0661/001", "tile/0/1_0", "tile/0/\uff10\uff10\uff11",
        "tile/entries", "tile/Entries/001", "tile/entries/x/001", "tile/0/" + "x999/" * 9 + "999",
    ],
)  # fmt: skip
def test_no_second_spelling(text: str) -> None:
    """A path in any other spelling is refused: zeros, marks, other scripts' digits, full partials."""
    must_refuse("tile-path-malformed", call=lambda: parse_tile_path(text))


@given(st.text(alphabet="tile/0129x.pns", max_size=24))
def test_what_is_accepted_prints_back(text: str) -> None:
    """Text that looks like a path is refused or is exactly what would be printed."""
    try:
        path = parse_tile_path(text)
    except FormatError:
        return
    assert print_tile_path(path) == text


def test_widths() -> None:
    """A tile is as wide as the tree has hashes for it, never negative, never above 256."""
    assert [width_at(70_000, 0, number) for number in (0, 272, 273, 274, 999)] == [256, 256, 112, 0, 0]
    assert [width_at(70_000, level, 0) for level in range(4)] == [256, 256, 1, 0]
    assert width_at(0, 0, 0) == 0


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=256))
def test_bundles_read_back(entries: list[bytes]) -> None:
    """Entries come out of a bundle as they went in, empty ones too."""
    assert parse_bundle(print_bundle(entries)) == entries


def test_a_bundle_cut_anywhere() -> None:
    """A bundle that ends inside an entry or its length is refused; between entries it is a shorter one."""
    bundle = print_bundle([b"ab", b"", b"c" * 300])
    for shorter in cut(bundle):
        if len(shorter) in (4, 6):
            assert len(parse_bundle(shorter)) == len(shorter) // 2 - 1
        else:
            must_refuse("bundle-malformed", call=lambda s=shorter: parse_bundle(s))


def test_a_bundle_has_1_to_256_entries() -> None:
    """Neither an empty bundle nor one too many entries is written or read, nor an entry of 64 KiB."""
    assert len(parse_bundle(b"\0\0" * 256)) == 256
    must_refuse("bundle-malformed", call=lambda: parse_bundle(b"\0\0" * 257))
    for entries in ([], [b""] * 257, [b"x" * 65_536]):
        must_refuse("log-value-unfit", call=lambda e=entries: print_bundle(e))
    assert parse_bundle(print_bundle([b"x" * 65_535])) == [b"x" * 65_535]
