"""When a proposal becomes a case without anybody asking for it: a table, one row a criterion.

One finding alone opens no case, however grave, unless a ring was found: among the hundreds of millions of packs of an
honest year a rule that errs once in a hundred thousand would keep every office busy. What opens a case is a
pattern: many packs by one way, or several rules that each rest on statements of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from ledger.reconcile.cases.grouping import Proposal
from ledger.reconcile.findings.finding import SEVERITIES, Finding, Severity

__all__ = ["CRITERIA", "Criterion", "criterion_met", "independent_rules"]


class Criterion(NamedTuple):
    """One row: a proposal meets it when enough of its findings qualify.

    Attributes:
        name: kebab-case.
        severity, score: what a finding must have at least to qualify.
        network: whether it must be about a network.
        subjects: how many different subjects the qualifying findings must be about.
        rules: how many rules that rest on different statements must be among them.
        en, zh: why this is enough.
    """

    name: str
    severity: Severity
    score: int
    network: bool
    subjects: int
    rules: int
    en: str
    zh: str


CRITERIA: Final = (
    Criterion(
        "ring", "high", 80, True, 1, 1,
        "A network was found that chance does not make; its significance was tested, and that is many facts at once.",
        "发现了无法用巧合解释的网络，其显著性已经检验，本身即包含大量事实。",
    ),
    Criterion(
        "repeated", "high", 90, False, 5, 1,
        "Five packs or persons that belong together, each of them grave and sure: a clerk's slip does not repeat so.",
        "五个以上相互关联的药品或人员，每一项都严重且确定：偶然失误不会如此重复。",
    ),
    Criterion(
        "corroborated", "medium", 70, False, 2, 3,
        "Three rules agree, none resting on another's statements: one error in the data cannot make all three.",
        "三条规则各自依据不同的记录得出一致结论：单一数据错误不可能同时造成。",
    ),
)  # fmt: skip


def criterion_met(proposal: Proposal) -> Criterion | None:
    """Return the first criterion that a proposal meets, None when it has to wait for an officer."""
    return next((each for each in CRITERIA if _is_met(each, proposal)), None)


def _is_met(criterion: Criterion, proposal: Proposal) -> bool:
    gravity = SEVERITIES.index(criterion.severity)
    qualifying = [
        finding for finding in proposal.findings
        if SEVERITIES.index(finding.seen.severity) >= gravity and finding.seen.score >= criterion.score
        and (finding.seen.grain == "network" or not criterion.network)
    ]  # fmt: skip
    subjects = {(finding.seen.grain, finding.seen.subject) for finding in qualifying}
    return len(subjects) >= criterion.subjects and independent_rules(qualifying) >= criterion.rules


def independent_rules(findings: Sequence[Finding]) -> int:
    """Return how many rules see something in statements that no other rule counted here rests on.

    The surest findings are counted first.
    """
    used: set[int] = set()
    rules: set[str] = set()
    for finding in sorted(findings, key=lambda each: (-each.seen.score, each.id)):
        seen = finding.seen
        if seen.rule not in rules and used.isdisjoint(seen.evidence):
            rules.add(seen.rule)
            used.update(seen.evidence)
    return len(rules)
