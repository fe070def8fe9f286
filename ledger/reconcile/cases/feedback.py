"""What officers made of the findings, rule by rule: the ratio of false alarms is a rule's report."""

from __future__ import annotations

from collections import Counter, defaultdict

import msgspec

from ledger.papers.case import Decision
from ledger.reconcile.findings.finding import decode_finding
from ledger.store.cases import cases_in_order
from ledger.store.database import Connection
from ledger.store.findings import findings_by_id

__all__ = ["Feedback", "decisions", "feedback"]


class Feedback(msgspec.Struct, frozen=True, kw_only=True):
    """What came of the findings of one version of a rule.

    Attributes:
        rule, version: the rule, and the SHA-256 of its text (hex) when it last saw the findings.
        confirmed, false_alarms, unresolved: findings in cases by their decision.
        pending: findings in cases that are not decided.
        causes: of the false alarms, by name.
    """

    rule: str
    version: str
    confirmed: int
    false_alarms: int
    unresolved: int
    pending: int
    causes: dict[str, int]

    @property
    def false_alarm_percent(self) -> int | None:
        """Of a hundred decided findings, how many were false alarms, rounded up; None when none is decided."""
        decided = self.confirmed + self.false_alarms
        return None if not decided else -(-100 * self.false_alarms // decided)


def decisions(connection: Connection) -> dict[str, Decision | None]:
    """Return the decision of every finding that is in a case, None while it has none; by id.

    A finding in several cases has the newest decision.
    """
    found: dict[str, tuple[int, Decision | None]] = {}
    for _, case in cases_in_order(connection):
        for finding in case.findings:
            known = found.get(finding)
            decision = case.decision_of(finding)
            if known is None or (decision is not None and (known[1] is None or case.last > known[0])):
                found[finding] = (case.last, decision)
    return {finding: decision for finding, (_, decision) in found.items()}


def feedback(connection: Connection) -> list[Feedback]:
    """Return what came of the findings of each version of each rule, by name and version."""
    decided = decisions(connection)
    results: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    causes: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in findings_by_id(connection, [bytes.fromhex(each) for each in sorted(decided)]):
        seen = decode_finding(row.data).seen
        decision = decided[seen.id]
        at = (seen.rule, seen.version)
        results[at]["pending" if decision is None else decision.result] += 1
        if decision is not None and decision.cause is not None:
            causes[at][decision.cause] += 1
    return [
        Feedback(
            rule=rule, version=version, confirmed=counts["confirmed"], false_alarms=counts["false-alarm"],
            unresolved=counts["unresolved"], pending=counts["pending"],
            causes=dict(sorted(causes[rule, version].items())),
        )
        for (rule, version), counts in sorted(results.items())
    ]  # fmt: skip

