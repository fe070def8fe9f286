"""When a proposal becomes a case without anybody asking for it: a table, one row a criterion.

One finding alone opens no case, however grave, unless a ring was found: among the hundreds of millions of packs of an
honest year a rule that errs once in a hundred thousand would keep every office busy. What opens a case is a
pattern: many packs by one way, or several rules that say it of the same person, pack or party, each resting on
statements of its own. Findings that only lie near each other corroborate nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from typing import Final, NamedTuple

from ledger.limits import GLUING_PERSONS_MAX
from ledger.reconcile.cases.proposal import Proposal
from ledger.reconcile.findings.finding import SEVERITIES, Finding, Severity

__all__ = ["CRITERIA", "Criterion", "criterion_met", "independent_rules"]


class Criterion(NamedTuple):
    """One row: a proposal meets it when enough of its findings qualify.

    Attributes:
        name: kebab-case.
        severity, score: what a finding must have at least to qualify.
        network: whether it must be about a network.
        of_one: whether all that qualify must be about one person, pack or party.
        subjects: how many different subjects the qualifying findings must be about.
        rules: how many rules that rest on different statements must be among them.
        en, zh: why this is enough.
    """

    name: str
    severity: Severity
    score: int
    network: bool
    of_one: bool
    subjects: int
    rules: int
    en: str
    zh: str


CRITERIA: Final = (
    Criterion(
        "ring", "high", 80, True, False, 1, 1,
        "A network was found that chance does not make; its significance was tested, and that is many facts at once.",
        "发现了无法用巧合解释的网络，其显著性已经检验，本身即包含大量事实。",
    ),
    Criterion(
        "repeated", "high", 90, False, False, 5, 1,
        "Five packs or persons that belong together, each of them grave and sure: a clerk's slip does not repeat so.",
        "五个以上相互关联的药品或人员，每一项都严重且确定：偶然失误不会如此重复。",
    ),
    Criterion(
        "corroborated", "medium", 70, False, True, 2, 3,
        "Three rules agree about one, none resting on another's statements: one error in the data cannot make all.",
        "三条规则针对同一对象、各自依据不同的记录得出一致结论：单一数据错误不可能同时造成。",
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
    return any(
        len({(finding.seen.grain, finding.seen.subject) for finding in some}) >= criterion.subjects
        and independent_rules(some) >= criterion.rules
        for some in (_by_one(qualifying) if criterion.of_one else [qualifying])
    )


def _by_one(findings: Sequence[Finding]) -> Iterator[Sequence[Finding]]:
    """Yield the findings about each person, pack and party.

    Parties that a finding merely touches are places; of very many persons in one finding none is meant.
    """
    about: defaultdict[Hashable, list[Finding]] = defaultdict(list)
    for finding in findings:
        seen = finding.seen
        grain = "party" if seen.grain in ("institution", "trade") else seen.grain
        named = {("person", person) for person in seen.persons if len(seen.persons) <= GLUING_PERSONS_MAX}
        for one in {(grain, seen.subject), *named}:
            about[one].append(finding)
    yield from about.values()


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
