"""Labels: a symbol with its text beneath, as PNG or SVG, and sheets of them as PDF.

No label leaves before every decoder that knows its symbology has read it back from the very bytes, as the code that it
was made for.
"""

from __future__ import annotations

import io
import re
import struct
import time
from collections.abc import Sequence
from math import ceil
from typing import Final
from xml.sax.saxutils import escape

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ledger.codes import Code, bracketed
from ledger.errors import Misuse
from scanner.decoders import DECODERS, Grey
from scanner.limits import LABELS_PER_SHEET_MAX
from scanner.pictures import Decoders, open_picture, read_picture
from scanner.symbols import Symbol

__all__ = ["DPI", "print_png", "print_sheet", "print_svg", "require_readable"]

DPI: Final = 600
_INCH: Final = 25.4
# GS1 General Specifications 5.12, symbol specification tables 6 to 10: X-dimension, and height of linear bars.
_MODULE_MM: Final = {"code-128": 0.339, "data-matrix": 0.508, "qr": 0.508}
_BAR_MM: Final = 15.0
_TEXT_MM: Final = 2.6
_LINE_MM: Final = 3.6
_ADVANCE: Final = 0.6  # of a monospaced font: the width of a character to its height
_PAGE_MM: Final = (210.0, 297.0)  # ISO 216, A4
_MARGIN_MM: Final = 12.0
_GAP_MM: Final = 6.0
_RECTANGLE: Final = re.compile(r"M(\d+) (\d+)h(\d+)v(\d+)h-\d+z")
_PICTURE: Final = re.compile(
    rb"/Width (?P<width>\d+)\n/Height (?P<height>\d+)\n/Filter \[ /CCITTFaxDecode \]\n"
    rb"/DecodeParms [^>]*/BlackIs1 true[^>]*>>[^>]*/Length (?P<length>\d+)\n>>stream\n"
)
_BAR_UNITS: Final = 44  # of a linear symbol in modules: 15 mm / 0.339 mm


def print_png(symbol: Symbol, decoders: Decoders = DECODERS) -> bytes:
    """Return a label as a PNG of 600 dots an inch.

    Raises:
        Misuse: `label-unreadable` when a decoder does not read it back.
    """
    data = io.BytesIO()
    _drawn(symbol).save(data, "PNG", dpi=(DPI, DPI))
    require_readable(open_picture(data.getvalue()), symbol, decoders)
    return data.getvalue()


def print_svg(symbol: Symbol, decoders: Decoders = DECODERS) -> bytes:
    """Return a label as an SVG in millimetres.

    Raises:
        Misuse: `label-unreadable`.
    """
    module, quiet = _MODULE_MM[symbol.symbology], symbol.quiet
    height, width = symbol.modules.shape
    tall = _BAR_UNITS if height == 1 else height
    lines = _told(symbol.code)
    line = _LINE_MM / module
    below = tall + 2 * quiet
    # Told how long it is, a text fits whatever font is taken for it.
    length = {each: len(each) * _ADVANCE * _TEXT_MM / module for each in lines}
    wide, high = max(width + 2 * quiet, ceil(max(length.values())) + 2), below + line * len(lines)
    path = "".join(_rectangles(symbol, tall, (wide - width) // 2))
    texts = "".join(
        f'<text x="{wide / 2:g}" y="{below + line * (number + 0.6):g}" text-anchor="middle"'
        f' textLength="{length[each]:.2f}" lengthAdjust="spacingAndGlyphs"'
        f' font-family="monospace" font-size="{_TEXT_MM / module:.2f}">{escape(each)}</text>'
        for number, each in enumerate(lines)
    )
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide * module:.2f}mm" height="{high * module:.2f}mm"'
        f' viewBox="0 0 {wide:g} {high:.2f}"><rect width="100%" height="100%" fill="#fff"/>'
        f'<path d="{path}"/>{texts}</svg>\n'
    )
    require_readable(_painted(svg, wide, below), symbol, decoders)
    return svg.encode()


def print_sheet(symbols: Sequence[Symbol], now: int, decoders: Decoders = DECODERS) -> bytes:
    """Return labels as an A4 sheet in PDF, in rows, on as many pages as they need.

    Args:
        symbols: at least one.
        now: when it is made, seconds since the epoch.
        decoders: who reads them back.

    Raises:
        Misuse: `label-unreadable`; `labels-too-many`.
    """
    if not 0 < len(symbols) <= LABELS_PER_SHEET_MAX:
        raise Misuse("labels-too-many", f"{len(symbols)}; 1 to {LABELS_PER_SHEET_MAX} fit")
    pages, places = [_page()], []
    left, top, row = _MARGIN_MM, _MARGIN_MM, 0.0
    for symbol in symbols:
        label = _drawn(symbol)
        width, height = label.width * _INCH / DPI, label.height * _INCH / DPI
        if left + width > _PAGE_MM[0] - _MARGIN_MM and left > _MARGIN_MM:
            left, top, row = _MARGIN_MM, top + row + _GAP_MM, 0.0
        if top + height > _PAGE_MM[1] - _MARGIN_MM:
            pages.append(_page())
            left, top, row = _MARGIN_MM, _MARGIN_MM, 0.0
        x, y = _pixels(left), _pixels(top)
        pages[-1].paste(label, (x, y))
        places.append((len(pages) - 1, (x, y, x + label.width, y + label.height)))
        left, row = left + width + _GAP_MM, max(row, height)
    data = _pdf(pages, now)
    pictures = list(_PICTURE.finditer(data))
    if len(pictures) != len(pages):
        raise Misuse("label-unreadable", f"{len(pictures)} of {len(pages)} pages")
    for number, picture in enumerate(pictures):
        page = _page_of(picture)
        for symbol, (at, box) in zip(symbols, places, strict=True):
            if at == number:
                require_readable(np.asarray(page.crop(box).convert("L"), dtype=np.uint8), symbol, decoders)
    return data


