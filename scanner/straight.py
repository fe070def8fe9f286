"""Linear symbols that lie askew, laid straight: decoders look for them along rows and columns alone.

    1. the edges of bars point one way; where they do is seen by the structure tensor of small squares (Bigün and
       Granlund 1987): its eigenvector is the way, its coherence tells bars from text, noise and two-dimensional codes
    2. the squares that agree with the commonest way are the symbol; how far they reach is where it lies
    3. lines are drawn through it that way, each the mean of some neighbours, which takes the grain out
    4. where those are blurred, the lines are made sharp again: blur of a known width is undone in frequencies (Wiener)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from scanner.decoders import Grey

__all__ = ["Straight", "straightened"]

_SQUARE: Final = 16  # pixels
_SQUARES_MIN: Final = 4
_SOFTENED: Final = 2  # times; sums of 16 pixels fit 16 bits
_COHERENCE_MIN: Final = 0.4  # of bars some 0.9, of a two-dimensional code hardly any
_SECTORS: Final = 36
_SHARE_MIN: Final = 0.2  # of all that points some way in the picture, the symbol's
_QUIET: Final = 6 * _SQUARE  # before and behind the outermost squares
_LINES: Final = 16
_LINE: Final = 3  # neighbours whose mean is a line
_LENGTH_MAX: Final = 8_000
_FAINT: Final = 8  # less contrast than this is none
_HALVED_FROM: Final = 60_000  # pixels: where a larger picture's bars point, its half tells as well
_LIGHT: Final = 97  # pixels: wider than any bar of a symbol that is large enough to be read
_BLURS: Final = (1.8, 2.7)  # standard deviations of Gaussians, pixels
_GRAIN: Final = 0.002  # of the power of bars, that of the grain left in a mean of lines
_MEAN: Final = 4  # lines

Numbers = npt.NDArray[np.float32]


class _Way(NamedTuple):
    """Which way the bars of a symbol follow each other, and where: along that way, and across it, in pixels."""

    x: float
    y: float
    along: tuple[float, float]
    across: tuple[float, float]


class Straight(NamedTuple):
    """A linear symbol as lines along it.

    Attributes:
        fine: there are pixels enough to take grain and blur out.
        lines: as they are drawn, their contrast stretched.
        grain: the same, as they are in the picture.
    """

    fine: bool
    lines: Grey
    grain: Numbers

    def drawings(self) -> Iterator[Grey]:
        """Return the lines; their means made soft, against grain; their means with blur undone, of each width."""
        yield self.lines
        if not self.fine:
            return
        means = self.grain.reshape(_LINES // _MEAN, _MEAN, -1).mean(axis=1)
        yield np.repeat(_even(gaussian_filter1d(means, 1)), _MEAN, axis=0)
        spectrum = np.fft.rfft(means - means.mean(axis=1, keepdims=True))
        frequency = np.fft.rfftfreq(means.shape[1])
        for blur in _BLURS:
            passed = np.exp(-2 * (np.pi * blur * frequency) ** 2)
            sharp = np.fft.irfft(spectrum * (passed / (passed**2 + _GRAIN)), means.shape[1])
            yield np.repeat(_even(np.asarray(sharp, dtype=np.float32)), _MEAN, axis=0)


def straightened(picture: Grey) -> Straight | None:
    """Return the most striking linear symbol of a picture, or None when there is none."""
    scale = 1 if picture.size < _HALVED_FROM else 2
    way = _way(picture if scale == 1 else np.asarray(Image.fromarray(picture).reduce(2)), scale)
    if way is None:
        return None
    (first, last), (upper, lower) = way.along, way.across
    length, count = int(last - first), _LINES * _LINE
    if not 2 < length <= _LENGTH_MAX:
        return None
    step = (lower - upper) / count
    # Where in the picture a pixel of the lines is: a turn and a stretch.
    back = (
        way.x, -way.y * step, way.x * first - way.y * upper,
        way.y, way.x * step, way.y * first + way.x * upper,
    )  # fmt: skip
    smooth = Image.Resampling.BICUBIC if scale == 1 else Image.Resampling.BILINEAR
    drawn = Image.fromarray(picture).transform(
        (length, count), Image.Transform.AFFINE, back, smooth, fillcolor=255
    )
    lines = np.asarray(drawn, dtype=np.float32).reshape(_LINES, _LINE, length).mean(axis=1)
    _carry_on(lines, picture, back)
    lines -= maximum_filter1d(lines, _LIGHT)  # slanting light is taken out: what is white becomes 0 everywhere
    lines = (lines[:, :-2] + 2 * lines[:, 1:-1] + lines[:, 2:]) / 4  # along it, grain is left; it misleads zbar
    return Straight(scale > 1, _even(lines), lines)


def _carry_on(lines: Numbers, picture: Grey, back: tuple[float, ...]) -> None:
    """Let what lies beyond the picture's edge be as its last pixel on the line, in place: white goes on there."""
    along = np.arange(lines.shape[1], dtype=np.float32)
    middle = (np.arange(_LINES, dtype=np.float32)[:, None] + 0.5) * _LINE
    x, y = back[0] * along + back[1] * middle + back[2], back[3] * along + back[4] * middle + back[5]
    inside = (x > 2) & (x < picture.shape[1] - 3) & (y > 2) & (y < picture.shape[0] - 3)
    for line, there in zip(lines, inside, strict=True):
        if there.any():
            first, last = int(there.argmax()), len(there) - 1 - int(there[::-1].argmax())
            line[:first], line[last + 1 :] = line[first], line[last]
        else:
            line[:] = 0


