"""Which cards belong together: those that meet, and those whose packs end where the others' do.

    1. meetings join cards; what they join is cut where it is thinnest, when it is large
    2. three households or more are a gang: a family and a friend are none
    3. two gangs whose packs end at one place, and whose cards meet at the same counters, are couriers of one; the
       place alone joins no two gangs: one merchant buys from many
    4. cards of no gang are joined by meetings and by places; they go to the gang whose packs are seen at their
       places, else they are a gang of their own
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any, Final

import networkx as nx

from ledger.reconcile.rings.links import Link

__all__ = ["HOMES_MIN", "communities", "homes_among"]

HOMES_MIN: Final = 3
"""So many households lend their cards before it is a ring."""

# Beyond this many cards a community is looked at again: is it several, held together by a few links?
_CARDS_CLOSE: Final = 40
# Of the counters of the smaller gang, so many are the other's too when one sends both. Half: routes change.
_COMMON_PERCENT: Final = 50
_SEED: Final = 20_260_101  # of the cutting, so that the same links give the same rings
# A link weighs as many zeros as its chance has; beyond this, more say nothing more.
_WEIGHT_MAX: Final = 30


def communities(links: Sequence[Link], homes: Mapping[str, str]) -> list[set[str]]:
    """Return the cards of each gang; no card is in two.

    Args:
        homes: the household of each card.
    """
    # 1.
    met = _parts(_graph(link for link in links if link.is_meeting))
    # 2.
    gangs = [part for part in met if homes_among(part, homes) >= HOMES_MIN]
    # 3.
    gangs = _couriers_joined(gangs, links)
    taken = set().union(*gangs)
    # 4.
    loose = _graph(link for link in links if link.left not in taken and link.right not in taken)
    cards = {card for link in links for card in link.hit.persons}
    for part in sorted(nx.connected_components(loose), key=min):
        at = _gang_at(part - cards, gangs, links)
        if at is not None:
            gangs[at] |= part & cards
        elif homes_among(part & cards, homes) >= HOMES_MIN:
            gangs.append(part & cards)
    return gangs


def homes_among(cards: Iterable[str], homes: Mapping[str, str]) -> int:
    """Return how many households these cards belong to."""
    return len({homes.get(card, card) for card in cards})


def _graph(links: Iterable[Link]) -> Any:
    graph = nx.Graph()
    for link in sorted(links, key=lambda link: (link.left, link.right)):
        graph.add_edge(link.left, link.right, weight=1 + min(link.zeros, _WEIGHT_MAX))
    return graph


def _parts(graph: Any) -> list[set[str]]:
    """Return what hangs together, in order of the first card."""
    found: list[set[str]] = []
    for component in sorted(nx.connected_components(graph), key=min):
        if len(component) <= _CARDS_CLOSE:
            found.append(component)
        else:
            # The order of nodes and edges decides between equal cuts: make it the order of names.
            whole = nx.Graph()
            whole.add_nodes_from(sorted(component))
            whole.add_weighted_edges_from(
                sorted((*sorted(edge[:2]), edge[2]) for edge in graph.edges(component, data="weight"))
            )
            found += sorted(nx.community.louvain_communities(whole, weight="weight", seed=_SEED), key=min)
    return found


def _couriers_joined(gangs: Sequence[set[str]], links: Sequence[Link]) -> list[set[str]]:
    meetings = [link.hit for link in links if link.is_meeting]
    counters = [
        {place for hit in meetings if gang.issuperset(hit.persons) for place in hit.institutions} for gang in gangs
    ]
    sinks = [{link.right for link in links if not link.is_meeting and link.left in gang} for gang in gangs]
    graph = nx.Graph()
    graph.add_nodes_from(range(len(gangs)))
    for one, other in combinations(range(len(gangs)), 2):
        common = len(counters[one] & counters[other])
        fewer = min(len(counters[one]), len(counters[other]))
        if sinks[one] & sinks[other] and common * 100 >= fewer * _COMMON_PERCENT:
            graph.add_edge(one, other)
    joined = [set().union(*(gangs[at] for at in part)) for part in nx.connected_components(graph)]
    return sorted(joined, key=min)


def _gang_at(places: Collection[str], gangs: Sequence[set[str]], links: Sequence[Link]) -> int | None:
    """Return the gang most of whose packs are seen at these places; None when there is none."""
    seen: Counter[int] = Counter()
    for link in links:
        if link.right in places:
            for at, gang in enumerate(gangs):
                if link.left in gang:
                    seen[at] += link.count("packs")
    return min(seen, key=lambda at: (-seen[at], at), default=None)