def require_readable(picture: Grey, symbol: Symbol, decoders: Decoders = DECODERS) -> None:
    """Require that every decoder that knows the symbology reads this code, and nothing else, from a picture.

    Raises:
        Misuse: `label-unreadable`.
    """
    readers = {name for name in decoders if not (name == "zbar" and symbol.symbology == "data-matrix")}
    readings = read_picture(picture, decoders)
    if len(readings) != 1 or readings[0].code != _said(symbol) or set(readings[0].decoders) != readers:
        raise Misuse("label-unreadable", f"{symbol.symbology}, by {' and '.join(sorted(readers))}")


def _said(symbol: Symbol) -> Code:
    """Return what can be read from a symbol: a national code says neither batch nor expiry."""
    return Code(symbol.code.key) if symbol.code.scheme == "national" else symbol.code


def _told(code: Code) -> list[str]:
    if code.scheme == "national":
        return [" ".join(code.key[at : at + 5] for at in range(0, 20, 5))]
    # GS1 General Specifications 4.14: identifiers in brackets, one to a line.
    return re.findall(r"\(\d+\)(?:(?!\(\d{2,4}\)).)+", bracketed(code))


def _pixels(millimetres: float) -> int:
    return round(millimetres * DPI / _INCH)


def _page() -> Image.Image:
    return Image.new("1", (_pixels(_PAGE_MM[0]), _pixels(_PAGE_MM[1])), 1)


def _pdf(pages: Sequence[Image.Image], now: int) -> bytes:
    """Return pages in black and white as a PDF, each a picture in the coding of fax machines, which loses nothing."""
    data, stamp = io.BytesIO(), time.gmtime(now)
    pages[0].save(
        data, "PDF", save_all=True, append_images=pages[1:], resolution=DPI, creationDate=stamp, modDate=stamp
    )
    return data.getvalue()


def _page_of(picture: re.Match[bytes]) -> Image.Image:
    """Return a picture of a PDF of ours, from its own bytes: a TIFF has the same ones, behind another head."""
    width, height, length = (int(picture[name]) for name in ("width", "height", "length"))
    data = picture.string[picture.end() : picture.end() + length]
    # TIFF 6.0 §8: size, bits, coding of fax group 4, 0 is black, where the data is, pictures in one piece.
    fields = (
        (256, width), (257, height), (258, 1), (259, 4), (262, 1), (273, 8), (277, 1), (278, height), (279, length),
    )  # fmt: skip
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in fields)
    head = struct.pack("<2sHI", b"II", 42, 8 + length)
    tiff = head + data + struct.pack("<H", len(fields)) + entries + struct.pack("<I", 0)
    with Image.open(io.BytesIO(tiff), formats=["TIFF"]) as page:
        page.load()
        return page


def _drawn(symbol: Symbol) -> Image.Image:
    """Return the label in black and white, at `DPI`; a module is a whole number of dots."""
    dots = round(_MODULE_MM[symbol.symbology] * DPI / _INCH)
    dark = np.kron(symbol.modules, np.ones((dots, dots), dtype=np.bool_))
    if symbol.modules.shape[0] == 1:
        dark = np.repeat(dark[:1], _pixels(_BAR_MM), axis=0)
    bars = Image.fromarray(np.where(dark, 0, 255).astype(np.uint8)).convert("1")
    quiet, line = symbol.quiet * dots, _pixels(_LINE_MM)
    font = ImageFont.load_default(_pixels(_TEXT_MM))
    lines = _told(symbol.code)
    text_width = max(int(font.getlength(each)) for each in lines)
    width = max(bars.width + 2 * quiet, text_width + _pixels(_LINE_MM))
    label = Image.new("1", (width, bars.height + 2 * quiet + line * len(lines)), 1)
    label.paste(bars, ((width - bars.width) // 2, quiet))
    pen = ImageDraw.Draw(label)
    for number, each in enumerate(lines):
        place = ((width - font.getlength(each)) / 2, bars.height + 2 * quiet + number * line)
        pen.text(place, each, fill=0, font=font)
    return label


def _rectangles(symbol: Symbol, tall: int, left: int) -> list[str]:
    """Return the dark runs of each row as SVG path commands, on a grid of modules, so far from the left."""
    found = []
    height = tall if symbol.modules.shape[0] == 1 else 1
    for y, row in enumerate(symbol.modules):
        edges = np.flatnonzero(np.diff(np.concatenate(([False], row, [False])).astype(np.int8)))
        found += [
            f"M{start + left} {y + symbol.quiet}h{end - start}v{height}h-{end - start}z"
            for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
        ]
    return found


def _painted(svg: str, width: int, height: int) -> Grey:
    """Return what the path of an SVG of ours paints, four dots a module."""
    grid = np.full((height, width), 255, dtype=np.uint8)
    for found in _RECTANGLE.finditer(svg):
        x, y, wide, tall = map(int, found.groups())
        grid[y : y + tall, x : x + wide] = 0
    return np.kron(grid, np.ones((4, 4), dtype=np.uint8))