def _even(lines: Numbers) -> Grey:
    """Return lines with the contrast of each stretched; a few points of it tell how much there is."""
    dark, light = np.percentile(lines[:, ::5], (5, 95), axis=1, keepdims=True)
    return np.asarray(((lines - dark) * (255 / np.maximum(light - dark, _FAINT))).clip(0, 255), dtype=np.uint8)


def _way(picture: Grey, scale: int) -> _Way | None:
    """Return the way of the bars, from a picture that was made smaller so many times."""
    if min(picture.shape) < 2 * _SQUARE:
        return None
    # 1. Of a way and its opposite the doubled angle is the same, so ways can be added up as vectors.
    cosine, sine, energy = _tensor(picture)
    strength = np.hypot(cosine, sine)
    plain = (strength > _COHERENCE_MIN * energy) & (strength > np.percentile(strength, 95) / 10)
    # 2. The commonest is the fullest of some sectors, each with half of its neighbours.
    sector = np.rint(np.arctan2(sine, cosine) * (_SECTORS / (2 * np.pi))).astype(np.intp) % _SECTORS
    full = np.bincount(sector[plain], strength[plain], _SECTORS)
    common = float(np.argmax(2 * full + np.roll(full, 1) + np.roll(full, -1))) * (2 * np.pi / _SECTORS)
    same = plain & (cosine * np.cos(common) + sine * np.sin(common) > 0.8 * strength)
    if np.count_nonzero(same) < _SQUARES_MIN or strength[same].sum() < _SHARE_MIN * strength.sum():
        return None
    angle = np.arctan2(sine[same].sum(), cosine[same].sum()) / 2
    x, y = float(np.cos(angle)), float(np.sin(angle))
    squares = (np.argwhere(same) + 0.5) * (_SQUARE * scale)
    along = squares @ (y, x)
    across = squares @ (x, -y)
    first, last = np.percentile(along, (1, 99))
    upper, lower = np.percentile(across, (15, 85))
    # 3. A symbol that is flatter than the lines together is crossed by each of them all the same.
    middle, half = (upper + lower) / 2, max((lower - upper) / 2, _LINES * _LINE / 2)
    return _Way(x, y, (first - _QUIET, last + _QUIET), (middle - half, middle + half))


def _tensor(picture: Grey) -> tuple[Numbers, Numbers, Numbers]:
    """Return of each square the doubled angle's cosine and sine, weighted by its edges, and the weight of all edges.

    The slopes are taken along the diagonals, both about the same point, and of a softened picture: else every angle
    would be drawn towards the axes.
    """
    soft = picture.astype(np.int16)
    for _ in range(_SOFTENED):
        soft = soft[1:] + soft[:-1]
        soft = soft[:, 1:] + soft[:, :-1]
    rows, columns = ((size - 1) // _SQUARE for size in soft.shape)
    soft = soft[: rows * _SQUARE + 1, : columns * _SQUARE + 1]
    here, there = slice(0, -1, 2), slice(1, None, 2)
    falling = (soft[there, there] - soft[here, here]).astype(np.float32)
    rising = (soft[here, there] - soft[there, here]).astype(np.float32)

    def each(values: Numbers) -> Numbers:
        half = _SQUARE // 2
        return np.asarray(values.reshape(rows, half, columns, half).sum(axis=(1, 3)), dtype=np.float32)

    a, b, ab = each(falling * falling), each(rising * rising), each(falling * rising)
    # With dx = falling + rising and dy = falling - rising: dx² - dy² = 4ab, 2 dx dy = 2 (a² - b²).
    return 4 * ab, 2 * (a - b), 2 * (a + b)
