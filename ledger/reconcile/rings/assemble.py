"""From links to rings, in order:

    1. links that chance or a common household explains are left out
    2. what is left joins cards into communities; a loose one is cut where it is thinnest
    3. a community is one ring: its cards, its places, its evidence, how often chance would make it
    4. beside it the counter-evidence: how many of its links join neighbours, how many pairs were left out

A link is a hit of a rule of grain `network`: either two cards (`persons`) that met, or one card and the place where
packs paid for on it were seen again; such a place joins all its cards. The subject is `left~right`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
import networkx as nx

from ledger.reconcile.rings.chance import excess_digits, meetings_needed
from ledger.reconcile.rules.hit import Hit

__all__ = ["rings_of"]

_CARDS_MIN: Final = 3
# Beyond this many cards a community is looked at again: is it several, held together by a few links?
_CARDS_CLOSE: Final = 40
_SEED: Final = 20_260_101  # of the cutting, so that the same links give the same rings


class _Link(msgspec.Struct, frozen=True):
    """A link that chance does not explain; `time` is when that could first be known."""

    hit: Hit
    left: str
    right: str
    time: int
    digits: int


def rings_of(links: Iterable[Hit]) -> list[Hit]:
    """Return the rings that links make, each as one hit, in order of subject.

    The subject of a ring is the card by which it was first known: it stays while the ring grows.
    """
    all_links = list(links)
    kept = [link for link in map(_significant, all_links) if link is not None]
    kin = _kin(all_links)
    found = [_ring(members, kept, kin) for members in _communities(kept)]
    return sorted((ring for ring in found if ring is not None), key=lambda ring: ring.subject)


def _significant(hit: Hit) -> _Link | None:
    """1. Return the link, unless chance or a common household explains it."""
    left, right = hit.subject.split("~")
    if len(hit.persons) == 1:
        return _Link(hit, left, right, hit.time, 3 * _number(hit, "packs"))
    if _number(hit, "household"):
        return None
    expected = _number(hit, "chance") / 1_000_000
    needed = meetings_needed(expected, _number(hit, "pairs"))
    if _number(hit, "meetings") < needed:
        return None
    known = {3: "met_three", 4: "met_four", 5: "met_five"}
    time = hit.numbers[known[max(3, needed)]] if needed <= max(known) else hit.time
    return _Link(hit, left, right, int(time or hit.time), excess_digits(expected, _number(hit, "meetings")))


def _kin(hits: Sequence[Hit]) -> dict[str, set[str]]:
    """Return who shares a household with whom, as far as they met."""
    kin: dict[str, set[str]] = defaultdict(set)
    for hit in hits:
        if len(hit.persons) == 2 and _number(hit, "household"):
            one, other = hit.persons
            kin[one].add(other)
            kin[other].add(one)
    return kin


def _communities(links: Sequence[_Link]) -> list[set[str]]:
    """2. Return the communities of nodes: cards, and places where packs were seen again."""
    graph = nx.Graph()
    for link in sorted(links, key=lambda link: (link.left, link.right)):
        graph.add_edge(link.left, link.right, weight=min(link.digits, 30))
    found: list[set[str]] = []
    for component in sorted(nx.connected_components(graph), key=min):
        if len(component) <= _CARDS_CLOSE:
            found.append(component)
        else:
            parts = nx.community.louvain_communities(graph.subgraph(sorted(component)), weight="weight", seed=_SEED)
            found += sorted(parts, key=min)
    return found


def _ring(members: set[str], links: Sequence[_Link], kin: dict[str, set[str]]) -> Hit | None:
    """3. and 4. Return the ring, or None when fewer than three households lent their cards."""
    inside = [link for link in links if link.left in members and link.right in members]
    cards = sorted({card for link in inside for card in link.hit.persons})
    if _households(cards, kin) < _CARDS_MIN:
        return None
    first = min(inside, key=lambda link: (link.time, link.hit.subject))
    pairs = [link for link in inside if len(link.hit.persons) == 2]
    numbers = dict(first.hit.numbers) | {
        "cards": len(cards),
        "meetings": sum(_number(link.hit, "meetings") for link in pairs),
        "places": len({place for link in inside for place in link.hit.institutions}),
        "packs": sum(_number(link.hit, "packs") for link in inside),
        "chance": sum(_number(link.hit, "chance") for link in pairs),
        "street": sum(_number(link.hit, "street") for link in pairs),
        "household": sum(len(kin.get(card, set()) & set(cards)) for card in cards) // 2,
    }
    return Hit(
        rule=first.hit.rule,
        version=first.hit.version,
        subject=first.left,
        time=_known(inside, kin),
        score=_score(inside, pairs, len(cards)),
        cents=sum(link.hit.cents for link in inside),
        evidence=tuple(sorted({index for link in inside for index in link.hit.evidence})),
        persons=tuple(cards),
        institutions=tuple(sorted({place for link in inside for place in link.hit.institutions})),
        numbers=numbers,
    )


def _households(cards: Iterable[str], kin: dict[str, set[str]]) -> int:
    """Return how many cards are left when each household counts once."""
    counted: set[str] = set()
    for card in cards:
        if not kin.get(card, set()) & counted:
            counted.add(card)
    return len(counted)


def _known(links: Sequence[_Link], kin: dict[str, set[str]]) -> int:
    """Return when the ring could first be known: when its links had joined three households."""
    joined: set[str] = set()
    for link in sorted(links, key=lambda link: link.time):
        joined |= set(link.hit.persons)
        if _households(sorted(joined), kin) >= _CARDS_MIN:
            return link.time
    return max(link.time for link in links)


def _score(links: Sequence[_Link], pairs: Sequence[_Link], cards: int) -> int:
    """Return how sure: surer with every kind of evidence, less sure the more of it joins neighbours."""
    neighbours = sum(_number(link.hit, "street") for link in pairs)
    sure = 70 + min(15, cards) + (10 if len(pairs) < len(links) else 0)
    return max(30, min(99, sure) - (25 * neighbours // len(pairs) if pairs else 0))


def _number(hit: Hit, name: str) -> int:
    value = hit.numbers[name]
    return value if isinstance(value, int) else 0
