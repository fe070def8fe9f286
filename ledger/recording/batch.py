"""A batch: what the statements of one transaction do to packs.

Lives inside the writer's transaction. It asks the store for the heads of packs and lets `custody` judge. Statements
enter one by one, in the order of the log, and each sees what the ones before it did; a statement that is refused
here leaves nothing behind. When all are in, the links are made, and everything turns into rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from ledger.custody.judge import Act, Circumstances, Part, ProductFacts, Ruling, judge_all
from ledger.custody.state import Custody, decode, encode
from ledger.errors import Refusal
from ledger.limits import CASE_DEPTH_MAX, LINKS_PER_STATEMENT_MAX
from ledger.recording.links import Links
from ledger.store.database import Connection, Database, Row
from ledger.store.packs import Alike, Head, HeadRow, children_of, head_rows
from ledger.store.registry import Registry

__all__ = ["Batch", "Touched"]

Touched = Mapping[str, Part]
"""The packs and cases that an act concerns, and how; keys ascending, the order of their links."""

# Fewer packs than this are cheaper row by row than in a statement of their own.
_WORTH_ONE_STATEMENT: Final = 64


class Batch:
    """Collects links, pack heads and anomalies of one transaction.

    Attributes:
        links: made by `link`.
        anomalies: rows of (log index, pack's key, name).
    """

    def __init__(self, database: Database, connection: Connection, registry: Registry) -> None:
        self._database = database
        self._connection = connection
        self._registry = registry
        self._heads: dict[str, HeadRow] = {}  # as the store has them; moved when the links are made
        self._unknown: set[str] = set()  # asked for, and not there
        self._stands: dict[str, bytes] = {}  # where each pack stands now: its custody, encoded
        self._custodies: dict[bytes, Custody] = {}
        self._inside: dict[str, set[str]] = {}  # case -> what lies in it, for cases touched here
        self._single: dict[str, None] = {}  # packs that stand alone, in the order of their links
        self.links = Links()
        self.anomalies: list[Row] = []

    def fetch(self, codes: Collection[str]) -> None:
        """Read the heads of these packs, all in one look-up, unless they are here already."""
        heads, unknown = self._heads, self._unknown
        missing = [code for code in codes if code not in heads and code not in unknown]
        if missing:
            self.know(missing, head_rows(self._database, self._connection, missing))

    def know(self, codes: Collection[str], found: dict[str, HeadRow]) -> None:
        """Take over the heads of these packs, as they were found; no pack is told of twice."""
        if self._heads:
            self._heads.update(found)
        else:
            self._heads = found  # a shipment's are many: they are not held twice
        if len(found) < len(codes):
            self._unknown.update(code for code in codes if code not in found)
        self._stands.update((row[0], row[5]) for row in found.values())
        for data in {row[5] for row in found.values()}:
            self._decode(data)

    def custody_of(self, code: str) -> Custody | None:
        """Return where a pack stands now."""
        data = self._stands.get(code)
        return None if data is None else self._custodies[data]

    def head_of(self, code: str) -> Head | None:
        """Return the newest link of a pack that the store holds."""
        row = self._heads.get(code)
        return None if row is None else Head(*row[1:])

    def is_untouched(self, codes: Collection[str]) -> bool:
        """Say whether none of these packs has a link in this batch yet."""
        return set(codes).isdisjoint(self.links.codes)

    def _decode(self, data: bytes) -> Custody:
        custody = self._custodies.get(data)
        if custody is None:
            custody = self._custodies[data] = decode(data)
        return custody

    def parts_of(self, act: Act, codes: Sequence[str]) -> Touched:
        """Return every pack and case that an act on these codes concerns.

        An unpacking that names nothing empties its case: what lies directly in it is `inside`.

        Raises:
            Refusal: `links-too-many`, `case-too-deep`.
        """
        parent = act.parent
        self.fetch(codes if parent is None else [*codes, parent])
        level = self._cases_in(codes)
        parts: dict[str, Part] = dict.fromkeys(codes, "named")
        if parent is None and not level:
            return parts  # ascending, as events and papers have them
        if parent is not None:
            parts[parent] = "parent"
            if not codes:
                parts.update(dict.fromkeys(self._contents([parent]), "inside"))
                return dict(sorted(parts.items()))
        # A parent is one level more: what may be packed may also be shipped.
        for _ in range(CASE_DEPTH_MAX if parent is None else CASE_DEPTH_MAX - 1):
            inside = [code for code in self._contents(level) if code not in parts] if level else []
            if not inside:
                return dict(sorted(parts.items()))
            if len(parts) + len(inside) > LINKS_PER_STATEMENT_MAX:
                raise Refusal("links-too-many", f"more than {LINKS_PER_STATEMENT_MAX} packs in one event")
            self.fetch(inside)
            parts.update(dict.fromkeys(inside, "inside"))
            level = self._cases_in(inside)
        raise Refusal("case-too-deep", f"cases inside cases deeper than {CASE_DEPTH_MAX}")

    def _cases_in(self, codes: Sequence[str]) -> list[str]:
        stands, custodies = self._stands, self._custodies
        holding = {data for data in map(stands.get, codes) if data is not None and custodies[data].holds}
        return [code for code in codes if stands.get(code) in holding] if holding else []

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
            for code in set(self.links.codes):  # packed earlier in this batch
                custody = self.custody_of(code)
                if custody is not None and custody.parent in self._inside:
                    self._inside[custody.parent].add(code)
        return sorted({code for case in cases for code in self._inside[case]})

    def judge(self, act: Act, circumstances: Circumstances, parts: Touched) -> list[Ruling]:
        """Let the custody rules judge an act on each of these packs, as they stand now."""
        custodies = self._custodies
        befores = [None if data is None else custodies[data] for data in map(self._stands.get, parts)]
        packs = zip(parts, befores, parts.values(), strict=True)
        return judge_all(act, circumstances, self.facts_of, packs)

    def facts_of(self, product: str) -> ProductFacts:
        """Return what judging needs of a product."""
        return self._registry.facts(self._connection, product)

    def enter(self, index: int, leaf: bytes, salt: bytes, parts: Touched, rulings: Sequence[Ruling]) -> None:
        """Let the statement at this log index do to each pack what was ruled."""
        # Packs that are alike share one ruling: each ruling is looked at once.
        rulings_by_id = {id(ruling): ruling for ruling in rulings}
        encoded = {key: self._encode(ruling.after) for key, ruling in rulings_by_id.items()}
        befores = [self._stands.get(code) for code in parts]
        afters = [encoded[id(ruling)] for ruling in rulings]
        if any(ruling.anomalies for ruling in rulings_by_id.values()):
            self._say(index, parts, rulings)
        self.links.add((index, leaf, salt), parts, befores, afters)
        self._stands.update(zip(parts, afters, strict=True))
        if self._inside:
            for code, before, after in zip(parts, befores, afters, strict=True):
                self._move(code, before, after)

    def _encode(self, custody: Custody) -> bytes:
        data = encode(custody)
        self._custodies[data] = custody
        return data

    def _say(self, index: int, parts: Touched, rulings: Sequence[Ruling]) -> None:
        for position, (code, ruling) in enumerate(zip(parts, rulings, strict=True), len(self.links.codes)):
            if ruling.anomalies:
                self.links.name(position, ruling.anomalies)
                self.anomalies.extend((index, code, name) for name in ruling.anomalies)

    def _move(self, code: str, before: bytes | None, after: bytes) -> None:
        was = None if before is None else self._decode(before).parent
        now = self._decode(after).parent
        if was != now:
            if was in self._inside:
                self._inside[was].discard(code)
            if now in self._inside:
                self._inside[now].add(code)

    def link(self, seal: int) -> Iterator[Alike]:
        """Make the links of all that entered; iterate over packs that stand alike after it, in order, as they are made.

        Args:
            seal: the log index of the seal over these links.
        """
        links = self.links
        for made in links.make(self._heads, seal):
            for start, end in links.alike(*made):
                codes = links.codes[start:end]
                if end - start < _WORTH_ONE_STATEMENT or not self._unknown.isdisjoint(codes):
                    self._single.update(dict.fromkeys(codes))
                else:
                    yield links.stand(start, end, self._custodies[links.after(start)])

    def single_rows(self) -> tuple[list[Row], list[Row]]:
        """Return the rows of packs that are new, and of others that `link` did not give; to be written after those."""
        rows: tuple[list[Row], list[Row]] = ([], [])
        for code, seq, head, seal, position, data in self.links.newest(sorted(self._single)):
            custody = self._custodies[data]
            rows[code not in self._unknown].append(
                (code, int(custody.state), custody.holder, custody.parent, seq, head, seal, position, data)
            )
        return rows
