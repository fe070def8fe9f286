"""Judging: an act meets a pack; what is wrong with the story, and what is known of the pack afterwards.

One table (`rules.py`) says what an act needs and does, the other (`anomalies.py`) whether it counts when
something is wrong. This file reads both. No row has code of its own; what a row means is said in its columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from time import gmtime
from typing import Any

import msgspec

from ledger.codes.code import product_of
from ledger.custody.acts import CASE, Act, Actor, Circumstances, Part, ProductFacts, Ruling, Step
from ledger.custody.anomalies import ANOMALIES
from ledger.custody.rules import AUTHORITY, RULES, Rule, Who
from ledger.custody.state import FINAL, SOLD, Custody, State
from ledger.limits import (
    CLOCK_SKEW_SECONDS_MAX,
    OFFLINE_SECONDS_MAX,
    REPEAT_SCAN_SECONDS_MAX,
    UNDO_DISPENSE_SECONDS_MAX,
)

__all__ = [
    "CASE",
    "Act",
    "Actor",
    "Circumstances",
    "Part",
    "ProductFacts",
    "Ruling",
    "Step",
    "judge",
    "judge_all",
    "remarks",
    "replay",
]

_UNSEEN = Custody()
_UNEXPECTED = frozenset({"not-in-custody", "misdirected", "received-never-shipped"})


def judge(
    act: Act, circumstances: Circumstances, facts: ProductFacts, before: Custody | None, part: Part
) -> Ruling:
    """Judge one act on one pack.

    1. A role that may not do this changes nothing.
    2. A double beep is answered as the first scan was, and changes nothing.
    3. An undone dispense that may not be undone is a receiving.
    4. A report of something earlier than what is known changes nothing.
    5. What is wrong with the story, and with the goods.
    6. The effect, unless an anomaly holds it back.
    """
    return _judge(Step(act, circumstances, facts, part), before)


def _judge(step: Step, before: Custody | None) -> Ruling:
    pack = before or _UNSEEN
    act, actor = step.act, step.circumstances.actor
    rule = RULES[act.kind]
    if rule.roles.isdisjoint(actor.roles):  # 1
        return Ruling(pack, ("not-authorised",))
    if actor.station and actor.station == pack.last_station and _is_repeat(rule, step, pack):  # 2
        return _repeated(rule, step, pack)
    if rule.who is Who.SAME_PLACE and not _may_undo(step, pack):  # 3
        rule = RULES[rule.otherwise]
    goods = _goods(rule, step, pack)
    if rule.may_come_late and _is_late(step, pack):  # 4
        return Ruling(pack, tuple(goods))
    anomalies = (*_story(rule, step, pack), *goods)  # 5
    if not anomalies or not any(_holds_back(rule, code) for code in anomalies):  # 6
        changes = _effect(rule, step, pack)
    elif rule.leads is State.DISPENSED:
        # The first dispensing stands, and the attempt is counted.
        changes = {"dispensings": pack.dispensings + 1, "insured": _stays_insured(step, pack)}
    else:
        changes = {}
    if step.part == "parent" and "parent" in rule.sets:
        changes["holds"] = True
    if rule.event_type:
        changes["last_kind"], changes["last_time"] = act.kind, act.time
        changes["last_station"], changes["last_anomalies"], changes["repeats"] = actor.station, anomalies, 0
    return Ruling(msgspec.structs.replace(pack, **changes), anomalies)


def judge_all(
    act: Act,
    circumstances: Circumstances,
    facts_of: Callable[[str], ProductFacts],
    packs: Iterable[tuple[str, Custody | None, Part]],
) -> list[Ruling]:
    """Judge one act on many packs, given as (key, custody before, part); return the rulings in that order.

    Packs that share a product and one and the same custody object share one ruling. `facts_of` is asked once
    a product, never for codes without one.
    """
    facts: dict[str, ProductFacts] = {"": CASE}
    known: dict[tuple[str, int, Part], Ruling] = {}
    rulings = []
    for key, before, part in packs:
        product = product_of(key)
        alike = (product, id(before), part)  # comparing custodies themselves would cost more than all the rest
        ruling = known.get(alike)
        if ruling is None:
            if product not in facts:
                facts[product] = facts_of(product)
            ruling = known[alike] = judge(act, circumstances, facts[product], before, part)
        rulings.append(ruling)
    return rulings


def remarks(act: Act, circumstances: Circumstances) -> tuple[str, ...]:
    """Return the anomalies of a statement as a whole, whatever packs it names.

    A claim up to `OFFLINE_SECONDS_MAX` old is taken for an offline upload; an older one, or one from the
    future, comes from a wrong clock. What only papers say may be written up long after: only the future
    speaks against it.
    """
    age = circumstances.recorded_at - act.time
    if age < -CLOCK_SKEW_SECONDS_MAX:
        return ("clock-skew",)
    if age > OFFLINE_SECONDS_MAX and RULES[act.kind].event_type:
        return ("clock-skew",)
    return ()


def replay(start: Custody | None, steps: Iterable[Step]) -> Custody | None:
    """Return what is known of a pack after these steps: how a correction leaves out the act it takes back."""
    pack = start
    for step in steps:
        pack = _judge(step, pack).after
    return pack


def _is_repeat(rule: Rule, step: Step, pack: Custody) -> bool:
    act = step.act
    if act.kind != pack.last_kind or step.part == "parent" or act.partial:
        return False  # a case is packed with many acts, and a pack split among many patients
    if "dispensed" in rule.sets and pack.insured and not (act.insured or pack.last_anomalies):
        return False  # sold well to an insurer, and now to a patient who pays: that is no double beep
    if not rule.event_type or abs(act.time - pack.last_time) > REPEAT_SCAN_SECONDS_MAX:
        return False
    if "destination" in rule.sets:
        return step.circumstances.destination == pack.destination
    if "no-parent" in rule.sets and act.parent is not None:
        return act.parent != pack.parent  # the carton first, then the bundle that was in it
    return "parent" not in rule.sets or act.parent == pack.parent


def _repeated(rule: Rule, step: Step, pack: Custody) -> Ruling:
    repeats = pack.repeats + 1
    again = "repeat-scan" if repeats == 1 else "repeat-scan-often"
    changes: dict[str, Any] = {"repeats": repeats}
    if "dispensed" in rule.sets:
        changes["insured"] = _stays_insured(step, pack)
    anomalies = tuple(dict.fromkeys((*pack.last_anomalies, *_goods(rule, step, pack), again)))
    return Ruling(msgspec.structs.replace(pack, **changes), anomalies)


def _stays_insured(step: Step, pack: Custody) -> bool:
    """Say whether an insurer pays: a place that says so later of what it dispensed is believed."""
    return pack.insured or (step.act.insured and _is_here(step.circumstances.actor, pack))


def _may_undo(step: Step, pack: Custody) -> bool:
    if pack.state not in SOLD or not _is_here(step.circumstances.actor, pack):
        return False
    # A claim can be set back to look timely, but by no more than an offline upload can be late.
    earliest = step.circumstances.recorded_at - OFFLINE_SECONDS_MAX
    return 0 <= max(step.act.time, earliest) - pack.dispensed_at <= UNDO_DISPENSE_SECONDS_MAX


def _is_late(step: Step, pack: Custody) -> bool:
    if step.act.time >= pack.moved_at:
        return False
    return CLOCK_SKEW_SECONDS_MAX < step.circumstances.recorded_at - step.act.time <= OFFLINE_SECONDS_MAX


def _story(rule: Rule, step: Step, pack: Custody) -> list[str]:
    """Return what is wrong between the act and what is known of the pack."""
    if step.part == "parent" and step.facts.case and pack.state is State.UNKNOWN:
        # Packing brings a logistic unit into being; a code with a product comes from its maker only.
        return [] if "parent" in rule.sets else ["parent-unknown"]
    actor = step.circumstances.actor
    party = _speaker(rule, step)
    if pack.state in rule.starts or _continues(rule, party, pack):
        found = _unexpected(rule, step, party, pack)
    else:
        found = _out_of_place(rule, step, pack)
    if pack.insured and rule.in_trade and _paid_elsewhere(party, pack) and not _is_patient(actor):
        found.append("dispensed-under-insurance")
    if step.act.parent is not None and step.part == "named":
        if "parent" in rule.sets and pack.parent not in (None, step.act.parent):
            found.append("child-has-parent")
        elif "no-parent" in rule.sets and pack.parent != step.act.parent:
            found.append("parent-unknown")
    if rule.says:
        found.append(rule.says)
    return found


def _unexpected(rule: Rule, step: Step, party: int, pack: Custody) -> list[str]:
    """Return what is wrong with the speaker, when nothing is wrong with the pack's state."""
    actor = step.circumstances.actor
    found = ""
    if rule.who is Who.HOLDER:
        if party != pack.holder and actor.roles.isdisjoint(AUTHORITY):
            found = "not-in-custody"
    elif rule.who is Who.DESTINATION:
        if pack.state is not State.IN_TRANSIT:
            found = "" if pack.holder == party else "received-never-shipped"
        elif pack.destination not in (0, party):
            found = "misdirected"
    elif rule.who is Who.MAKER:
        found = "" if _may_commission(actor, step.facts) else "not-authorised"
    elif rule.who is Who.INSTITUTION:
        if "insurer" not in actor.roles and party != actor.party:
            found = "not-authorised"
        elif rule.in_trade and pack.state in SOLD and party not in (0, pack.dispensed_party):
            found = "already-dispensed-elsewhere"
    return [found] if found else []


