"""Deeds: what people in the synthetic country do that somebody records, before anybody signs it.

A deed is an event or a paper at one place at one time; `desk.py` writes and signs it. Keeping the two apart
lets the country be played through without a signature where only its truth is asked for.
"""

from __future__ import annotations

import msgspec

from ledger.nation.places import Place
from ledger.papers.confidential import Confidential
from ledger.papers.contents import Content

__all__ = ["Deed", "EventDeed", "PaperDeed"]


class EventDeed(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to packs at a place.

    Attributes:
        kind: a row of the custody table.
        time: seconds since the epoch, by the place's own clock.
        codes, parent: canonical URIs.
        destination: the URI of a party.
        batch, expiry: what a maker says of the goods; "" and 0 when nothing.
        settlement: of a dispensing, `insured` or `self_pay`.
        partial: of a dispensing, part of the pack only.
        happened: of an error declaration, when the event that it takes back was said to have happened; its
            id is that event's, and `time` is when its author declares that it did not.
        personal: what goes into the confidential part.
    """

    id: str
    place: Place
    kind: str
    time: int
    codes: list[str]
    parent: str | None = None
    destination: str | None = None
    batch: str = ""
    expiry: int = 0
    settlement: str | None = None
    partial: bool = False
    happened: int | None = None
    personal: Confidential | None = None


class PaperDeed(msgspec.Struct, frozen=True, kw_only=True):
    """A paper that somebody wrote at a place; `content` holds its id, and no digest yet."""

    place: Place
    kind: str
    time: int
    content: Content
    personal: Confidential | None = None

    @property
    def id(self) -> str:
        """The paper's own id."""
        return self.content.id


Deed = EventDeed | PaperDeed
