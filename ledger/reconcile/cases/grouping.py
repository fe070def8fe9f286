"""Findings that belong together: one proposal each, so that a gang is one case and two gangs are two.

    1. findings about one subject are one
    2. a network gathers what names its members; what names members of several goes to the one it names most of
    3. the rest is tied by what it shares:
           person       named by both; a finding that names very many is tied by none of them
           way of trade both come from one rule, and touch exactly the same parties
           party        hardly any finding touches it
           statement    both rest on it, unless many findings do: a shipment of thousands proves no gang
       a mild finding is tied by persons and statements only
    4. what hangs together is cut where it is thin: two parts stay together when more ties hold them than the size of
       both makes by itself. Nearly everything hangs together somehow: an honest patient who bought from two gangs
       would make them one

Step 4 is modularity (Newman 2004) by Louvain's method, on one scale for every country: the ordinary one is that of
the whole graph, so that in a large country even gangs of thousands would be one.
docs/decisions/0044-cases-are-cut-where-they-are-thin.md has what was measured.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import networkx as nx

from ledger.limits import GLUING_PERSONS_MAX, PARTY_FINDINGS_MAX, STATEMENT_FINDINGS_MAX
from ledger.reconcile.cases.proposal import Proposal, proposal_of
from ledger.reconcile.findings.finding import SEVERITIES, Finding, Seen

__all__ = ["group"]

# A statement is the weakest tie: one act of trade is at most what brought two findings about, not who did it.
_STATEMENT_WEIGHT: Final = 1
_TIE_WEIGHT: Final = 3
# Parts whose ties weigh k and K stay together when the ties between them weigh more than k·K over this.
_SCALE: Final = 24_000
_SEED: Final = 20_260_101  # of the cutting, so that the same findings give the same proposals

_Tie = tuple[object, ...]
_Part = list[int]  # places of findings, ascending


def group(findings: Iterable[Finding]) -> list[Proposal]:
    """Return proposals, the gravest first, then the surest, then the dearest."""
    all_of_them = sorted(findings, key=lambda finding: finding.id)
    seen = [finding.seen for finding in all_of_them]
    proposals = [proposal_of([all_of_them[at] for at in part]) for part in _parts(seen)]
    return sorted(
        proposals,
        key=lambda each: (-SEVERITIES.index(each.severity), -each.score, -each.cents, each.findings[0].id),
    )


def _parts(seen: Sequence[Seen]) -> Iterator[_Part]:
    # 1.
    about: defaultdict[tuple[str, str], _Part] = defaultdict(list)
    for at, each in enumerate(seen):
        about[each.grain, each.subject or each.id].append(at)  # of an erased person nobody knows whether it is one
    # 2.
    gangs = _gangs(seen)
    gathered: defaultdict[int, _Part] = defaultdict(list)
    loose: list[_Part] = []
    for places in about.values():
        gang = _gang_of([seen[at] for at in places], gangs)
        if gang is None:
            loose.append(places)
        else:
            gathered[gang] += places
    yield from map(sorted, gathered.values())
    # 3. 4.
    for some in _cut(loose, _ties(seen, loose)):
        yield sorted(at for number in some for at in loose[number])


def _gangs(seen: Sequence[Seen]) -> dict[str, int]:
    """Return the gang of each person whom a network names; networks with a member in common are one gang."""
    graph = nx.Graph()
    for each in seen:
        if each.grain == "network":
            nx.add_path(graph, each.persons)
    parts = sorted(nx.connected_components(graph), key=min)
    return {person: number for number, part in enumerate(parts) for person in part}


def _gang_of(seen: Sequence[Seen], gangs: Mapping[str, int]) -> int | None:
    named = Counter(gangs[person] for each in seen for person in _named(each) if person in gangs)
    return min(named, key=lambda gang: (-named[gang], gang), default=None)


def _named(seen: Seen) -> Sequence[str]:
    return seen.persons if seen.grain == "network" or len(seen.persons) <= GLUING_PERSONS_MAX else ()


def _ties(seen: Sequence[Seen], parts: Sequence[_Part]) -> dict[_Tie, set[int]]:
    """Return what ties which of these parts."""
    resting = Counter(index for each in seen for index in each.evidence)
    touching = Counter(party for each in seen for party in each.institutions)
    ties: defaultdict[_Tie, set[int]] = defaultdict(set)
    for number, part in enumerate(parts):
        for each in (seen[at] for at in part):
            shared: list[_Tie] = [("person", person) for person in _named(each)]
            shared += [("statement", index) for index in each.evidence if resting[index] <= STATEMENT_FINDINGS_MAX]
            if each.severity != "low" and each.institutions:
                shared.append(("way", each.rule, each.institutions))
                shared += [("party", at) for at in each.institutions if touching[at] <= PARTY_FINDINGS_MAX]
            for tie in shared:
                ties[tie].add(number)
    return ties


def _cut(parts: Sequence[_Part], ties: Mapping[_Tie, set[int]]) -> Iterator[set[int]]:
    """Yield numbers of parts that belong together; no part is in two."""
    graph = nx.Graph()
    graph.add_nodes_from(range(len(parts)))
    for name, (tie, tied) in enumerate(ties.items(), start=len(parts)):
        if len(tied) > 1:
            weight = _STATEMENT_WEIGHT if tie[0] == "statement" else _TIE_WEIGHT
            graph.add_weighted_edges_from((name, number, weight) for number in sorted(tied))
    for whole in nx.connected_components(graph):
        for some in _thinned(graph, whole):
            yield {number for number in some if number < len(parts)}


def _thinned(graph: Any, whole: set[int]) -> Iterable[set[int]]:
    """Return a connected part of the graph, cut where it is thin."""
    part = nx.Graph()  # in an order that does not depend on a set's
    part.add_nodes_from(sorted(whole))
    part.add_edges_from(sorted(graph.subgraph(whole).edges(data=True), key=lambda edge: edge[:2]))
    weight = 2 * part.size("weight")
    if not weight:
        return [whole]
    found: Iterable[set[int]] = nx.community.louvain_communities(
        part, weight="weight", resolution=weight / _SCALE, seed=_SEED
    )
    return found