def _out_of_place(rule: Rule, step: Step, pack: Custody) -> list[str]:
    """Return what is wrong when the pack is in no state for this act."""
    actor = step.circumstances.actor
    if pack.state is State.UNKNOWN:
        # A logistic unit comes into being where it is packed, and that may be uploaded after it has arrived.
        return ["unknown-case" if step.facts.case else "unknown-pack"]
    found = ["already-commissioned"] if rule.who is Who.MAKER else []
    if pack.state in FINAL:
        return [*found, "after-final-state"]
    if found:
        return found
    if pack.state not in SOLD:
        return ["received-never-shipped"]
    if _is_patient(actor):
        return []  # most packs that patients check are their own
    return ["already-dispensed-here" if _is_here(actor, pack) else "already-dispensed-elsewhere"]


def _continues(rule: Rule, party: int, pack: Custody) -> bool:
    """Say whether the act goes on with what the party began: the rest of a split pack, a late settlement."""
    if party == 0 or party != pack.dispensed_party:
        return False
    if rule.leads is State.DISPENSED:
        return pack.state is State.PARTIALLY_DISPENSED
    return rule.who is Who.INSTITUTION


def _is_here(actor: Actor, pack: Custody) -> bool:
    return actor.party == pack.dispensed_party and actor.site == pack.dispensed_site


