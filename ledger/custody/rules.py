"""The custody rules, as a table: one row a kind of act. `docs/reference/custody-rules.md` is printed from it.

The same table reads an event (EPCIS type, action, business step and disposition select one row), judges it
(who may, from which states) and applies it (to which state, and what else it sets).
Acts without an EPCIS type come from papers, except `other`: every event that no row selects.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

import msgspec

from ledger.custody.state import FINAL, SOLD, State

__all__ = ["OTHER", "ROLES", "RULES", "Rule", "Who", "select"]


class Who(Enum):
    """Whom, among those whose role allows it, the act is expected from."""

    ANYONE = "anyone with such a role"
    HOLDER = "whoever has the pack; the medicine regulator and the police always"
    DESTINATION = "the party it was sent to"
    MAKER = "the maker of that product; for a case code, anyone in trade"
    INSTITUTION = "an insurer; a dispenser for itself only; each for the institution that dispensed it"
    SAME_PLACE = "the party that dispensed it, at the same site, within 10 days"


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table.

    Attributes:
        kind: the act's name, here and in statements.
        event_type, actions, steps, dispositions: select the row for an event; no disposition = any other.
        roles: the roles that may do this at all; by anyone else it is not authorised.
        who: from whom it is expected; by anyone else there is an anomaly.
        starts: the states in which nothing is wrong with it.
        leads: the state it leads to; None = no change.
        sets: what else it changes, in words of `EFFECTS`.
        watches: what is looked up of the goods: `product`, `expired`, `recalled`.
        in_trade: the pack is handled as goods, so it matters whether it was sold or paid for before.
        in_hand: the speaker has the pack before them, so that one of whom it was not expected is believed.
        despite: anomalies that hold other acts back, but not this one.
        may_come_late: uploaded after a later act, it changes nothing and there is nothing wrong with it.
        says: an anomaly that the act itself is.
        otherwise: the row that judges the act when `who` does not hold.
        disposition: the word that our own events say.
    """

    kind: str
    event_type: str = ""
    actions: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    dispositions: tuple[str, ...] = ()
    roles: frozenset[str]
    who: Who = Who.ANYONE
    starts: frozenset[State]
    leads: State | None = None
    sets: frozenset[str] = frozenset()
    watches: frozenset[str] = frozenset()
    in_trade: bool = False
    in_hand: bool = True
    despite: frozenset[str] = frozenset()
    may_come_late: bool = False
    says: str = ""
    otherwise: str = ""
    disposition: str = ""


EFFECTS: Final[dict[str, str]] = {
    "place": "holder and site become the speaker's",
    "destination": "the named destination is noted",
    "goods": "batch and expiry date are noted",
    "parent": "the pack is in the named case",
    "no-parent": "the pack is in no case",
    "dispensed": "who dispensed it, where and when are noted, and whether an insurer pays; counted",
    "undispensed": "the dispensing no longer counts; an insurer's mark stays only if a settlement stands",
    "settled": "an insurer paid for it, and for which institution; the first settlement stands",
    "unsettled": "that institution's settlement no longer counts",
}

ROLES: Final = frozenset(
    {
        "manufacturer", "distributor", "dispenser", "insurer", "medicine", "commerce", "tax", "police",
        "auditor", "operator", "public",
    }
)  # fmt: skip

_TRADE = frozenset({"manufacturer", "distributor", "dispenser"})
AUTHORITY: Final = frozenset({"medicine", "police"})
_OFFICES = ROLES - _TRADE - {"public"}

_EVERY = frozenset(State)
_STOCK = frozenset({State.ACTIVE, State.IN_TRANSIT})
_GOODS = frozenset({"product", "expired", "recalled"})
_SEEN_OR_GONE = ("OBSERVE", "DELETE")

