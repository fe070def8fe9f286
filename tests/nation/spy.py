"""A spy in the country: every deed that is done, and whether somebody's crime did it.

It reads the stack at the moment of the deed and believes nothing that a record says, so what a crime leaves
out of its record does not escape it.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

import pytest

from ledger.codes import key_of, product_of
from ledger.nation import Crime, Truth, build
from ledger.nation import crimes as room
from ledger.nation.deeds import Deed, EventDeed, PaperDeed
from ledger.nation.goods import PRODUCTS
from ledger.nation.places import Place
from ledger.nation.stage import Stage
from ledger.papers.contents import Content, Invoice, Prescription, Settlement
from tests.nation.conftest import START

ROOM = str(Path(room.__file__).parent)
WAREHOUSE = 1_500
PACKS = {goods.product for goods in PRODUCTS}
# Goods that come in through the books and wait: no part of a crime until something is done with them. And what
# the police do is none.
HONEST = {"_stock_up", "_put_aside", "seize"}


class Seen(NamedTuple):
    """A deed, and the functions of crimes that were at work when it was done; none for honest trade."""

    deed: Deed
    by: frozenset[str]

    @property
    def criminal(self) -> bool:
        """A crime did it."""
        return bool(self.by) and not self.by & HONEST


class Watched(NamedTuple):
    """All that was done in a country, its places by site, what its cases hold, and its truth."""

    seen: list[Seen]
    places: dict[str, Place]
    inside: dict[str, list[str]]
    truth: Truth

    def packs(self, codes: list[str]) -> list[str]:
        """Return the packs that codes stand for, those inside cases included."""
        found = []
        for code in codes:
            if product_of(key_of(code)) in PACKS:
                found.append(code)
            else:
                found += self.packs(self.inside[code])
        return found

    def events(self, kind: str, *, criminal: bool | None = None) -> list[EventDeed]:
        """Return the events of a kind, by anybody or by one side only."""
        return [
            each.deed
            for each in self.seen
            if isinstance(each.deed, EventDeed)
            and each.deed.kind == kind
            and criminal in (None, each.criminal)
        ]

    def papers(self, of: type, *, criminal: bool | None = None) -> list[PaperDeed]:
        """Return the papers of a type, by anybody or by one side only."""
        return [
            each.deed
            for each in self.seen
            if isinstance(each.deed, PaperDeed)
            and isinstance(each.deed.content, of)
            and criminal in (None, each.criminal)
        ]

    def kind_of(self, party: str) -> str:
        """Return what a party is; all the places of a chain are of one kind."""
        return next(place.kind for place in self.places.values() if place.party == party)

    def handed_out(self) -> dict[str, list[tuple[int, Place, str]]]:
        """Return for each pack (time, place, card) of its dispensings that stand, in the order of time."""
        found: defaultdict[str, list[tuple[int, Place, str]]] = defaultdict(list)
        mistaken = {deed.id for deed in self.events("dispensing") if deed.happened is not None}
        standing = [deed for deed in self.events("dispensing") if deed.id not in mistaken]
        acts = [*standing, *self.events("undoing-dispense")]
        for deed in sorted(acts, key=lambda deed: deed.time):
            for code in deed.codes:
                if deed.kind == "dispensing":
                    found[code].append((deed.time, deed.place, card_of(deed)))
                else:
                    found[code].pop()
        return {code: each for code, each in found.items() if each}

    def settled(self) -> dict[str, list[tuple[int, Place, str]]]:
        """Return for each pack (time, place, card) of its settlements, in the order of time."""
        found: defaultdict[str, list[tuple[int, Place, str]]] = defaultdict(list)
        for deed in self.papers(Settlement):
            if deed.content.reverses is None:
                for line in deed.content.lines:
                    for code in line.codes or ():
                        found[code].append((deed.time, self.places[deed.content.site], card_of(deed)))
        return {code: sorted(each, key=itemgetter(0)) for code, each in found.items()}


def card_of(deed: Deed) -> str:
    """Return the card that a deed was done on."""
    assert deed.personal is not None
    return deed.personal.patient.id_number


def codes_of(content: Content) -> list[str]:
    """Return the codes that a paper names."""
    if isinstance(content, Settlement):
        return [code for line in content.lines for code in line.codes or ()]
    return []


def watch(packs: int, months: int, seed: int, crimes: str | list[str], thirty_tons: int = 0) -> Watched:
    """Play a country to its end, unsigned, with a spy in it."""
    seen: list[Seen] = []
    do = Stage.do

    def spied(stage: Stage, deed: Deed) -> None:
        frame, by = sys._getframe(1), set()
        while frame is not None:
            if frame.f_code.co_filename.startswith(ROOM):
                by.add(frame.f_code.co_name)
            frame = frame.f_back
        seen.append(Seen(deed, frozenset(by - {"commit"})))
        do(stage, deed)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stage, "do", spied)
        nation = build(packs, months, seed, START, crimes, thirty_tons=thirty_tons)
        truth = nation.truth()
    inside = {
        deed.deed.parent: deed.deed.codes
        for deed in seen
        if isinstance(deed.deed, EventDeed) and deed.deed.kind == "packing" and deed.deed.parent
    }
    places = {deed.deed.place.site: deed.deed.place for deed in seen}
    return Watched(seen, places, inside, truth)


@cache
def alone(name: str) -> Watched:
    """Play a country of 6,000 packs in which there is this crime and no other."""
    if name == "thirty-tons":
        return watch(6_000, 6, 11, "none", WAREHOUSE)
    return watch(6_000, 6, 11, [name])


def the(watched: Watched) -> Crime:
    """Return a country's one crime."""
    (crime,) = watched.truth.crimes
    return crime


def parties_of(deed: Deed) -> set[str]:
    """Return the parties that a deed is done at or names, but for the insurer."""
    if isinstance(deed, EventDeed):
        return {deed.place.party} | ({deed.destination} if deed.destination else set())
    match deed.content:
        case Invoice(seller=seller, buyer=buyer):
            return {seller, buyer}
        case Settlement(institution=institution) | Prescription(institution=institution):
            return {institution}
    return {deed.place.party}
