"""`export`: a pack's pedigree, and receipts: what is handed to whoever does not trust us.

    1. the pack's links, oldest first
    2. the last link's path to the root of its seal: within its page, then over the pages' roots
    3. the seal's path to the newest signed head, as a COSE receipt
    4. the registrations of everyone who signed, each with its path to the same head
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import groupby
from operator import attrgetter

from ledger.chain.link import SALT_BYTES, link_bytes, link_hash, salts_of
from ledger.chain.pedigree import LastLink, Pedigree, PedigreeLink, PedigreeSeal, ProvenRegistration
from ledger.chains import Chains, PlacedLink
from ledger.codes import uri_of
from ledger.errors import FormatError, NotVerified
from ledger.limits import PAGE_LINKS_MAX
from ledger.log.checkpoint import Checkpoint, open_checkpoint
from ledger.log.keys import PrivateKey
from ledger.log.merkle import path_of
from ledger.log.receipt import SignedRoot, make_receipt, sign_root
from ledger.log.spelling import print_base64
from ledger.log.tree import ReadTile, prove_consistency, prove_inclusion, root_at
from ledger.opening import Trust, issuer_of
from ledger.published import Published
from ledger.store.database import Connection, Database
from ledger.store.log import last_checkpoint, tile_reader
from ledger.store.packs import page_roots
from ledger.store.registry import registration_chain
from ledger.trace import require_head

__all__ = ["Exporter"]


class Exporter:
    """Proves things under the newest signed head.

    Args:
        database: where the ledger lies.
        trust: whose ledger it is.
        key: the ledger's private key, for the receipt's own signature over the root.
        cosigned: reads the newest head that enough witnesses cosigned; None where none ever was.
    """

    def __init__(
        self, database: Database, trust: Trust, key: PrivateKey, cosigned: Callable[[], bytes | None] = lambda: None
    ) -> None:
        self._database = database
        self._cosigned = cosigned
        self._trust = trust
        self._key = key
        self._signed: tuple[bytes, SignedRoot] | None = None
        self._opened: tuple[Checkpoint, bytes] | None = None

    def receipt(self, index: int) -> bytes:
        """Return the COSE receipt (RFC 9942) of the statement at this log index.

        Raises:
            Misuse: `proof-impossible` when no signed head covers it yet.
        """
        return self.receipts([index])[0]

    def receipts(self, indexes: Sequence[int], published: Published | None = None) -> list[bytes]:
        """Return the receipts of several statements under one head; hashes that they share are read once.

        Args:
            indexes: of the statements.
            published: a head that is on disk; when all paths lie within its tiles, the database is not asked.

        Raises:
            Misuse: as `receipt`.
        """
        if not indexes:
            return []
        if published is not None and all(map(published.reaches, indexes)):
            return [self._receipt(published.read_tile, index, published.head) for index in indexes]
        with self._database.read() as connection:
            head, _ = self.head(connection)
            read_tile = cache(tile_reader(connection))
            return [self._receipt(read_tile, index, head) for index in indexes]

    def _receipt(self, read_tile: ReadTile, index: int, head: Checkpoint) -> bytes:
        if self._signed is None or self._signed[0] != head.root:
            issuer = issuer_of(self._trust.origin)
            signed = sign_root(self._key, issuer=issuer, subject=self._trust.origin, root=head.root)
            self._signed = (head.root, signed)
        path = prove_inclusion(index, head.size, read_tile)
        return make_receipt(self._signed[1], head.size, index, path)

    def head(self, connection: Connection) -> tuple[Checkpoint, bytes]:
        """Return the newest signed head that this connection sees, and the note that says it."""
        note = last_checkpoint(connection)
        assert note is not None  # a ledger is born with one
        opened = self._opened
        if opened is None or opened[1] != note:
            opened = self._opened = open_checkpoint(note, self._trust.origin, self._trust.vkey), note
        return opened

    def head_over(self, connection: Connection, index: int) -> tuple[Checkpoint, bytes]:
        """Return the newest head that witnesses cosigned, with its note, if it covers this entry; else the newest one.

        What is taken away is thereby worth the most that is known of it: somebody else saw the head that it leads to.
        """
        newest = self.head(connection)
        note = self._cosigned()
        if note is None:
            return newest
        try:
            cosigned = open_checkpoint(note, self._trust.origin, self._trust.vkey)
        except (FormatError, NotVerified):
            return newest  # what is kept there is not believed for standing there
        return (cosigned, note) if index < cosigned.size <= newest[0].size else newest

    def extension(self, seen: Checkpoint) -> tuple[bytes, list[bytes]]:
        """Return the newest signed head, as its note, and the proof that it extends the one that somebody has seen.

        Raises:
            NotVerified: `checkpoint-ahead`, `checkpoint-forked`: this ledger does not extend what its key signed.
            Misuse: `proof-impossible` for a checkpoint of no statements, from which nothing can be proven.
        """
        with self._database.read() as connection:
            head, note = self.head(connection)
            if seen.size > head.size:
                raise NotVerified("checkpoint-ahead", f"{seen.size} statements; here are {head.size}", index=head.size)
            read_tile = cache(tile_reader(connection))
            if root_at(seen.size, read_tile) != seen.root:
                raise NotVerified("checkpoint-forked", f"another root at size {seen.size}", index=seen.size)
            return note, prove_consistency(seen.size, head.size, read_tile)

    def pedigree(self, code: str, *, withhold_bodies: bool = False) -> Pedigree:
        """Return the pedigree of the pack with this key.

        Raises:
            Misuse: `pack-unknown`.
            NotVerified: when its chain is broken.
        """
        with self._database.read() as connection:
            return self.pedigree_at(connection, code, withhold_bodies=withhold_bodies)

    def pedigree_at(self, connection: Connection, code: str, *, withhold_bodies: bool = False) -> Pedigree:
        """Return the pedigree of a pack, as this connection sees the ledger: many agree on one signed head.

        Raises:
            Misuse, NotVerified: as `pedigree`.
        """
        place = require_head(self._database, connection, code)
        head, note = self.head_over(connection, place.seal)
        chains = Chains(connection)
        # 1.
        links = chains.links_of(code, place.seal, place.position)
        chains.fetch([placed.link.entry for placed in links] + [links[-1].seal])
        # 2. 3. 4.
        seal = chains.entry(links[-1].seal)
        return Pedigree(
            code=uri_of(code),
            links=[_link(chains, placed, withhold_bodies=withhold_bodies) for placed in links],
            last=_last(connection, chains, links[-1]),
            seal=PedigreeSeal(
                statement=print_base64(seal.data),
                body=seal.body.decode(),
                receipt=print_base64(self._receipt(tile_reader(connection), seal.index, head)),
            ),
            registrations=self._registrations(connection, chains, links, head),
            checkpoint=note.decode(),
        )

    def _registrations(
        self, connection: Connection, chains: Chains, links: Sequence[PlacedLink], head: Checkpoint
    ) -> list[ProvenRegistration]:
        kids = {chains.entry(placed.link.entry).statement.kid for placed in links}
        indexes = sorted({index for kid in kids for index in registration_chain(connection, kid)})
        chains.fetch(indexes)
        read_tile = tile_reader(connection)
        proven = []
        for index in indexes:
            entry = chains.entry(index)
            path = [each.hex() for each in prove_inclusion(index, head.size, read_tile)]
            proven.append(
                ProvenRegistration(
                    statement=print_base64(entry.data), body=entry.body.decode(), index=index, path=path
                )
            )
        return proven


def _link(chains: Chains, placed: PlacedLink, *, withhold_bodies: bool) -> PedigreeLink:
    entry = chains.entry(placed.link.entry)
    number = _salt_number(chains, placed)
    salt = salts_of(entry.salt, number + 1)[SALT_BYTES * number :]
    body = None if withhold_bodies else entry.body.decode()
    return PedigreeLink(statement=print_base64(entry.data), body=body, salt=salt.hex())


def _salt_number(chains: Chains, placed: PlacedLink) -> int:
    """Return the place of a link among the links of its statement: the place of its salt."""
    index = placed.link.entry
    page, at = divmod(placed.position, PAGE_LINKS_MAX)
    while True:
        entries = chains.page(placed.seal, page).entries
        while at > 0 and entries[at - 1] == index:
            at -= 1
        if at > 0 or page == 0 or chains.page(placed.seal, page - 1).entries[-1] != index:
            return placed.position - (page * PAGE_LINKS_MAX + at)
        page, at = page - 1, PAGE_LINKS_MAX - 1


def _last(connection: Connection, chains: Chains, placed: PlacedLink) -> LastLink:
    page, at = divmod(placed.position, PAGE_LINKS_MAX)
    hashes = _page_hashes(chains, placed.seal, page)
    path = path_of(hashes, at) + path_of(page_roots(connection, placed.seal), page)
    return LastLink(
        position=placed.position, links=chains.seal(placed.seal).links, path=[each.hex() for each in path]
    )


def _page_hashes(chains: Chains, seal: int, page: int) -> list[bytes]:
    stored = chains.page(seal, page)
    chains.fetch(stored.entries)
    hashes: list[bytes] = []
    positions = range(page * PAGE_LINKS_MAX, page * PAGE_LINKS_MAX + len(stored))
    placed = [PlacedLink(seal, position, stored.link(at)) for at, position in enumerate(positions)]
    for _, run in groupby(placed, key=attrgetter("link.entry")):
        of_entry = list(run)
        entry = chains.entry(of_entry[0].link.entry)
        first_salt = _salt_number(chains, of_entry[0])
        salts = salts_of(entry.salt, first_salt + len(of_entry))[SALT_BYTES * first_salt :]
        for at, each in enumerate(of_entry):
            salt = salts[SALT_BYTES * at : SALT_BYTES * at + SALT_BYTES]
            link = each.link
            hashes.append(link_hash(link_bytes(salt, link.seq, link.prev, entry.leaf, uri_of(link.code))))
    return hashes