_ROWS: Final = (
    Rule(
        kind="commissioning", event_type="ObjectEvent", actions=("ADD",), steps=("commissioning",),
        roles=_TRADE, who=Who.MAKER, starts=frozenset({State.UNKNOWN}), leads=State.ACTIVE,
        sets=frozenset({"place", "goods"}), watches=_GOODS, disposition="active",
    ),
    Rule(
        kind="packing", event_type="AggregationEvent", actions=("ADD",), steps=("packing",),
        roles=_TRADE, who=Who.HOLDER, starts=_STOCK, leads=State.ACTIVE,
        sets=frozenset({"place", "parent"}), in_trade=True, may_come_late=True,
        disposition="container_closed",
    ),
    Rule(
        kind="unpacking", event_type="AggregationEvent", actions=("DELETE",), steps=("unpacking",),
        roles=_TRADE, who=Who.HOLDER, starts=_STOCK, leads=State.ACTIVE,
        sets=frozenset({"place", "no-parent"}), in_trade=True, may_come_late=True, disposition="in_progress",
    ),
    Rule(
        kind="shipping", event_type="ObjectEvent", actions=("OBSERVE",), steps=("shipping",),
        roles=_TRADE, who=Who.HOLDER, starts=_STOCK, leads=State.IN_TRANSIT,
        sets=frozenset({"place", "destination"}), watches=frozenset({"product", "recalled"}),
        in_trade=True, may_come_late=True, disposition="in_transit",
    ),
    Rule(
        kind="voiding-shipment", event_type="ObjectEvent", actions=("OBSERVE",), steps=("void_shipping",),
        roles=_TRADE, who=Who.HOLDER, starts=_STOCK, leads=State.ACTIVE,
        in_hand=False, may_come_late=True, disposition="in_progress",
    ),
    Rule(
        kind="receiving", event_type="ObjectEvent", actions=("OBSERVE",), steps=("receiving",),
        roles=_TRADE, who=Who.DESTINATION, starts=frozenset({State.IN_TRANSIT}), leads=State.ACTIVE,
        sets=frozenset({"place"}), watches=_GOODS, in_trade=True, may_come_late=True,
        disposition="in_progress",
    ),
    Rule(
        kind="accepting", event_type="ObjectEvent", actions=("OBSERVE",), steps=("accepting",),
        roles=_TRADE, who=Who.DESTINATION, starts=_STOCK, leads=State.ACTIVE,
        sets=frozenset({"place"}), watches=_GOODS, in_trade=True, may_come_late=True,
        disposition="sellable_accessible",
    ),
    Rule(
        kind="refusing", event_type="ObjectEvent", actions=("OBSERVE",), steps=("receiving", "accepting"),
        dispositions=("non_sellable_other", "damaged", "mismatch_instance"),
        roles=_TRADE, who=Who.DESTINATION, starts=frozenset({State.IN_TRANSIT}), leads=State.ACTIVE,
        in_hand=False, may_come_late=True, says="refused", disposition="non_sellable_other",
    ),
    Rule(
        kind="dispensing", event_type="ObjectEvent", actions=_SEEN_OR_GONE,
        steps=("dispensing", "retail_selling"),
        roles=frozenset({"dispenser"}), who=Who.HOLDER, starts=_STOCK, leads=State.DISPENSED,
        sets=frozenset({"place", "dispensed"}), watches=_GOODS, in_trade=True, disposition="dispensed",
    ),
    Rule(
        kind="undoing-dispense", event_type="ObjectEvent", actions=("OBSERVE",), steps=("receiving",),
        dispositions=("returned",),
        roles=_TRADE, who=Who.SAME_PLACE, starts=SOLD, leads=State.ACTIVE,
        sets=frozenset({"place", "undispensed"}), watches=_GOODS, otherwise="receiving",
        disposition="returned",
    ),
    Rule(
        kind="inspecting", event_type="ObjectEvent", actions=("OBSERVE",), steps=("inspecting",),
        roles=ROLES, starts=_STOCK, watches=_GOODS, in_trade=True, may_come_late=True,
        disposition="conformant",
    ),
    Rule(
        kind="destroying", event_type="ObjectEvent", actions=_SEEN_OR_GONE, steps=("destroying",),
        roles=_TRADE | AUTHORITY, who=Who.HOLDER,
        starts=_STOCK | SOLD | {State.SAMPLED, State.STOLEN, State.SEIZED, State.LOST}, leads=State.DESTROYED,
        disposition="destroyed",
    ),
    Rule(
        kind="sampling", event_type="ObjectEvent", actions=_SEEN_OR_GONE, steps=("sampling",),
        roles=_TRADE | {"medicine"}, who=Who.HOLDER, starts=_STOCK, leads=State.SAMPLED,
        disposition="inactive",
    ),
    Rule(
        kind="exporting", event_type="ObjectEvent", actions=_SEEN_OR_GONE, steps=("pl:exporting",),
        roles=_TRADE, who=Who.HOLDER, starts=_STOCK, leads=State.EXPORTED, watches=_GOODS, in_trade=True,
        disposition="inactive",
    ),
    Rule(
        kind="loss", event_type="ObjectEvent", actions=_SEEN_OR_GONE, steps=("pl:losing",),
        roles=_TRADE | AUTHORITY, who=Who.HOLDER, starts=_STOCK, leads=State.LOST, in_hand=False,
        disposition="unavailable",
    ),
    Rule(
        kind="theft", event_type="ObjectEvent", actions=_SEEN_OR_GONE,
        steps=("holding", "inspecting", "decommissioning", "stock_taking", "cycle_counting"),
        dispositions=("stolen",),
        roles=_TRADE | AUTHORITY, who=Who.HOLDER, starts=_STOCK, leads=State.STOLEN, in_hand=False,
        disposition="stolen",
    ),
    Rule(
        kind="seizing", event_type="ObjectEvent", actions=("OBSERVE",), steps=("pl:seizing",),
        roles=AUTHORITY, starts=_EVERY - {State.UNKNOWN}, leads=State.SEIZED, sets=frozenset({"place"}),
        despite=frozenset({"unknown-pack", "unknown-case"}), disposition="non_sellable_other",
    ),
    Rule(kind="other", roles=_TRADE | _OFFICES, starts=_EVERY - {State.UNKNOWN}),
    Rule(
        kind="settling", roles=frozenset({"insurer", "dispenser"}), who=Who.INSTITUTION,
        starts=_EVERY - {State.UNKNOWN} - FINAL, sets=frozenset({"settled"}), in_trade=True,
    ),
    Rule(
        kind="unsettling", roles=frozenset({"insurer"}), who=Who.INSTITUTION,
        starts=_EVERY - {State.UNKNOWN}, sets=frozenset({"unsettled"}),
    ),
    Rule(kind="mentioning", roles=_TRADE | _OFFICES, starts=_EVERY - {State.UNKNOWN}),
)  # fmt: skip

