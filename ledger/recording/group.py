"""A group: the submissions that share one transaction, from judging to rows. Steps 3 to 8 of `record`."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import NamedTuple

from msgspec.structs import replace

from ledger.chain.link import STATEMENT_SALT_BYTES
from ledger.chain.seal import SEAL_KIND, SEAL_MEDIA_TYPE, Seal, make_seal
from ledger.chains import circumstances_of
from ledger.clock import Randomness
from ledger.content import act_of, claim_of
from ledger.custody.event import Event
from ledger.custody.judge import remarks
from ledger.errors import Refusal
from ledger.identity.registration import Erasure
from ledger.identity.signer import Signer, require_valid
from ledger.log.merkle import leaf_hash, root_of
from ledger.log.tree import Tile, Tree
from ledger.opening import Ledger, own_statement
from ledger.papers.contents import Action
from ledger.papers.paper import PAPERS, Paper
from ledger.recording.admit import Admitted
from ledger.recording.batch import Batch
from ledger.recording.correct import Corrector
from ledger.recording.outcome import Outcome
from ledger.recording.parts import Parts
from ledger.recording.sole import Sole
from ledger.store.cases import enter_action
from ledger.store.database import Connection, Row
from ledger.store.log import insert_entries, put_tiles
from ledger.store.packs import (
    anomalies_of,
    insert_anomalies,
    insert_packs,
    insert_pages,
    replace_alike,
    replace_packs,
)
from ledger.store.registry import record_recall, register
from ledger.store.state import Standing

__all__ = ["Asked", "Group", "asked_by"]


class Asked(NamedTuple):
    """What a group asks the store before it is judged: whether these leaves are known, and where these packs stand."""

    leaves: list[bytes]
    codes: list[str]


def asked_by(answers: Sequence[Admitted | Refusal]) -> Asked:
    """Return what these submissions ask; codes ascend, so that neighbours are read together."""
    admitted = [answer for answer in answers if isinstance(answer, Admitted)]
    codes = sorted({code for answer in admitted for code in _codes_of(answer)})
    return Asked([answer.leaf for answer in admitted], codes)


class Group:
    """One transaction's worth of submissions; made inside the transaction, used once, in order.

    Attributes:
        tiles: what `finish` wrote of the tree.
    """

    def __init__(
        self, ledger: Ledger, connection: Connection, tree: Tree, now: int, random: Randomness
    ) -> None:
        self._ledger = ledger
        self._connection = connection
        self._tree = tree
        self._now = now
        self._random = random
        self._first = tree.size
        self._rows: list[Row] = []
        self._remarks: list[tuple[int, tuple[str, ...]]] = []
        self._salts = b""
        self._seen: dict[bytes, int] = {}
        self._batch = Batch(ledger.database, connection, ledger.registry)
        self._parts = Parts(ledger, connection, random)
        self.tiles: list[Tile] = []

    @property
    def count(self) -> int:
        """How many statements entered."""
        return len(self._rows)

    @property
    def last(self) -> bytes:
        """The leaf hash of the last statement: of the seal, once it is finished."""
        leaf: bytes = self._rows[-1][2]
        return leaf

    def judge(self, answers: Sequence[Admitted | Refusal], asked: Asked, standing: Standing) -> list[Outcome]:
        """Steps 3 to 5: let each admitted submission enter, in order; return their outcomes."""
        # 3.
        known = standing.known
        fresh = [answer for answer in answers if isinstance(answer, Admitted) and answer.leaf not in known]
        # 4.
        self._batch.know(asked.codes, standing.heads)
        self._parts.fetch(fresh)
        self._sole = Sole(self._ledger.database, self._connection, fresh)
        # One draw for all: each draw would let go of the interpreter, and wait for it again.
        self._salts = self._random(STATEMENT_SALT_BYTES * len(fresh))
        # 5.
        return [self._outcome(answer, known) for answer in answers]

    def _outcome(self, answer: Admitted | Refusal, known: dict[bytes, int]) -> Outcome:
        if isinstance(answer, Refusal):
            return Outcome(status="refused", problem=answer)
        first = known.get(answer.leaf, self._seen.get(answer.leaf, self._sole.place_of(answer)))
        if first is not None:
            return Outcome(status="already-recorded", index=first, anomalies=self._anomalies_at(first))
        before = len(self._batch.anomalies)
        try:
            self._sole.require(answer)
            index = self._enter(answer)
        except Refusal as refusal:
            return Outcome(status="refused", problem=refusal)
        self._sole.enter(answer, index)
        anomalies = tuple(row[1:] for row in self._batch.anomalies[before:])
        return Outcome(status="recorded", index=index, anomalies=anomalies)

    def _anomalies_at(self, index: int) -> tuple[tuple[str, str], ...]:
        if index < self._first:
            return tuple(anomalies_of(self._connection, index))
        return tuple(row[1:] for row in self._batch.anomalies if row[0] == index)

    def _enter(self, answer: Admitted) -> int:
        index = self._first + len(self._rows)
        salt = b""  # only links are salted
        content = answer.content
        if answer.signer is None:
            self._register(answer, index)
        else:
            # The registry may have moved since admission: the key is asked again, now inside the lock.
            signer = self._ledger.registry.signer(self._connection, answer.signer.kid)
            assert signer is not None
            require_valid(signer, answer.statement.issued_at)
            assert isinstance(content, Event | Paper)
            salt = self._act(answer, content, signer, index)
        self._parts.add(answer, index)
        submission = answer.submission
        kind, claim = answer.statement.kind, claim_of(content)
        self._rows.append((index, kind, answer.leaf, salt, submission.statement, claim, submission.body))
        self._seen[answer.leaf] = index
        return index

    def _register(self, answer: Admitted, index: int) -> None:
        registration = answer.content
        assert not isinstance(registration, Event | Paper)
        register(self._connection, registration, index)
        if isinstance(registration, Erasure):
            self._parts.erase(bytes.fromhex(registration.person), index)
        self._ledger.registry.forget()

    def _act(self, answer: Admitted, content: Event | Paper, signer: Signer, index: int) -> bytes:
        circumstances = circumstances_of(
            self._ledger.registry, self._connection, signer, content, self._now
        )
        act = act_of(content)
        names = remarks(act, circumstances)
        if isinstance(content, Paper) and PAPERS[content.kind].roles.isdisjoint(signer.roles):
            act = replace(act, kind="mentioning")  # it names these packs, and does nothing to them
            names += ("not-authorised",)
        parts = self._batch.parts_of(act, content.codes)
        if isinstance(content, Event) and content.corrects:
            if not self._batch.is_untouched(parts):
                raise Refusal("correction-not-first")  # what it takes back must be readable from the store
            taken_back = (answer.statement.issuer, answer.statement.subject)
            packs = [(code, self._batch.head_of(code)) for code in parts]
            rulings = Corrector(self._ledger.registry, self._connection).rulings(taken_back, packs)
        else:
            rulings = self._batch.judge(act, circumstances, parts)
        at = STATEMENT_SALT_BYTES * (index - self._first)
        salt = self._salts[at : at + STATEMENT_SALT_BYTES] if parts else b""
        self._batch.enter(index, answer.leaf, salt, parts, rulings)
        if isinstance(content, Paper) and "not-authorised" not in names:
            names += record_recall(self._connection, self._ledger.registry, signer, content, index)
        if isinstance(content, Paper) and isinstance(content.content, Action):
            enter_action(self._connection, signer, content.content, index)
        if names:
            self._remarks.append((index, names))
            self._batch.anomalies.extend((index, "", name) for name in names)
        return salt

    def finish(self) -> None:
        """Steps 6 to 8: links and seal over all of it, the leaves into the tree, and every row."""
        database, connection, batch = self._ledger.database, self._connection, self._batch
        seal = self._first + len(self._rows)
        # While the database works on some packs, the links of the next are made, and all is sealed.
        with ExitStack() as ahead:
            ahead.enter_context(database.dialect.ahead(connection))
            # 6.
            for packs in batch.link(seal):
                replace_alike(database, connection, packs)
            pages = batch.links.pages()
            self._seal(seal, pages)
            # 7.
            self._tree.extend([row[2] for row in self._rows])
            # 8.
            if max(len(self._rows), len(batch.links.codes), len(batch.anomalies)) > database.dialect.few_rows:
                ahead.close()  # many rows have a way of their own, which is not ahead
            new, moved = batch.single_rows()
            insert_packs(database, connection, new)
            replace_packs(database, connection, moved)
            insert_entries(database, connection, self._rows)
            insert_pages(database, connection, [(seal, number, *page) for number, page in enumerate(pages)])
            insert_anomalies(database, connection, sorted(set(batch.anomalies)))
            self.tiles = self._tree.take_tiles()
            put_tiles(database, connection, self.tiles)
        self._parts.write()

    def _seal(self, index: int, pages: Sequence[tuple[bytes, bytes]]) -> None:
        """Add the ledger's own statement, with this log index."""
        seal = Seal(
            first=self._first,
            count=len(self._rows),
            links=len(self._batch.links.hashes),
            links_root=root_of(root for root, _ in pages).hex(),
            pages_root=root_of(leaf_hash(page) for _, page in pages).hex(),
            confidential_root=root_of(self._parts.leaves()).hex(),
            recorded_at=self._now,
            remarks=self._remarks,
        )
        body = make_seal(seal)
        trust, key = self._ledger.trust, self._ledger.key
        statement = own_statement(trust, key, self._now, SEAL_KIND, SEAL_MEDIA_TYPE, f"seal:{index}", body)
        self._rows.append((index, SEAL_KIND, leaf_hash(statement), b"", statement, claim_of(seal), body))


def _codes_of(answer: Admitted) -> Sequence[str]:
    content = answer.content
    return content.codes if isinstance(content, Event | Paper) else ()
