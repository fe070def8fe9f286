"""What was done in a case, a line each: by whom, and in which words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from ledger.cli.context import Command
from ledger.cli.screen import Screen
from ledger.log.statement import kid_of
from ledger.papers.case import Case, Decision
from ledger.papers.contents import Action, Adding, Deadline, HandOver, Note, Opening, Outcome
from ledger.papers.paper import parse_paper
from ledger.store import tables
from ledger.store.cases import actions_of
from ledger.store.database import Connection
from ledger.store.log import get_entries
from ledger.store.registry import Registry

__all__ = ["Done", "case_facts", "decision_told", "document_of", "done_in", "show_done"]


class Done(msgspec.Struct, frozen=True):
    """An action: its log index, the office and the number of the station that signed it, why it does not count."""

    entry: int
    office: str
    station: int
    action: Action
    fault: str


def done_in(screen: Screen, connection: Connection, registry: Registry, number: int) -> list[Done]:
    """Return all that was done in a case, in the order of the log."""
    faults = dict(actions_of(connection, number))
    done = []
    for index, _, _, _, statement, body in sorted(get_entries(connection, sorted(faults))):
        content = parse_paper("action", body).content
        signer = registry.signer(connection, kid_of(statement))
        assert isinstance(content, Action)
        assert signer is not None  # its key was known when it was recorded
        office = screen.name(registry.name(connection, tables.party, signer.party))
        done.append(Done(index, office, signer.station, content, faults[index]))
    return done


def document_of(done: Done) -> dict[str, Any]:
    """Return an action for machines."""
    return {
        "entry": done.entry, "office": done.office, "station": done.station, "fault": done.fault,
        **msgspec.to_builtins(done.action),
    }  # fmt: skip


def show_done(run: Command, done: Sequence[Done]) -> None:
    """Show what was done."""
    screen = run.screen
    rows = [
        (
            str(each.entry), screen.time_of(each.action.time), each.office,
            screen.say(f"act-{type(each.action.do).__struct_config__.tag}"), _said(screen, each.action),
            screen.say(each.fault),
        )
        for each in done
    ]  # fmt: skip
    screen.table(("entry", "when", "who", "what", "said", "remarks"), rows)


def decision_told(screen: Screen, decision: Decision | None) -> str:
    """Return a decision in words; nothing when there is none."""
    if decision is None:
        return ""
    cause = f" ({screen.say('cause-' + decision.cause)})" if decision.cause else ""
    return screen.say(decision.result) + cause


def _said(screen: Screen, action: Action) -> str:
    match action.do:
        case Opening(findings=findings) | Adding(findings=findings):
            return f"{screen.say('findings')}: {len(findings)}" if findings else ""
        case Note(text=text):
            return text
        case Deadline(until=until):
            return screen.time_of(until)
        case HandOver(to=to, reason=reason):
            return f"{to}: {reason}"
        case Outcome() as do:
            about = ", ".join(each[:12] for each in do.findings or ())
            told = decision_told(screen, Decision(do.result, do.cause))
            return ": ".join(each for each in (about, told, do.text) if each)
        case _:
            return ""


def case_facts(screen: Screen, number: int, case: Case, office: str) -> list[tuple[str, str]]:
    """Return where a case stands, as names and values."""
    facts = [("case", str(number)), ("title", case.title), ("state", screen.say(case.state)), ("office", office)]
    if case.deadline is not None:
        facts.append(("deadline", screen.time(case.deadline)))
    if case.decision is not None:
        facts.append(("outcome", decision_told(screen, case.decision)))
    return facts