RULES: Final[dict[str, Rule]] = {row.kind: row for row in _ROWS}
OTHER: Final = RULES["other"]

_SELECT: Final[dict[tuple[str, str, str, str], Rule]] = {
    (row.event_type, action, step, disposition): row
    for row in _ROWS
    for action in row.actions
    for step in row.steps
    for disposition in (row.dispositions or ("",))
}
# To observe an aggregation is to look at a case: EPCIS 2.0 §7.4.3 gives it a meaning, without effect.
_WITHOUT_MEANING: Final = frozenset(
    (row.event_type, action, step)
    for row in _ROWS
    if not row.dispositions
    for step in row.steps
    for action in {"ADD", "OBSERVE", "DELETE"} - set(row.actions)
    if (row.event_type, action) != ("AggregationEvent", "OBSERVE")
)


def select(event_type: str, action: str, step: str, disposition: str) -> Rule | None:
    """Return the row that an event's words select; `OTHER` when it has no effect on custody.

    None says that the step has an effect but not with this action: DELETE `shipping` is nobody's meaning,
    and taking it for an event without effect would lose a shipment silently.
    """
    row = _SELECT.get((event_type, action, step, disposition)) or _SELECT.get((event_type, action, step, ""))
    if row is not None:
        return row
    return None if (event_type, action, step) in _WITHOUT_MEANING else OTHER
