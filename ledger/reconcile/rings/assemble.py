"""From links to rings, in order:

    1. links that chance or a common household explains are left out
    2. what is left joins cards into communities
    3. a community is one ring: its cards, its places, its evidence, its money, how rarely chance would make it
    4. beside it the counter-evidence: how many of its links join neighbours, how many pairs of it are a household
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import networkx as nx

from ledger.reconcile.rings.communities import HOMES_MIN, communities, homes_among
from ledger.reconcile.rings.links import OF_LINKS, Link, homes_of, link_of
from ledger.reconcile.rules.hit import Hit

__all__ = ["rings_of"]


def rings_of(links: Iterable[Hit]) -> list[Hit]:
    """Return the rings that links make, each as one hit, in order of subject.

    The subject of a ring is the card by which it was first known: it stays while the ring grows.
    """
    hits = list(links)
    # 1.
    kept = [link for link in map(link_of, hits) if link is not None]
    # 2.
    homes = homes_of(hits)
    found = [_ring(cards, kept, homes) for cards in communities(kept, homes)]
    return sorted(found, key=lambda ring: ring.subject)


def _ring(cards: set[str], links: Sequence[Link], homes: Mapping[str, str]) -> Hit:
    """3. and 4."""
    inside = [link for link in links if cards.issuperset(link.hit.persons)]
    first = min(inside, key=lambda link: (link.began, link.hit.subject))
    places = sorted({place for link in inside for place in link.hit.institutions})
    pairs = [link for link in inside if link.is_meeting]
    counted = {
        "cards": len(cards),
        "homes": homes_among(cards, homes),
        "pairs": len(pairs),
        "meetings": sum(link.count("meetings") for link in pairs),
        "places": len(places),
        "packs": sum(link.count("packs") for link in inside),
        "expected": -(-sum(link.count("chance") for link in pairs) // 1_000_000),
        "zeros": _zeros(inside),
        "street": sum(link.count("street") for link in pairs),
        "household": sum(homes.get(one) == homes.get(other) for one, other in combinations(sorted(cards), 2)),
    }
    said = {name: value for name, value in first.hit.numbers.items() if name not in OF_LINKS}
    return Hit(
        rule=first.hit.rule,
        version=first.hit.version,
        subject=first.left,
        time=_known(inside, homes),
        score=_score(counted),
        cents=_cents(inside),
        evidence=tuple(sorted({index for link in inside for index in link.hit.evidence})),
        persons=tuple(sorted(cards)),
        institutions=tuple(places),
        numbers={name: counted.get(name, value) for name, value in said.items()},
    )


def _known(links: Sequence[Link], homes: Mapping[str, str]) -> int:
    """Return when the ring could first be known: when its links had joined three households."""
    joined: set[str] = set()
    for link in sorted(links, key=lambda link: link.time):
        joined.update(link.hit.persons)
        if homes_among(joined, homes) >= HOMES_MIN:
            break
    return link.time


def _zeros(links: Sequence[Link]) -> int:
    """Return how rarely chance makes such a ring: all links that hold it together at once, one of 10^zeros countries.

    Only a tree of links counts: whoever meets A and B, who meet each other, meets B by no accident of its own.
    """
    graph = nx.Graph()
    for link in sorted(links, key=lambda link: link.hit.subject):
        graph.add_edge(link.left, link.right, weight=link.zeros)
    return int(nx.maximum_spanning_tree(graph).size(weight="weight"))


def _cents(links: Sequence[Link]) -> int:
    """Return the money at stake, each pack once: for each card what its best link tells."""
    most: dict[str, int] = {}
    for link in links:
        for card, cents in link.cents.items():
            most[card] = max(most.get(card, 0), cents)
    return sum(most.values())


def _score(counted: Mapping[str, int]) -> int:
    """Return how sure: surer with every card and with packs that came back, less the more of it joins neighbours."""
    sure = min(99, 70 + min(15, counted["cards"]) + (10 if counted["packs"] else 0))
    neighbours = 25 * counted["street"] // counted["pairs"] if counted["pairs"] else 0
    return max(30, sure - neighbours)
