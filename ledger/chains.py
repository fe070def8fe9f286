"""Chains as they are stored: from a pack's head backwards, page by page, and the statements on the way."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from ledger.chain.claim import Claim, decode_claim
from ledger.chain.page import LinkPage, PackedLink
from ledger.chain.seal import Seal, parse_seal
from ledger.codes import uri_of
from ledger.content import EVENT_MEDIA_TYPE, Content, parse_content
from ledger.custody.event import Event, parse_event_about
from ledger.custody.judge import Actor, Circumstances
from ledger.errors import NotVerified
from ledger.identity.signer import Signer
from ledger.limits import CHAIN_LINKS_MAX, PAGE_LINKS_MAX
from ledger.log.statement import Statement, parse_statement
from ledger.papers.paper import Paper
from ledger.store.database import Connection
from ledger.store.log import get_claims, get_entries
from ledger.store.packs import get_page
from ledger.store.registry import Registry

__all__ = ["Chains", "Claimed", "PlacedLink", "StoredEntry", "circumstances_of"]


class PlacedLink(msgspec.Struct, frozen=True):
    """A link, and where it lies: log index of its seal, position among the seal's links."""

    seal: int
    position: int
    link: PackedLink


class StoredEntry(msgspec.Struct, frozen=True):
    """A statement of the log, taken apart."""

    index: int
    leaf: bytes
    salt: bytes
    data: bytes
    body: bytes
    statement: Statement


class Claimed(msgspec.Struct, frozen=True):
    """A statement of the log without its body: with the claim that stands for it in stories."""

    statement: Statement
    claim: Claim


class Chains:
    """Reads chains over one connection; remembers the pages and statements that it met."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._pages: dict[tuple[int, int], LinkPage] = {}
        self._entries: dict[int, StoredEntry] = {}
        self._contents: dict[int, Content] = {}

    def links_of(self, code: str, seal: int, position: int) -> list[PlacedLink]:
        """Return a pack's links, oldest first, given where its newest one lies.

        Raises:
            NotVerified: `chain-broken` when a page holds another pack's link there; `page-missing`.
        """
        links: list[PlacedLink] = []
        while seal >= 0:
            link = self._link(seal, position)
            if link.code != code or len(links) == CHAIN_LINKS_MAX:
                raise NotVerified("chain-broken", code, index=link.entry)
            links.append(PlacedLink(seal, position, link))
            seal, position = link.prev_seal, link.prev_position
        return links[::-1]

    def _link(self, seal: int, position: int) -> PackedLink:
        page, at = divmod(position, PAGE_LINKS_MAX)
        found = self.page(seal, page)
        if at >= len(found):
            raise NotVerified("chain-broken", f"page {page} is shorter", index=seal)
        return found.link(at)

    def page(self, seal: int, page: int) -> LinkPage:
        """Return one page of a seal's links."""
        found = self._pages.get((seal, page))
        if found is None:
            found = self._pages[seal, page] = get_page(self._connection, seal, page)
        return found

    def fetch(self, indexes: Sequence[int]) -> None:
        """Read these entries, all in one look-up."""
        missing = sorted({index for index in indexes if index not in self._entries})
        for index, _, leaf, salt, data, body in get_entries(self._connection, missing):
            self._entries[index] = StoredEntry(index, leaf, salt, data, body, parse_statement(data))
        for index in missing:
            if index not in self._entries:
                raise NotVerified("entry-missing", index=index)

    def claims(self, indexes: Collection[int]) -> dict[int, Claimed]:
        """Return these events, papers and seals without their bodies, all in one look-up."""
        wanted = sorted(set(indexes))
        found = {
            index: Claimed(parse_statement(data), decode_claim(claim))
            for index, data, claim in get_claims(self._connection, wanted)
        }
        for index in wanted:
            if index not in found:
                raise NotVerified("entry-missing", index=index)
        return found

    def entry(self, index: int) -> StoredEntry:
        """Return one statement."""
        self.fetch([index])
        return self._entries[index]

    def content(self, index: int) -> Event | Paper:
        """Return what the body of an event or a paper says."""
        content = self._contents.get(index)
        if content is None:
            entry = self.entry(index)
            content = self._contents[index] = parse_content(entry.statement, entry.body)
        if not isinstance(content, Event | Paper):
            raise NotVerified("not-the-registrar", "a registration with links", index=index)
        return content

    def content_about(self, index: int, code: str) -> Event | Paper:
        """Return what the body says as far as this pack needs it: of an event's many codes its own, if named."""
        entry = self.entry(index)
        if entry.statement.media_type == EVENT_MEDIA_TYPE:
            return parse_event_about(entry.body, uri_of(code))
        return self.content(index)

    def seal(self, index: int) -> Seal:
        """Return what a seal says."""
        return parse_seal(self.entry(index).body)


def circumstances_of(
    registry: Registry, connection: Connection, signer: Signer, content: Event | Paper, recorded_at: int
) -> Circumstances:
    """Return who speaks, to or of whom, and when we heard it.

    A station may act at another site of its own party, never at somebody else's.
    """
    site = signer.site
    if isinstance(content, Event):
        party, number = registry.place(connection, content.site)
        if number and party == signer.party:
            site = number
        destination = registry.place(connection, content.destination)[0]
    else:
        destination = registry.place(connection, content.party)[0]
    return Circumstances(Actor(signer.party, site, signer.station, signer.roles), destination, recorded_at)