def _may_commission(actor: Actor, facts: ProductFacts) -> bool:
    return facts.case or (facts.maker in (0, actor.party) and "manufacturer" in actor.roles)


def _paid_elsewhere(party: int, pack: Custody) -> bool:
    return party != 0 and (pack.settled_party or pack.dispensed_party) not in (0, party)


def _is_patient(actor: Actor) -> bool:
    return actor.roles <= {"public"}


def _speaker(rule: Rule, step: Step) -> int:
    """Return the party whose act it is: a settlement speaks of the institution that was paid."""
    circumstances = step.circumstances
    return circumstances.destination if rule.who is Who.INSTITUTION else circumstances.actor.party


def _goods(rule: Rule, step: Step, pack: Custody) -> list[str]:
    """Return what is wrong with the goods themselves, whoever holds them."""
    found: list[str] = []
    if pack.state is State.UNKNOWN and "goods" not in rule.sets:
        return found
    act, facts = step.act, step.facts
    batch, expiry = pack.batch or act.batch, pack.expiry or act.expiry
    if "expired" in rule.watches and 0 < expiry < _day((act.time + act.zone) // 86_400):
        found.append("expired")
    if facts.recalled and "recalled" in rule.watches and _is_recalled(step, batch):
        found.append("recalled")
    if not facts.known and "product" in rule.watches:
        found.append("product-mismatch")
    if act.batch and act.batch != batch:
        found.append("batch-mismatch")
    if act.expiry and act.expiry != expiry:
        found.append("expiry-mismatch")
    return found


def _is_recalled(step: Step, batch: str) -> bool:
    maker, circumstances = step.facts.maker, step.circumstances
    if maker and maker in (circumstances.actor.party, circumstances.destination):
        return False  # a recall is obeyed by sending the packs back to their maker
    return batch in step.facts.recalled or "*" in step.facts.recalled


@lru_cache(maxsize=4_096)
def _day(days: int) -> int:
    """Return the day so many days after 1970-01-01 as yyyymmdd."""
    day = gmtime(days * 86_400)
    return day.tm_year * 10_000 + day.tm_mon * 100 + day.tm_mday


def _holds_back(rule: Rule, code: str) -> bool:
    if code in rule.despite:
        return False
    return not ANOMALIES[code].counts or (not rule.in_hand and code in _UNEXPECTED)


def _effect(rule: Rule, step: Step, pack: Custody) -> dict[str, Any]:
    """Return what the act changes: the row's `leads` and `sets`, carried out."""
    act, circumstances, sets = step.act, step.circumstances, rule.sets
    changes: dict[str, Any] = {}
    if rule.leads is not None:
        changes["state"] = rule.leads
        changes["moved_at"] = min(act.time, circumstances.recorded_at)
        changes["destination"] = circumstances.destination if "destination" in sets else 0
        if pack.parent is not None and _leaves_case(rule, step, pack):
            changes["parent"] = None
    if "place" in sets:
        changes["holder"], changes["site"] = circumstances.actor.party, circumstances.actor.site
    if "goods" in sets:
        changes["batch"], changes["expiry"] = act.batch, act.expiry
    elif "parent" in sets and step.part == "named":
        changes["parent"] = act.parent
    elif "dispensed" in sets:
        changes.update(_dispensed(step, pack))
    elif "undispensed" in sets:
        changes.update(dispensed_party=0, dispensed_site=0, dispensed_at=0, insured=pack.settled)
        changes["dispensings"] = max(0, pack.dispensings - 1)
    elif "settled" in sets and not pack.settled:
        changes.update(insured=True, settled=True, settled_party=circumstances.destination)
    elif "unsettled" in sets and pack.settled and pack.settled_party == circumstances.destination:
        changes.update(insured=False, settled=False, settled_party=0)
    return changes


def _leaves_case(rule: Rule, step: Step, pack: Custody) -> bool:
    """Say whether it leaves: a named pack does, with whatever is done to it alone; what is inside stays."""
    return step.part == "named" or ("no-parent" in rule.sets and pack.parent == step.act.parent)


def _dispensed(step: Step, pack: Custody) -> dict[str, Any]:
    act, actor = step.act, step.circumstances.actor
    changes: dict[str, Any] = {"insured": pack.insured or act.insured}
    if act.partial:
        changes["state"] = State.PARTIALLY_DISPENSED
    if pack.state is not State.PARTIALLY_DISPENSED:
        changes["dispensings"] = pack.dispensings + 1
        changes["dispensed_party"], changes["dispensed_site"] = actor.party, actor.site
        changes["dispensed_at"] = min(act.time, step.circumstances.recorded_at)
    return changes
