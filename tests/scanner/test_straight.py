"""Linear symbols that lie askew: found and laid straight at any angle; nothing is made of what is none."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

import scanner.pictures
from ledger.codes import Code
from scanner.decoders import Grey, Seen, Symbology, zxing
from scanner.pictures import read_picture
from scanner.straight import straightened
from tests.scanner.photos import KINDS, photo, some_code
from tests.scanner.test_pictures import GS1, NATIONAL


def askew(code: Code, angle: int, monkeypatch: pytest.MonkeyPatch) -> Grey:
    """Return a grainy picture of a linear symbol at this angle."""
    turn = lambda picture, _chance: picture.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=255)  # noqa: E731
    monkeypatch.setitem(KINDS, "askew", turn)
    return photo(code, "code-128", "askew", random.Random(angle))


@pytest.mark.parametrize("code", [NATIONAL, GS1], ids=lambda code: code.scheme)
def test_at_any_angle(code: Code, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines hold the symbol, and the picture is read as its code."""
    for angle in range(0, 360, 11):
        picture = askew(code, angle, monkeypatch)
        lines = straightened(picture)
        assert lines is not None, angle
        assert len(zxing(lines.lines)) == 1, angle
        assert [each.code for each in read_picture(picture)] == [code], angle


@pytest.mark.parametrize("family", ["national", "gs1"])
def test_faint_bars_under_slanting_light_need_no_other_help(family: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The light is taken out, and the means of lines have no grain left: no slower help is asked for."""
    monkeypatch.setattr(scanner.pictures, "_stretched", lambda _picture: pytest.fail("was not read from the lines"))
    chance = random.Random(f"faint {family}")
    for _ in range(8):
        code = some_code(family, chance)
        (reading,) = read_picture(photo(code, "code-128", "low contrast", chance))
        assert reading.code == (Code(code.key) if family == "national" else code)


def test_drawings_that_are_read_differently_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two decoders, each from another drawing of one symbol: they must agree all the same."""
    picture = askew(NATIONAL, 30, monkeypatch)
    first, second, *_ = straightened(picture).drawings()  # type: ignore[union-attr]
    read = {"one": (first, NATIONAL.key), "two": (second, "87709840000000015539")}

    def decoder(name: str) -> Callable[[Grey], list[Seen]]:
        drawing, key = read[name]
        seen = Seen("code-128", key.encode(), "", (0, 0, 9, 9))
        return lambda given: [seen] * (given.shape == drawing.shape and bool(np.all(given == drawing)))

    (reading,) = read_picture(picture, {name: decoder(name) for name in read})
    assert reading.code is None
    assert reading.fault is not None
    assert reading.fault.code == "scanner-decoders-disagree"


def test_beside_a_line_of_text_and_a_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    """The most striking is the symbol, not what is drawn around it."""
    label = askew(NATIONAL, 30, monkeypatch)
    table = np.full((1_000, 1_200), 200, dtype=np.uint8)
    table[10:14, 10:-10] = table[-14:-10, 10:-10] = 0
    table[700:720, 900:1_150:6] = 0
    table[200 : 200 + label.shape[0], 300 : 300 + label.shape[1]] = label
    assert [each.code for each in read_picture(table)] == [NATIONAL]


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((1, 1)), np.full((400, 31), 255), np.full((600, 800), 127),
        np.random.default_rng(1).integers(0, 256, (600, 800)), np.zeros((40, 6_000)),
    ],
    ids=["a dot", "a line", "grey", "noise", "long"],
)  # fmt: skip
def test_where_there_is_none(picture: Grey) -> None:
    """Nothing is found, and nothing fails."""
    assert straightened(picture.astype(np.uint8)) is None
    assert read_picture(picture.astype(np.uint8)) == []


@pytest.mark.parametrize(("symbology", "read"), [("qr", [NATIONAL]), ("code-128", [])])
def test_sharpened_bars_are_not_believed(
    symbology: Symbology, read: list[Code], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A linear symbol that is read there alone may be misread; a two-dimensional one has its own proof."""
    sharp = np.full((50, 50), 77, dtype=np.uint8)
    monkeypatch.setattr(scanner.pictures, "_sharpened", lambda _picture: sharp)
    seen = Seen(symbology, NATIONAL.key.encode(), "", (0, 0, 9, 9))
    readings = read_picture(np.full((50, 50), 127, dtype=np.uint8), {"one": lambda given: [seen] * (given is sharp)})
    assert [each.code for each in readings] == read
