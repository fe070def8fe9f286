"""What was done in a case, a line each: by whom, and in which words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from ledger.cli.context import Command
from ledger.cli.screen import Screen
from ledger.office.cases import Done, deeds_in
from ledger.papers.case import Case, Decision
from ledger.papers.contents import Action, Adding, AskName, Deadline, HandOver, Note, Opening, Outcome
from ledger.store import tables
from ledger.store.database import Connection
from ledger.store.registry import Registry

__all__ = ["case_facts", "decision_told", "document_of", "done_in", "show_done"]


def done_in(
    screen: Screen, connection: Connection, registry: Registry, number: int
) -> list[tuple[str, Done]]:
    """Return all that was done in a case, in the order of the log; each with the name of the office."""
    done = deeds_in(connection, registry, number)
    return [(screen.name(registry.name(connection, tables.party, each.office)), each) for each in done]


def document_of(office: str, done: Done) -> dict[str, Any]:
    """Return an action for machines."""
    return {
        "entry": done.entry, "office": office, "station": done.station, "fault": done.fault,
        **msgspec.to_builtins(done.action),
    }  # fmt: skip


def show_done(run: Command, done: Sequence[tuple[str, Done]]) -> None:
    """Show what was done."""
    screen = run.screen
    rows = [
        (
            str(each.entry), screen.time_of(each.action.time), office,
            screen.say(f"act-{type(each.action.do).__struct_config__.tag}"), _said(screen, each.action),
            screen.say(each.fault),
        )
        for office, each in done
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
            return screen.counted("findings", len(findings)) if findings else ""
        case Note(text=text):
            return text
        case Deadline(until=until):
            return screen.time_of(until)
        case HandOver(to=about, reason=reason) | AskName(person=about, reason=reason):
            return f"{about}: {reason}"
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
