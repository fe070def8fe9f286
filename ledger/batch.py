"""A batch: the statements of one transaction, the links they make, and the seal over them.

Lives inside the writer's transaction. It asks the store for the heads of packs, lets `custody` judge, makes
the links, and in the end turns into rows. Statements enter one by one, in the order of the log, and each sees
what the ones before it did; a statement that is refused here leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from ledger.chain.link import SALT_BYTES, ZERO_HASH, salts_of
from ledger.chain.page import LinkPage, encode_page
from ledger.codes import product_of, uri_of
from ledger.custody.judge import Act, Circumstances, Part, ProductFacts, Ruling, judge_all
from ledger.custody.state import Custody, decode, encode
from ledger.errors import Refusal
from ledger.limits import CASE_DEPTH_MAX, LINKS_PER_STATEMENT_MAX, PAGE_LINKS_MAX
from ledger.log.merkle import root_of
from ledger.store.database import Connection, Database, Row
from ledger.store.packs import Head, children_of, heads_of
from ledger.store.registry import Registry

__all__ = ["THIS_SEAL", "Batch"]

# Stands for the seal of this batch until its log index is known.
THIS_SEAL: Final = -2

Touched = tuple[str, Part]
"""A pack's key, and how an act concerns it."""


class Batch:
    """Collects links, pack heads and anomalies of one transaction."""

    def __init__(self, database: Database, connection: Connection, registry: Registry) -> None:
        self._database = database
        self._connection = connection
        self._registry = registry
        self._heads: dict[str, Head | None] = {}
        self._changed: dict[str, bool] = {}  # key -> was it known before this batch
        self._inside: dict[str, set[str]] = {}  # case -> what lies in it, for cases touched here
        self._custodies: dict[bytes, Custody] = {}
        self.anomalies: list[Row] = []
        self.hashes: list[bytes] = []
        self._codes: list[str] = []
        self._entries: list[int] = []
        self._seqs: list[int] = []
        self._prevs: list[bytes] = []
        self._prev_seals: list[int] = []
        self._prev_positions: list[int] = []
        self._befores: list[bytes | None] = []
        self._afters: list[bytes] = []
        self._names: dict[int, tuple[str, ...]] = {}

    def fetch(self, codes: Sequence[str]) -> None:
        """Read the heads of these packs, all in one look-up, unless they are here already."""
        missing = [code for code in codes if code not in self._heads]
        if missing:
            self._heads.update(dict.fromkeys(missing))
            self._heads.update(heads_of(self._database, self._connection, missing))

    def custody_of(self, code: str) -> Custody | None:
        """Return where a pack stands now."""
        head = self._heads.get(code)
        return None if head is None else self._decode(head.custody)

    def head_of(self, code: str) -> Head | None:
        """Return the newest link of a pack."""
        return self._heads.get(code)

    def _decode(self, data: bytes) -> Custody:
        custody = self._custodies.get(data)
        if custody is None:
            custody = self._custodies[data] = decode(data)
        return custody

    def parts_of(self, act: Act, codes: Sequence[str]) -> list[Touched]:
        """Return every pack and case that an act on these codes concerns, in the order of their links.

        An unpacking that names nothing empties its case: what lies directly in it is `inside`.

        Raises:
            Refusal: `links-too-many`, `case-too-deep`.
        """
        parent = act.parent
        self.fetch(codes if parent is None else [*codes, parent])
        parts: dict[str, Part] = dict.fromkeys(codes, "named")
        if parent is not None:
            parts[parent] = "parent"
            if not codes:
                parts.update(dict.fromkeys(self._contents([parent]), "inside"))
                return sorted(parts.items())
        level = [code for code in codes if self._holds(code)]
        for _ in range(CASE_DEPTH_MAX):
            inside = [code for code in self._contents(level) if code not in parts] if level else []
            if not inside:
                return sorted(parts.items())
            if len(parts) + len(inside) > LINKS_PER_STATEMENT_MAX:
                raise Refusal("links-too-many", f"more than {LINKS_PER_STATEMENT_MAX} packs in one event")
            self.fetch(inside)
            parts.update(dict.fromkeys(inside, "inside"))
            level = [code for code in inside if self._holds(code)]
        raise Refusal("case-too-deep", f"cases inside cases deeper than {CASE_DEPTH_MAX}")

    def _holds(self, code: str) -> bool:
        custody = self.custody_of(code)
        return custody is not None and custody.holds

    def _contents(self, cases: Sequence[str]) -> list[str]:
        unread = [case for case in cases if case not in self._inside]
        if unread:
            for case in unread:
                self._inside[case] = set()
            stored = children_of(self._connection, unread)
            self.fetch([code for code, _ in stored])
            for code, parent in stored:
                custody = self.custody_of(code)
                if custody is not None and custody.parent == parent:
                    self._inside[parent].add(code)
            for code in self._changed:  # packed earlier in this batch
                custody = self.custody_of(code)
                if custody is not None and custody.parent in self._inside:
                    self._inside[custody.parent].add(code)
        return sorted({code for case in cases for code in self._inside[case]})

    def judge(self, act: Act, circumstances: Circumstances, parts: Sequence[Touched]) -> list[Ruling]:
        """Let the custody rules judge an act on each of these packs, as they stand now."""
        packs = [(code, self.custody_of(code), part) for code, part in parts]
        return judge_all(act, circumstances, self.facts_of, packs)

    def facts_of(self, product: str) -> ProductFacts:
        """Return what judging needs of a product."""
        return self._registry.facts(self._connection, product)

    def link(self, index: int, leaf: bytes, salt: bytes, parts: Sequence[Touched], rulings: Sequence[Ruling]) -> None:
        """Make the links of the statement at this log index, one for each pack, and move the heads."""
        salts = salts_of(salt, len(parts))
        encoded: dict[int, bytes] = {}
        at = 0
        for (code, _), ruling in zip(parts, rulings, strict=True):
            after = encoded.get(id(ruling.after))
            if after is None:
                after = encoded[id(ruling.after)] = encode(ruling.after)
            self._add(code, index, leaf, salts[at : at + SALT_BYTES], after)
            if ruling.anomalies:
                self._names[len(self._codes) - 1] = ruling.anomalies
                self.anomalies.extend((index, code, name) for name in ruling.anomalies)
            at += SALT_BYTES

    def _add(self, code: str, index: int, leaf: bytes, salt: bytes, after: bytes) -> None:
        head = self._heads[code]
        position = len(self._codes)
        if head is None:
            seq, prev, prev_seal, prev_position, before = 0, ZERO_HASH, -1, -1, None
        else:
            seq, prev, before = head.seq + 1, head.hash, head.custody
            prev_seal, prev_position = head.seal, head.position
        # link bytes as ledger.chain.link has them, in one concatenation: this line runs once a pack and event
        data = b"\0" + salt + seq.to_bytes(4, "big") + prev + leaf + uri_of(code).encode()
        digest = sha256(data).digest()
        self.hashes.append(digest)
        self._codes.append(code)
        self._entries.append(index)
        self._seqs.append(seq)
        self._prevs.append(prev)
        self._prev_seals.append(prev_seal)
        self._prev_positions.append(prev_position)
        self._befores.append(before)
        self._afters.append(after)
        if code not in self._changed:
            self._changed[code] = head is not None
        self._heads[code] = Head(seq, digest, THIS_SEAL, position, after)
        if self._inside:
            self._move(code, before, after)

    def _move(self, code: str, before: bytes | None, after: bytes) -> None:
        was = None if before is None else self._decode(before).parent
        now = self._decode(after).parent
        if was != now:
            if was in self._inside:
                self._inside[was].discard(code)
            if now in self._inside:
                self._inside[now].add(code)

    def pages(self, seal: int) -> list[tuple[bytes, bytes]]:
        """Return (root, page) for each page of this batch, now that the seal's log index is known.

        Link hashes are RFC 6962 leaf hashes, and a page holds a power of two of them, so the root over the
        pages' roots is the root over the links.
        """
        return [
            (root_of(self.hashes[start : start + PAGE_LINKS_MAX]), self._page(seal, start))
            for start in range(0, len(self._codes), PAGE_LINKS_MAX)
        ]

    def _page(self, seal: int, start: int) -> bytes:
        end = min(start + PAGE_LINKS_MAX, len(self._codes))
        custodies: dict[bytes, int] = {}
        place = custodies.setdefault
        befores = [
            -1 if before is None else place(before, len(custodies)) for before in self._befores[start:end]
        ]
        afters = [place(after, len(custodies)) for after in self._afters[start:end]]
        names = self._names
        return encode_page(
            LinkPage(
                codes=self._codes[start:end],
                entries=self._entries[start:end],
                seqs=self._seqs[start:end],
                prevs=b"".join(self._prevs[start:end]),
                prev_seals=[seal if at == THIS_SEAL else at for at in self._prev_seals[start:end]],
                prev_positions=self._prev_positions[start:end],
                befores=befores,
                afters=afters,
                custodies=list(custodies),
                anomalies=[(at - start, names[at]) for at in range(start, end) if at in names] if names else [],
            )
        )

    def pack_rows(self, seal: int) -> tuple[list[Row], list[Row]]:
        """Return the rows of packs that are new, and of those that moved, each in the order of the key."""
        rows: tuple[list[Row], list[Row]] = ([], [])
        for code in sorted(self._changed):
            head = self._heads[code]
            assert head is not None
            custody = self._decode(head.custody)
            rows[self._changed[code]].append(
                (
                    code, int(custody.state), custody.holder, custody.parent,
                    head.seq, head.hash, seal, head.position, head.custody,
                )
            )  # fmt: skip
        return rows

    def products(self) -> set[str]:
        """Return the products of the packs touched."""
        return {product_of(code) for code in self._changed}
