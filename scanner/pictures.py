"""Pictures to codes: two decoders look, and where both read, they must agree.

    1. a picture of a bearable size, in shades of grey
    2. each decoder reads; what both read at one place is one symbol. Where nobody reads anything, the picture is
       helped: a linear symbol that lies askew is laid straight; the picture is smoothed with its contrast stretched,
       then sharpened, then halved, then enlarged
    3. readings that contradict each other are refused: one of them is wrong, and we cannot know which
    4. the bytes become text by our own rule, with the identifier that a scanner would send before it
    5. the text is read as a code, as if a scanner had sent it
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from PIL import Image, ImageFilter, UnidentifiedImageError

from ledger.codes import Code, read
from ledger.errors import CodeFault, FormatError
from scanner.decoders import DECODERS, Grey, Seen, Symbology
from scanner.limits import PICTURE_BYTES_MAX, PICTURE_PIXELS_HELPED_MAX, PICTURE_PIXELS_MAX
from scanner.straight import Straight, straightened

Image.MAX_IMAGE_PIXELS = None  # we have a bound of our own, and hold to it before anything is unpacked

__all__ = ["Decoders", "Reading", "open_picture", "read_picture"]

Decoders = Mapping[str, Callable[[Grey], list[Seen]]]
_Groups: TypeAlias = list[list[tuple[str, Seen]]]  # of each symbol: who read it, and as what

# What both decoders spell alike; the rest of a QR code zbar writes anew in an encoding that it guessed.
_NOT_ASCII: Final = re.compile(rb"[\x80-\xff]+")


class Reading(NamedTuple):
    """One symbol in a picture.

    Attributes:
        symbology: what it is.
        data: its bytes as they are; kept as evidence.
        decoders: who read it.
        code: what it names; None when `fault` says why not.
        fault: `scanner-decoders-disagree`, or what is wrong with the text.
    """

    symbology: Symbology
    data: bytes
    decoders: tuple[str, ...]
    code: Code | None = None
    fault: CodeFault | None = None


def open_picture(source: bytes | Path) -> Grey:
    """Return a picture file in shades of grey: PNG, JPEG, GIF, BMP, TIFF or WebP.

    Raises:
        FormatError: `picture-malformed` for what is no picture, or one beyond the limits.
        OSError: the file cannot be read.
    """
    data = source if isinstance(source, bytes) else _file(source)
    if len(data) > PICTURE_BYTES_MAX:
        raise FormatError("picture-malformed", f"more than {PICTURE_BYTES_MAX} bytes")
    try:
        with Image.open(io.BytesIO(data), formats=["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"]) as picture:
            if picture.width * picture.height > PICTURE_PIXELS_MAX:
                raise FormatError("picture-malformed", f"more than {PICTURE_PIXELS_MAX} pixels")
            return _grey(picture)
    except UnidentifiedImageError:
        raise FormatError("picture-malformed", "no picture of a kind that is known here") from None
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise FormatError("picture-malformed", f"broken: {type(error).__name__}") from None


def _file(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(PICTURE_BYTES_MAX + 1)


def _grey(picture: Image.Image) -> Grey:
    if picture.mode in ("LA", "PA", "RGBA") or "transparency" in picture.info:
        # A label with nothing behind it lies on white paper.
        picture = picture.convert("RGBA")
        paper = Image.new("RGBA", picture.size, "white")
        paper.alpha_composite(picture)
        picture = paper
    return np.asarray(picture.convert("L"), dtype=np.uint8)


def read_picture(picture: Grey, decoders: Decoders = DECODERS) -> list[Reading]:
    """Return all symbols in a picture, from top to bottom and from left to right.

    Args:
        picture: as `open_picture` returns it.
        decoders: who looks.
    """
    groups = next(filter(None, _looks(picture, decoders)), [])
    groups.sort(key=lambda group: (group[0][1].box[1], group[0][1].box[0]))
    return [_reading(group) for group in groups]


def _looks(picture: Grey, decoders: Decoders) -> Iterator[_Groups]:
    """Look in one way after the other, the quickest first; whoever finds something goes no further."""
    bearable = picture.size <= PICTURE_PIXELS_HELPED_MAX
    yield _if_first(picture, decoders)
    if bearable and (bars := straightened(picture)) is not None:
        yield _bars(bars, decoders)
    yield _grouped((name, decode(picture)) for name, decode in list(decoders.items())[1:])
    if bearable:
        yield _if_first(_stretched(picture), decoders)
        for help_ in (_sharpened, _halved):
            # What such a help makes of bars, only a two-dimensional symbol's check withstands.
            yield [group for group in _if_first(help_(picture), decoders) if group[0][1].symbology != "code-128"]
        yield _if_first(_enlarged(picture), decoders)


def _bars(bars: Straight, decoders: Decoders) -> _Groups:
    """Look at drawings of a linear symbol, until two have read it, each from whichever drawing it can.

    Its own check lets one misreading in a hundred through; in what we drew, two must read it.
    """
    read: list[tuple[str, list[Seen]]] = []
    for drawing in bars.drawings():
        done = [name for name, _ in read]
        read += [(name, seen) for name, decode in decoders.items() if name not in done and (seen := decode(drawing))]
        if len(read) > 1:
            break
    # All that was drawn is one symbol, wherever in it a decoder says it is.
    return [[(name, seen) for name, found in read for seen in found]] if len(read) > 1 else []


def _if_first(picture: Grey, decoders: Decoders) -> _Groups:
    """Return what all read, where the first reads something; the others are slow on a large grainy picture."""
    (first, decode), *others = decoders.items()
    seen = decode(picture)
    return _grouped([(first, seen), *((name, other(picture)) for name, other in others)]) if seen else []


def _grouped(read: Iterable[tuple[str, list[Seen]]]) -> _Groups:
    """Put together what several read at one place."""
    groups: _Groups = []
    for name, found in read:
        for seen in found:
            for group in groups:
                if all(other != name for other, _ in group) and _same_place(group[0][1], seen):
                    group.append((name, seen))
                    break
            else:
                groups.append([(name, seen)])
    return groups


def _stretched(picture: Grey) -> Grey:
    """Return it a little smoothed, against noise, and with the light of each neighbourhood evened out."""
    soft = Image.fromarray(picture).filter(ImageFilter.GaussianBlur(1.2))
    around = np.asarray(soft.filter(ImageFilter.BoxBlur(24)), dtype=np.float32)
    offset = np.asarray(soft, dtype=np.float32) - around
    span = max(float(np.percentile(np.abs(offset), 98)), 1.0)
    return np.asarray((128 + offset * (127 / span)).clip(0, 255), dtype=np.uint8)


def _sharpened(picture: Grey) -> Grey:
    return np.asarray(Image.fromarray(picture).filter(ImageFilter.UnsharpMask(3, 300, 0)), dtype=np.uint8)


def _halved(picture: Grey) -> Grey:
    return np.asarray(Image.fromarray(picture).reduce(2), dtype=np.uint8)


def _enlarged(picture: Grey) -> Grey:
    small = Image.fromarray(picture)
    return np.asarray(small.resize((3 * small.width, 3 * small.height), Image.Resampling.BICUBIC), dtype=np.uint8)


def _same_place(one: Seen, other: Seen) -> bool:
    """Say whether two readings are of one symbol: one's middle lies within the other."""
    return one.symbology == other.symbology and (_holds(one, other) or _holds(other, one))


def _holds(outer: Seen, inner: Seen) -> bool:
    left, top, right, bottom = outer.box
    x, y = (inner.box[0] + inner.box[2]) // 2, (inner.box[1] + inner.box[3]) // 2
    return left <= x <= right and top <= y <= bottom


def _reading(group: Sequence[tuple[str, Seen]]) -> Reading:
    names = tuple(name for name, _ in group)
    first = next((seen for _, seen in group if seen.identifier), group[0][1])
    reading = Reading(first.symbology, first.data, names)
    if len({_NOT_ASCII.sub(b"?", seen.data) for _, seen in group}) > 1:
        detail = " and ".join(f"{name} reads {len(seen.data)} bytes" for name, seen in group)
        return reading._replace(fault=CodeFault("scanner-decoders-disagree", detail))
    try:
        return reading._replace(code=read(first.identifier.encode() + first.data))
    except CodeFault as fault:
        return reading._replace(fault=fault)
