"""How proposals lie over crimes: is one crime one proposal, and is one proposal one crime?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from ledger.bench.detect.country import Answer
from ledger.bench.detect.marks import Part
from ledger.reconcile.cases.proposal import Proposal
from ledger.reconcile.findings.finding import Grain, Seen

__all__ = ["together"]

_Crime = int  # its place in the answer


def together(proposals: Sequence[Proposal], answer: Answer) -> tuple[Part, Part]:
    """Return how many findings of crimes lie in the proposal that most of their crime's lie in, and how many lie in
    a proposal that most of whose findings are of their crime.

    A finding is of the crimes whose pack or card it is about; a network of the one that most of its cards are in;
    findings about institutions and trade are of none.
    """
    of_subject: defaultdict[tuple[Grain, str], set[_Crime]] = defaultdict(set)
    for number, crime in enumerate(answer.crimes):
        for pack in crime.packs:
            of_subject["pack", pack].add(number)
        for person in crime.persons:
            of_subject["person", person].add(number)

    def of(seen: Seen) -> set[_Crime]:
        if seen.grain != "network":
            return of_subject.get((seen.grain, seen.subject), set())
        most = Counter(crime for person in seen.persons for crime in of_subject.get(("person", person), ()))
        return {min(most, key=lambda crime: (-most[crime], crime))} if most else set()

    of_proposal = [[crimes for each in proposal.findings if (crimes := of(each.seen))] for proposal in proposals]
    where = [Counter(crime for crimes in some for crime in crimes) for some in of_proposal]
    largest = {crime: max(counts[crime] for counts in where) for counts in where for crime in counts}
    found = sum(sum(counts.values()) for counts in where)
    main = [min(counts, key=lambda crime: (-counts[crime], crime), default=None) for counts in where]
    unmixed = sum(at in crimes for some, at in zip(of_proposal, main, strict=True) for crimes in some)
    return Part(sum(largest.values()), found), Part(unmixed, sum(map(len, of_proposal)))
