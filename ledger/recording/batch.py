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
from ledger.codes import known_uri
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

_Link = tuple[str, int, int, bytes, int, int, bytes | None, bytes]
"""Code, entry, seq, prev, where the previous link lies (seal, position), custody before and after it."""

_FIRST: Final = Head(-1, ZERO_HASH, -1, -1, b"")
"""What a pack's first link continues."""


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
        self._last_custody: Custody | None = None
        self._last_encoded = b""
        self.anomalies: list[Row] = []
        self.hashes: list[bytes] = []
        self._links: list[_Link] = []
        self._names: dict[int, tuple[str, ...]] = {}

    def fetch(self, codes: Sequence[str]) -> None:
        """Read the heads of these packs, all in one look-up, unless they are here already."""
        missing = [code for code in codes if code not in self._heads]
        if missing:
            self._heads.update(dict.fromkeys(missing))
            found = heads_of(self._database, self._connection, missing)
            self._heads.update(found)
            for data in {head.custody for head in found.values()}:
                self._decode(data)

    def custody_of(self, code: str) -> Custody | None:
        """Return where a pack stands now."""
        head = self._heads.get(code)
        return None if head is None else self._custodies[head.custody]

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
        level = self._cases_in(codes)
        if parent is None and not level:
            return [(code, "named") for code in codes]  # ascending, as events and papers have them
        parts: dict[str, Part] = dict.fromkeys(codes, "named")
        if parent is not None:
            parts[parent] = "parent"
            if not codes:
                parts.update(dict.fromkeys(self._contents([parent]), "inside"))
                return sorted(parts.items())
        # A parent is one level more: what may be packed may also be shipped.
        for _ in range(CASE_DEPTH_MAX if parent is None else CASE_DEPTH_MAX - 1):
            inside = [code for code in self._contents(level) if code not in parts] if level else []
            if not inside:
                return sorted(parts.items())
            if len(parts) + len(inside) > LINKS_PER_STATEMENT_MAX:
                raise Refusal("links-too-many", f"more than {LINKS_PER_STATEMENT_MAX} packs in one event")
            self.fetch(inside)
            parts.update(dict.fromkeys(inside, "inside"))
            level = self._cases_in(inside)
        raise Refusal("case-too-deep", f"cases inside cases deeper than {CASE_DEPTH_MAX}")

    def _cases_in(self, codes: Sequence[str]) -> list[str]:
        heads, custodies = self._heads, self._custodies
        return [code for code in codes if (head := heads[code]) is not None and custodies[head.custody].holds]

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
        # Runs once a pack and event: link bytes as ledger.chain.link has them, in one concatenation.
        salts = salts_of(salt, len(parts))
        heads, links, changed, hashes = self._heads, self._links, self._changed, self.hashes
        at = 0
        for (code, _), ruling in zip(parts, rulings, strict=True):
            before = heads[code]
            head = before or _FIRST
            seq, prev, after = head.seq + 1, head.hash, self._encode(ruling.after)
            own_salt = salts[at : at + SALT_BYTES]
            at += SALT_BYTES
            data = b"\0" + own_salt + seq.to_bytes(4, "big") + prev + leaf + known_uri(code).encode()
            digest = sha256(data).digest()
            position = len(links)
            known = None if before is None else head.custody
            links.append((code, index, seq, prev, head.seal, head.position, known, after))
            hashes.append(digest)
            changed.setdefault(code, before is not None)
            heads[code] = Head(seq, digest, THIS_SEAL, position, after)
            if ruling.anomalies:
                self._names[position] = ruling.anomalies
                self.anomalies.extend((index, code, name) for name in ruling.anomalies)
            if self._inside:
                self._move(code, known, after)

    def _encode(self, custody: Custody) -> bytes:
        # Packs that are alike share one ruling, and thereby one custody: the last one is most often this one.
        if custody is not self._last_custody:
            self._last_custody, self._last_encoded = custody, encode(custody)
            self._custodies[self._last_encoded] = custody
        return self._last_encoded

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
            for start in range(0, len(self._links), PAGE_LINKS_MAX)
        ]

    def _page(self, seal: int, start: int) -> bytes:
        links = self._links[start : start + PAGE_LINKS_MAX]
        codes, entries, seqs, prevs, prev_seals, prev_positions, befores, afters = zip(*links, strict=True)
        distinct = dict.fromkeys((*befores, *afters))
        distinct.pop(None, None)
        place: dict[bytes | None, int] = {data: number for number, data in enumerate(distinct)}
        place[None] = -1
        names = self._names
        end = start + len(links)
        return encode_page(
            LinkPage(
                codes=codes,
                entries=entries,
                seqs=seqs,
                prevs=b"".join(prevs),
                prev_seals=[seal if at == THIS_SEAL else at for at in prev_seals],
                prev_positions=prev_positions,
                befores=[place[data] for data in befores],
                afters=[place[data] for data in afters],
                custodies=list(distinct),
                anomalies=[(at - start, names[at]) for at in range(start, end) if at in names] if names else [],
            )
        )

    def pack_rows(self, seal: int) -> tuple[list[Row], list[Row]]:
        """Return the rows of packs that are new, and of those that moved, each in the order of the key."""
        rows: tuple[list[Row], list[Row]] = ([], [])
        for code in sorted(self._changed):
            head = self._heads[code]
            assert head is not None
            custody = self._custodies[head.custody]
            rows[self._changed[code]].append(
                (
                    code, int(custody.state), custody.holder, custody.parent,
                    head.seq, head.hash, seal, head.position, head.custody,
                )
            )  # fmt: skip
        return rows
