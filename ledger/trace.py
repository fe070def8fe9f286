"""`trace`: a pack's story, for people: who did what, where and when, where the pack stood afterwards.

`ledger.export` writes the same chain with proofs, for whoever does not trust us.

    1. the pack's row says where its newest link lies
    2. the links, page by page, back to the first
    3. the statements and their claims, all in one look-up; of the bodies, which may name thousands of packs,
       only those of statements that met the pack in a case: did they name it, or the case?
    4. names of parties and sites
"""

from __future__ import annotations

import msgspec

from ledger.chain.page import PackedLink
from ledger.chains import Chains, Claimed, PlacedLink
from ledger.codes import product_of, uri_of
from ledger.custody.state import Custody, decode
from ledger.errors import Misuse, NotVerified
from ledger.store.database import Connection, Database
from ledger.store.packs import Head, heads_of
from ledger.store.registry import Registry, names_of

__all__ = ["Story", "StoryStep", "require_head", "story_in", "story_of"]


class StoryStep(msgspec.Struct, frozen=True):
    """One statement about the pack.

    Attributes:
        index: the statement's log index.
        recorded_at, claimed_at: when the ledger heard it, and when its author says it happened (seconds).
        kind: what it is.
        party, site: (English, Chinese) names of who signed, and of where.
        state: the pack's state afterwards, as a word.
        insured: the act was paid by an insurer.
        inside: the statement names a case that the pack lay in, not the pack itself.
        corrects: it declares an act of its author an error; `kind` is that of the act.
        taken_back: its author declared it an error, so that it no longer counts.
        anomalies: names of what was wrong.
    """

    index: int
    recorded_at: int
    claimed_at: int
    kind: str
    party: tuple[str, str]
    site: tuple[str, str]
    state: str
    insured: bool
    inside: bool
    corrects: bool
    taken_back: bool
    anomalies: tuple[str, ...]


class Story(msgspec.Struct, frozen=True):
    """What the ledger knows of one pack."""

    code: str
    product: tuple[str, str]
    custody: Custody
    steps: tuple[StoryStep, ...]


def story_of(database: Database, registry: Registry, code: str) -> Story:
    """Return the story of the pack with this key.

    Raises:
        Misuse: `pack-unknown` when the ledger never heard of it.
        NotVerified: when its chain is broken.
    """
    with database.read() as connection:
        return story_in(database, connection, registry, code)


def story_in(database: Database, connection: Connection, registry: Registry, code: str) -> Story:
    """Return the story of the pack with this key, as this connection sees it.

    Raises:
        Misuse, NotVerified: as `story_of`.
    """
    head = require_head(database, connection, code)
    chains = Chains(connection)
    links = chains.links_of(code, head.seal, head.position)
    told = chains.claims({each for placed in links for each in (placed.link.entry, placed.seal)})
    chains.fetch([placed.link.entry for placed in links if _lay_in_case(placed.link)])
    declared = {each.statement.name for each in told.values() if each.claim.corrects}
    steps = tuple(_step(connection, registry, chains, told, placed, declared) for placed in links)
    product = registry.product_name(connection, product_of(code))
    return Story(uri_of(code), product, decode(head.custody), steps)


def require_head(database: Database, connection: Connection, code: str) -> Head:
    """Return a pack's newest link.

    Raises:
        Misuse: `pack-unknown`.
    """
    head = heads_of(database, connection, [code]).get(code)
    if head is None:
        raise Misuse("pack-unknown", code)
    return head


def _step(
    connection: Connection,
    registry: Registry,
    chains: Chains,
    told: dict[int, Claimed],
    placed: PlacedLink,
    declared: set[tuple[str, str]],
) -> StoryStep:
    link = placed.link
    statement, claim = told[link.entry].statement, told[link.entry].claim
    signer = registry.signer(connection, statement.kid)
    if signer is None:
        raise NotVerified("key-unknown", index=link.entry)
    site = registry.place(connection, claim.site)[1]
    party, place = names_of(connection, registry, signer.party, site or signer.site)
    return StoryStep(
        index=link.entry,
        recorded_at=told[placed.seal].claim.time,
        claimed_at=claim.time,
        kind=statement.kind,
        party=party,
        site=place,
        state=decode(link.after).state.word,
        insured=claim.insured,
        inside=_is_inside(chains, link),
        corrects=claim.corrects,
        taken_back=not claim.corrects and statement.name in declared,
        anomalies=link.anomalies,
    )


def _lay_in_case(link: PackedLink) -> bool:
    return link.before is not None and decode(link.before).parent is not None


def _is_inside(chains: Chains, link: PackedLink) -> bool:
    # A statement reaches what it does not name through a case alone: whoever lay in none was named.
    if not _lay_in_case(link):
        return False
    content = chains.content_about(link.entry, link.code)
    return link.code not in content.codes and link.code != getattr(content, "parent", None)
