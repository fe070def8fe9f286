"""The custody rules for people: `docs/reference/custody-rules.md`, printed from the tables themselves."""

from __future__ import annotations

from collections.abc import Iterable

from ledger.custody.anomalies import ANOMALIES, Anomaly
from ledger.custody.rules import EFFECTS, ROLES, RULES, Rule
from ledger.custody.state import State

__all__ = ["rules_parts"]


def rules_parts() -> list[str]:
    """Return the page's paragraphs and tables, in order; the first is its title."""
    events = [rule for rule in RULES.values() if rule.event_type]
    return [
        "# Custody rules",
        "One row says which EPCIS event makes an act, who may, and what it does to a pack.\n"
        "An event on a case code acts on everything inside the case.\n"
        "The statement is recorded whatever is wrong with its story.\n"
        "The column *counts* says whether it changes the pack all the same.",
        "## Events",
        _table(
            ["kind", "EPCIS type", "action", "bizStep", "disposition"],
            [_selection(rule) for rule in events],
        ),
        "An event that no row selects has the kind `other` and no effect.\n"
        "A step of this table with an action that is not in its row is refused: `event-action`.",
        "## Transitions",
        "*Any state* is any but `unknown`.\nA role that is not named may not: the act is `not-authorised`.",
        _table(
            ["kind", "roles that may", "expected from", "from", "to", "sets", "looks up"],
            [_transition(rule) for rule in RULES.values()],
        ),
        "\n".join(f"- `{word}`: {meaning}." for word, meaning in EFFECTS.items()),
        "Some rows have a footnote.",
        "\n".join(f"- {note}" for note in _notes()),
        "## Anomalies",
        _table(
            ["anomaly", "verdict", "counts", "what the person at the counter is told"],
            [_told(anomaly) for anomaly in ANOMALIES.values()],
        ),
    ]


def _selection(rule: Rule) -> list[str]:
    return [
        f"`{rule.kind}`",
        rule.event_type,
        ", ".join(rule.actions),
        _words(rule.steps),
        _words(rule.dispositions) or "any other",
    ]


def _transition(rule: Rule) -> list[str]:
    return [
        f"`{rule.kind}`",
        "all" if rule.roles == ROLES else ", ".join(sorted(rule.roles)),
        rule.who.value,
        _states(rule.starts),
        "no change" if rule.leads is None else f"`{rule.leads.word}`",
        _words(sorted(rule.sets)),
        ", ".join(sorted(rule.watches)),
    ]


def _told(anomaly: Anomaly) -> list[str]:
    counts = "yes" if anomaly.counts else "no"
    return [f"`{anomaly.code}`", anomaly.verdict.word, counts, f"{anomaly.en}<br>{anomaly.zh}"]


def _notes() -> Iterable[str]:
    for rule in RULES.values():
        name = f"`{rule.kind}`"
        if not rule.in_hand:
            yield f"{name}: from anybody else it does not count; the pack is not in the speaker's hands."
        if rule.despite:
            yield f"{name}: counts despite {_words(sorted(rule.despite))}."
        if rule.says:
            yield f"{name}: always carries the anomaly `{rule.says}`."
        if rule.otherwise:
            yield f"{name}: when that does not hold, it is judged as `{rule.otherwise}`."
    late = [f"`{rule.kind}`" for rule in RULES.values() if rule.may_come_late]
    yield f"{', '.join(late)}: uploaded after a later act is known, it changes nothing, and nothing is wrong."
    yield "`dispensing`: disposition `partially_dispensed` leads to that state; the same party may go on."


def _states(states: frozenset[State]) -> str:
    if states == frozenset(State):
        return "any state, also `unknown`"
    if states == frozenset(State) - {State.UNKNOWN}:
        return "any state"
    return _words(state.word for state in sorted(states))


def _words(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
