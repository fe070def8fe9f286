"""Findings that belong together: one proposal each, so that a gang is one case and a busy hospital is not.

What holds two findings together, strongest first:
    person       both name the same person; a finding that names very many glues by none of them
    pack         both are about the same pack
    statement    both rest on the same statement, unless many findings do: a shipment of thousands proves no gang
    way of trade both come from one rule, and touch exactly the same parties
    party        both touch a party that hardly any finding touches
The last two hold only between findings that are not mild, and never beyond a size: what thousands share is a place.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import pairwise

import msgspec

from ledger.limits import (
    GLUING_PERSONS_MAX,
    PARTY_FINDINGS_MAX,
    PROPOSAL_FINDINGS_MAX,
    STATEMENT_FINDINGS_MAX,
)
from ledger.reconcile.findings.finding import SEVERITIES, Finding, Severity

__all__ = ["Proposal", "group", "stake_of"]


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """Findings that belong together.

    Attributes:
        findings: by id, ascending.
        severity, score: of the gravest finding, the surest among those.
        cents: money at stake; a pack that several findings are about counts once.
        rules: names, ascending; persons, institutions, packs: who and what is touched.
    """

    findings: tuple[Finding, ...]
    severity: Severity
    score: int
    cents: int
    rules: tuple[str, ...]
    persons: tuple[str, ...]
    institutions: tuple[int, ...]
    packs: tuple[str, ...]


def group(findings: Iterable[Finding]) -> list[Proposal]:
    """Return proposals, the gravest first, then the surest, then the dearest."""
    all_of_them = sorted(findings, key=lambda finding: finding.id)
    together = _Together(len(all_of_them))
    for members in _strong(all_of_them):
        together.join(members)
    for members in _weak(all_of_them):
        together.join(members, at_most=PROPOSAL_FINDINGS_MAX)
    proposals = [_proposal([all_of_them[at] for at in members]) for members in together.groups()]
    return sorted(
        proposals,
        key=lambda each: (-SEVERITIES.index(each.severity), -each.score, -each.cents, each.findings[0].id),
    )


class _Together:
    """Union-find over places 0 … count-1."""

    def __init__(self, count: int) -> None:
        self._above = list(range(count))
        self._sizes = [1] * count

    def join(self, members: Sequence[int], at_most: int | None = None) -> None:
        """Join these, as far as no group grows beyond `at_most`."""
        for one, other in pairwise(members):
            a, b = self._root(one), self._root(other)
            if a == b or (at_most is not None and self._sizes[a] + self._sizes[b] > at_most):
                continue
            larger, smaller = (a, b) if self._sizes[a] >= self._sizes[b] else (b, a)
            self._above[smaller] = larger
            self._sizes[larger] += self._sizes[smaller]

    def groups(self) -> list[list[int]]:
        """Return the groups, their members ascending."""
        found: defaultdict[int, list[int]] = defaultdict(list)
        for at in range(len(self._above)):
            found[self._root(at)].append(at)
        return list(found.values())

    def _root(self, at: int) -> int:
        while self._above[at] != at:
            self._above[at] = self._above[self._above[at]]
            at = self._above[at]
        return at


def _strong(findings: Sequence[Finding]) -> Iterator[Sequence[int]]:
    shared: defaultdict[Hashable, list[int]] = defaultdict(list)
    proofs: defaultdict[int, list[int]] = defaultdict(list)
    for at, finding in enumerate(findings):
        seen = finding.seen
        if seen.grain == "network" or len(seen.persons) <= GLUING_PERSONS_MAX:
            for person in seen.persons:
                shared["person", person].append(at)
        if seen.subject and seen.grain in ("pack", "person"):
            shared[seen.grain, seen.subject].append(at)
        for index in seen.evidence:
            proofs[index].append(at)
    yield from shared.values()
    yield from (members for members in proofs.values() if len(members) <= STATEMENT_FINDINGS_MAX)


def _weak(findings: Sequence[Finding]) -> Iterator[Sequence[int]]:
    ways: defaultdict[tuple[str, tuple[int, ...]], list[int]] = defaultdict(list)
    parties: defaultdict[int, list[int]] = defaultdict(list)
    touched = Counter(party for finding in findings for party in finding.seen.institutions)
    for at, finding in enumerate(findings):
        seen = finding.seen
        if seen.severity == "low" or not seen.institutions:
            continue
        ways[seen.rule, seen.institutions].append(at)
        for party in seen.institutions:
            if touched[party] <= PARTY_FINDINGS_MAX:
                parties[party].append(at)
    yield from ways.values()
    yield from parties.values()


def stake_of(findings: Iterable[Finding]) -> int:
    """Return the money at stake in findings that belong together, in hundredths; no money counts twice.

    A pack counts once, whatever was found about it; what a larger finding sums up is largely the same money.
    """
    packs: dict[str, int] = {}
    largest = 0
    for finding in findings:
        seen = finding.seen
        if seen.grain == "pack" and seen.subject:
            packs[seen.subject] = max(packs.get(seen.subject, 0), seen.cents)
        else:
            largest = max(largest, seen.cents)
    return max(largest, sum(packs.values()))


def _proposal(findings: Sequence[Finding]) -> Proposal:
    gravest = max(findings, key=lambda finding: (SEVERITIES.index(finding.seen.severity), finding.seen.score)).seen
    packs = {finding.seen.subject for finding in findings if finding.seen.grain == "pack" and finding.seen.subject}
    return Proposal(
        findings=tuple(findings),
        severity=gravest.severity,
        score=gravest.score,
        cents=stake_of(findings),
        rules=tuple(sorted({finding.seen.rule for finding in findings})),
        persons=tuple(sorted({person for finding in findings for person in finding.seen.persons})),
        institutions=tuple(sorted({party for finding in findings for party in finding.seen.institutions})),
        packs=tuple(sorted(packs)),
    )
