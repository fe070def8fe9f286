"""What the police write when they have emptied a warehouse: papers with the codes that could be read, and the
list as their scanners and typists left it, line by line.

Damp makes labels unreadable, and careful people cut the codes out. A list of a hundred thousand lines has been
scanned by tired people: packs are scanned twice, or not at all, and some are of nobody's making.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import Final

from ledger.clock import iso
from ledger.codes import key_of
from ledger.limits import CODES_PER_EVENT_MAX
from ledger.nation.crimes.hand import Hand
from ledger.nation.numbers import national_product, national_uri
from ledger.nation.stock import Pack
from ledger.papers.contents import Seizure

__all__ = ["list_lines", "readable", "seize"]

_UNREADABLE: Final = 25  # of a thousand labels: wet, torn, or cut out
_SHIFT_MINUTES: Final = 20  # one paper after the other
_PLACE: Final = "Synthetic warehouse, back of the cold store"

# Of a thousand lines of the list.
_DOUBLED: Final = 12
_HALF_READ: Final = 6
_UNKNOWN: Final = 5
_MISTYPED: Final = 4

_FULL_WIDTH: Final = str.maketrans("0123456789", "０１２３４５６７８９")
# Products that nobody registered: their numbers come after those of the country's own.
_UNREGISTERED: Final = 901


def readable(packs: Sequence[Pack]) -> list[Pack]:
    """Return those of the packs whose codes can be read; the same ones every time."""
    return [pack for pack in packs if Random(pack.uri).randrange(1_000) >= _UNREADABLE]  # noqa: S311 - a game


def seize(hand: Hand, packs: list[Pack], case: str) -> None:
    """Let the police write down what they found, in as many papers as it takes; each weighs what it names.

    The last paper also tells how many labels could not be read, and what those packs weigh.
    """
    clear = readable(packs)
    read = {pack.uri for pack in clear}
    lost = [pack for pack in packs if pack.uri not in read]
    parts = [clear[at : at + CODES_PER_EVENT_MAX] for at in range(0, len(clear), CODES_PER_EVENT_MAX)]
    country, police = hand.country, hand.country.places.police
    for at, part in enumerate(parts):
        last = lost if at == len(parts) - 1 else []
        time = hand.now + 60 * _SHIFT_MINUTES * at
        content = Seizure(
            id=country.stage.new_id(),
            time=iso(time),
            case=case,
            place=_PLACE,
            codes=sorted(pack.uri for pack in part),
            unreadable=len(last) or None,
            kilograms=_kilograms([*part, *last]),
        )
        country.paper(police, "seizure", time, content)


def _kilograms(packs: list[Pack]) -> str:
    grams = sum(pack.batch.goods.milligrams for pack in packs) // 1_000
    return f"{grams // 1_000}.{grams % 1_000:03d}"


def list_lines(packs: Sequence[Pack], rng: Random) -> Iterator[str]:
    """Yield the lines of the seizure list, as they were scanned and typed, in no order.

    Packs whose labels could not be read stand there as what was left of the label, or not at all.
    """
    lines = list(_lines(packs, rng))
    rng.shuffle(lines)
    yield from lines


def _lines(packs: Sequence[Pack], rng: Random) -> Iterator[str]:
    read = {pack.uri for pack in readable(packs)}
    for pack in packs:
        text = _scanned(key_of(pack.uri))
        if pack.uri not in read:
            if rng.randrange(2):
                yield _torn(text, rng)
            continue
        yield _mistyped(text, rng) if rng.randrange(1_000) < _MISTYPED else text
        if rng.randrange(1_000) < _DOUBLED:
            yield text
        if rng.randrange(1_000) < _HALF_READ:
            yield _torn(text, rng)
        if rng.randrange(1_000) < _UNKNOWN:
            yield _scanned(key_of(_foreign(rng)))


def _scanned(key: str) -> str:
    """Return what a scanner gives: twenty digits, or the element string of a GS1 symbol."""
    if not key.startswith("01/"):
        return key
    _, gtin, _, serial = key.split("/")
    return f"01{gtin}21{serial}"


def _torn(text: str, rng: Random) -> str:
    """Return what is left of a label: some characters are gone."""
    begin = rng.randrange(4, len(text) - 4)
    return text[:begin] + "?" * rng.randint(2, 4) + text[begin + 4 :]


def _mistyped(text: str, rng: Random) -> str:
    """Return what a careless hand made of a code that could be read: all of these can be made out."""
    return rng.choice((f"  {text} ", text.translate(_FULL_WIDTH), f"{text}\t", f"{text[:7]} {text[7:]}"))


def _foreign(rng: Random) -> str:
    """Return a well-formed code that nobody commissioned."""
    return national_uri(national_product(_UNREGISTERED + rng.randrange(9), 1), rng.randrange(1, 10**6))
