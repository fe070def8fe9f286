"""A proposal: findings that belong together, which an officer may make a case of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from ledger.reconcile.findings.finding import SEVERITIES, Finding, Severity

__all__ = ["Proposal", "proposal_of", "stake_of"]


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


def proposal_of(findings: Sequence[Finding]) -> Proposal:
    """Return the proposal that these findings, at least one, make together."""
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
