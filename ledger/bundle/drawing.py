"""The drawings of the page: whole numbers in, whole numbers out, so that every machine draws the same.

The ring: cards at the left, institutions at the right, a line wherever a card was used, thicker where often.
The months: a bar each, as high as there are statements.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from ledger.clock import iso

__all__ = ["Bar", "Line", "Months", "Node", "Ring", "draw_months", "draw_ring"]

_ROW: Final = 18
_MARGIN: Final = 14
_LEFT, _RIGHT, _WIDTH = 150, 560, 860
_CARDS_MAX: Final = 120
_INSTITUTIONS_MAX: Final = 60
_BAR_WIDTH: Final = 26
_BAR_HEIGHT: Final = 120
_STROKE_MAX: Final = 6
_MONTHS_MAX: Final = 60


class Node(msgspec.Struct, frozen=True):
    """A card or an institution: where it is drawn, what stands beside it."""

    x: int
    y: int
    label: str


class Line(msgspec.Struct, frozen=True):
    """A card used at an institution, so many times."""

    x1: int
    y1: int
    x2: int
    y2: int
    stroke: int


class Ring(msgspec.Struct, frozen=True):
    """The drawing of who used which card where; `left_out` counts cards and institutions with the fewest uses."""

    width: int
    height: int
    cards: list[Node]
    institutions: list[Node]
    lines: list[Line]
    left_out: int


class Bar(msgspec.Struct, frozen=True):
    """A month: its place, how high its bar is, how many statements there are."""

    x: int
    y: int
    height: int
    month: str
    count: int


class Months(msgspec.Struct, frozen=True):
    """The drawing of when it was."""

    width: int
    height: int
    bars: list[Bar]


def draw_ring(uses: Mapping[tuple[str, int], int], names: Mapping[int, str]) -> Ring | None:
    """Draw cards and institutions, the most used at the top; None when no card was used anywhere.

    Args:
        uses: how often a card (pseudonym) was used at an institution (number).
        names: of institutions.
    """
    by_card: Counter[str] = Counter()
    by_institution: Counter[int] = Counter()
    for (card, institution), times in uses.items():
        by_card[card] += times
        by_institution[institution] += times
    if not uses:
        return None
    cards = sorted(by_card, key=lambda card: (-by_card[card], card))[:_CARDS_MAX]
    institutions = sorted(by_institution, key=lambda number: (-by_institution[number], number))[:_INSTITUTIONS_MAX]
    height = max(len(cards), len(institutions)) * _ROW + 2 * _MARGIN
    left = {card: _height_of(place, len(cards), height) for place, card in enumerate(cards)}
    right = {number: _height_of(place, len(institutions), height) for place, number in enumerate(institutions)}
    lines = [
        Line(_LEFT, left[card], _RIGHT, right[number], min(times, _STROKE_MAX))
        for (card, number), times in sorted(uses.items())
        if card in left and number in right
    ]
    return Ring(
        _WIDTH, height,
        [Node(_LEFT, left[card], card[:12]) for card in cards],
        [Node(_RIGHT, right[number], names.get(number, str(number))) for number in institutions],
        lines,
        len(by_card) - len(cards) + len(by_institution) - len(institutions),
    )  # fmt: skip


def _height_of(place: int, count: int, height: int) -> int:
    """Return where the `place`-th of so many rows is drawn, spread over the height."""
    return _MARGIN + (2 * place + 1) * (height - 2 * _MARGIN) // (2 * count)


def draw_months(times: Iterable[int]) -> Months | None:
    """Draw how many of these times (seconds since the epoch) fall into each month, quiet months between included."""
    counts = Counter(iso(time)[:7] for time in times)
    if not counts:
        return None
    months = _months_between(min(counts), max(counts))
    highest = max(counts.values())
    bars = []
    for place, month in enumerate(months):
        height = -(-counts[month] * _BAR_HEIGHT // highest)
        bars.append(Bar(_MARGIN + place * _BAR_WIDTH, _MARGIN + _BAR_HEIGHT - height, height, month, counts[month]))
    return Months(2 * _MARGIN + len(months) * _BAR_WIDTH, _BAR_HEIGHT + 5 * _MARGIN, bars)


def _months_between(first: str, last: str) -> list[str]:
    """Return the months from the first to the last, the newest ones when they are too many to draw."""
    year, month = int(first[:4]), int(first[5:])
    months = []
    while f"{year:04d}-{month:02d}" <= last:
        months.append(f"{year:04d}-{month:02d}")
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return months[-_MONTHS_MAX:]
