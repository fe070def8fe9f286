"""Pictures of labels as bad cameras take them, and how well they are read.

    python -m tests.scanner.photos --count 200

prints, for each symbology and each kind of picture: how many each decoder reads alone, how many we read, how many
we read wrongly, and the median time of a processor that a picture takes. docs/reference/station.md holds its output.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageFilter

from ledger.codes import Code, read
from ledger.codes.check import check_digit_holds
from ledger.errors import CodeFault
from scanner.decoders import DECODERS, Grey, Seen
from scanner.pictures import read_picture
from scanner.symbols import make_symbol


def _faded(picture: Image.Image, chance: random.Random) -> Image.Image:
    """Keep a fifteenth to a quarter of the contrast, under a light that falls from one side."""
    pixels = np.asarray(picture, dtype=np.float64)
    light = np.linspace(0, chance.uniform(0, 60), pixels.shape[1])
    return Image.fromarray((pixels * chance.uniform(0.06, 0.25) + 60 + light).clip(0, 255).astype(np.uint8))


def _shrunk(picture: Image.Image, scale: float) -> Image.Image:
    size = (round(picture.width * scale), round(picture.height * scale))
    return picture.resize(size, Image.Resampling.BILINEAR)


KINDS: dict[str, Callable[[Image.Image, random.Random], Image.Image]] = {
    "clean": lambda picture, _chance: picture,
    "rotated": lambda picture, chance: picture.rotate(
        chance.uniform(-180, 180), Image.Resampling.BICUBIC, expand=True, fillcolor=255
    ),
    "blurred": lambda picture, chance: picture.filter(ImageFilter.GaussianBlur(chance.uniform(1.0, 3.2))),
    "low contrast": _faded,
    "low resolution": lambda picture, chance: _shrunk(picture, chance.uniform(0.22, 0.5)),
}
SYMBOLS = (
    ("code-128", "national"), ("qr", "national"), ("code-128", "gs1"), ("data-matrix", "gs1"), ("qr", "gs1"),
)  # fmt: skip


class Result(NamedTuple):
    """What came of one kind of picture."""

    symbol: str
    kind: str
    count: int
    alone: dict[str, int]
    read: int
    wrong: int
    milliseconds: list[float]


def some_code(family: str, chance: random.Random) -> Code:
    """Return a code such as packs have."""
    if family == "national":
        return Code(f"8{chance.randrange(10**19):019}")
    body = f"0{chance.randrange(10**12):012}"
    gtin = next(body + str(digit) for digit in range(10) if check_digit_holds(body + str(digit)))
    serial = "".join(chance.choices("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ", k=12))
    return Code(f"01/{gtin}/21/{serial}", batch=f"B{chance.randrange(10**5)}", expiry=20281231)


def photo(code: Code, symbology: str, kind: str, chance: random.Random) -> Grey:
    """Return a picture of a label of this code, spoilt in this way, with some noise."""
    symbol = make_symbol(code, symbology)  # type: ignore[arg-type]
    dots = 4
    modules = np.pad(symbol.modules, ((0 if symbol.modules.shape[0] == 1 else symbol.quiet,), (symbol.quiet,)))
    dark = np.kron(modules, np.ones((100 if symbol.modules.shape[0] == 1 else dots, dots), dtype=np.bool_))
    picture = Image.fromarray(np.where(np.pad(dark, 24), 20, 240).astype(np.uint8))
    pixels = np.asarray(KINDS[kind](picture, chance), dtype=np.float64)
    if kind != "clean":
        pixels = pixels + np.random.default_rng(chance.randrange(2**32)).normal(0, 4, pixels.shape)
    spoilt: Grey = pixels.clip(0, 255).astype(np.uint8)
    return spoilt


def _code_in(seen: Seen) -> Code | None:
    """Return the code that one decoder's symbol says, read as what zxing says the symbol is."""
    try:
        return read(seen.data if not seen.identifier else seen.identifier.encode() + seen.data)
    except CodeFault:
        return None


def measure(count: int, seed: int = 7) -> Iterator[Result]:
    """Read `count` pictures of each kind and symbology."""
    for symbology, family in SYMBOLS:
        for kind in KINDS:
            chance = random.Random(f"{seed} {symbology} {family} {kind}")
            alone = dict.fromkeys(DECODERS, 0)
            read = wrong = 0
            milliseconds = []
            for _ in range(count):
                code = some_code(family, chance)
                said = Code(code.key) if family == "national" else code
                picture = photo(code, symbology, kind, chance)
                for name, decode in DECODERS.items():
                    alone[name] += said in map(_code_in, decode(picture))
                begun = time.process_time()
                found = read_picture(picture)
                milliseconds.append(1_000 * (time.process_time() - begun))
                read += any(each.code == said for each in found)
                wrong += any(each.code not in (said, None) for each in found)
            yield Result(f"{symbology}, {family}", kind, count, alone, read, wrong, milliseconds)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    names = list(DECODERS)
    alone = " | ".join(f"{name} alone" for name in names)
    print(f"| symbol | picture | pictures | {alone} | read | wrong | median, ms |")
    print(f"|---|---|---:|{'---:|' * len(names)}---:|---:|---:|")
    rows, pictures = [], []
    for each in measure(parser.parse_args().count):
        rows.append(statistics.median(each.milliseconds))
        pictures += each.milliseconds
        alone = " | ".join(str(each.alone[name]) for name in names)
        print(f"| {each.symbol} | {each.kind} | {each.count} | {alone} | {each.read} | {each.wrong}"
              f" | {rows[-1]:.1f} |", flush=True)  # fmt: skip
    of_all, of_rows = statistics.median(pictures), statistics.median(rows)
    print(f"\nThe median of all pictures is {of_all:.1f} ms, that of these medians {of_rows:.1f} ms.")


if __name__ == "__main__":
    main()
