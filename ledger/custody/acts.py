"""What judging takes in and gives out: the act, who speaks and when, what the registers say, the ruling."""

from __future__ import annotations

from typing import Literal

import msgspec

from ledger.custody.state import Custody

__all__ = ["CASE", "Act", "Actor", "Circumstances", "Part", "ProductFacts", "Ruling", "Step"]

Part = Literal["named", "parent", "inside"]
"""How an act concerns a pack: in its own list, the case of a packing or unpacking, or inside a named case.

An unpacking that names no pack empties the case: what was directly in it is then `inside` too.
"""


class Act(msgspec.Struct, frozen=True, gc=False):
    """What judging needs of an event or a paper.

    Attributes:
        kind: a row of the table.
        time: the author's claim, seconds since the epoch.
        zone: seconds east of UTC on the author's wall clock, which decides what day it is there.
        insured, partial: of a dispensing: an insurer pays; only a part of the pack was handed out.
        batch, expiry: what the author says of the goods; "" and 0 when nothing.
        parent: of a packing or unpacking: the key of the case.
    """

    kind: str
    time: int
    insured: bool = False
    partial: bool = False
    batch: str = ""
    expiry: int = 0
    parent: str | None = None
    zone: int = 28_800


class Actor(msgspec.Struct, frozen=True, gc=False):
    """Who speaks: numbers of party, site and station (0 = none or unknown), and the party's roles."""

    party: int
    site: int = 0
    station: int = 0
    roles: frozenset[str] = frozenset()


class Circumstances(msgspec.Struct, frozen=True, gc=False):
    """Who speaks, to or of whom, and when we heard it.

    Attributes:
        destination: the party that a shipping names; for a settlement, the institution that was paid.
        recorded_at: the time of receipt, seconds since the epoch.
    """

    actor: Actor
    destination: int
    recorded_at: int


class ProductFacts(msgspec.Struct, frozen=True, gc=False):
    """What the registers say of a product.

    Attributes:
        known: the product is registered.
        maker: its manufacturer's number, 0 when not enrolled.
        recalled: the batches under recall; `*` stands for all.
        case: the code is a logistic unit's and has no product.
    """

    known: bool
    maker: int = 0
    recalled: frozenset[str] = frozenset()
    case: bool = False


class Ruling(msgspec.Struct, frozen=True, gc=False):
    """What is known of the pack after the act, and what was wrong with it."""

    after: Custody
    anomalies: tuple[str, ...] = ()


class Step(msgspec.Struct, frozen=True, gc=False):
    """All that is judged of one act on one pack, but what was known of the pack before."""

    act: Act
    circumstances: Circumstances
    facts: ProductFacts
    part: Part = "named"


CASE = ProductFacts(known=True, case=True)
"""The facts of every code that has no product."""
