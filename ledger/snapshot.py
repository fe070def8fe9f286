"""`snapshot`: what a station must know to judge offline: product names, recalls, and packs that must be stopped.

    1. the next things that matter, in the order of the log: registrations of products, recalls, what stops packs
    2. as many of them as fit; the snapshot ends before the first that does not
    3. where the packs stand today that were stopped
    4. the ledger's own statement over all that, so that a station believes it from any hand

A station keeps `to`, and asks from there the next time; while `more` is true there is more to fetch at once.
`stop` holds packs that were stolen, seized or lost; one that is so no longer, since that was taken back, stands in
`released`. What is listed twice counts as it was listed last. Format: docs/formats/snapshot.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from ledger import canonical
from ledger.clock import iso
from ledger.codes import uri_of
from ledger.custody.state import State, state_of
from ledger.errors import FormatError, Misuse
from ledger.limits import LOG_SIZE_MAX, PAPER_LINES_MAX, SNAPSHOT_ROWS_MAX
from ledger.log.checkpoint import open_checkpoint
from ledger.log.keys import PrivateKey
from ledger.opening import Trust, own_statement
from ledger.store.database import Connection, Database
from ledger.store.log import last_checkpoint
from ledger.store.offline import codes_of_statements, products_from, recalls_from, stops_from
from ledger.store.packs import heads_of
from ledger.submission import Submission

__all__ = [
    "SNAPSHOT_KIND", "SNAPSHOT_MEDIA_TYPE", "Size", "Snapshot", "SnapshotProduct", "SnapshotRecall",
    "parse_snapshot", "signed_snapshot", "take_snapshot",
]  # fmt: skip

SNAPSHOT_KIND: Final = "snapshot"
SNAPSHOT_MEDIA_TYPE: Final = "application/vnd.packledger.snapshot+json"
_STOPPED: Final = frozenset({State.STOLEN, State.SEIZED, State.LOST})

Size = Annotated[int, Meta(ge=0, le=LOG_SIZE_MAX)]
_What = Literal["product", "recall", "stop"]
_Row = tuple[int, _What, tuple[str, ...]]


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """What all parts of a snapshot have in common."""


class SnapshotProduct(_Part, frozen=True, kw_only=True):
    """A product's names; `id` is the first seven digits of a national code, or a GTIN; `strength` may be empty."""

    id: str
    name_en: str
    name_zh: str
    strength: str


class SnapshotRecall(_Part, frozen=True, kw_only=True):
    """A batch under recall; `*` is every batch of the product."""

    product: str
    batch: str


class Snapshot(_Part, frozen=True, kw_only=True):
    """What is new between two sizes of the log.

    Attributes:
        origin: whose it is.
        made_at: when, as ISO 8601 in UTC.
        since, to: the log indexes since ≤ index < to are told.
        more: the log goes on with something that matters.
        products, recalls: in the order of the log.
        stop, released: URIs of packs, in the order of the log.
    """

    origin: str
    made_at: str
    since: Size
    to: Size
    more: bool
    products: list[SnapshotProduct]
    recalls: list[SnapshotRecall]
    stop: list[str]
    released: list[str]


def take_snapshot(
    database: Database, connection: Connection, trust: Trust, *, since: int, size: int, now: int
) -> Snapshot:
    """Return what a station must know of the log from `since` on, up to a signed size.

    Args:
        database, connection: of the ledger; the connection sees at least `size` statements.
        trust: whose ledger it is.
        since: the `to` of the station's last snapshot; 0 for its first.
        size: of a signed head.
        now: seconds since the epoch.

    Raises:
        Misuse: `snapshot-beyond` when the log does not reach as far as `since`.
    """
    if since > size:
        raise Misuse("snapshot-beyond", f"from {since} on, of {size}")
    products: list[SnapshotProduct] = []
    recalls: list[SnapshotRecall] = []
    touched: dict[str, None] = {}
    last = since
    to, more = size, False
    # 1.
    for index, what, values in _rows(database, connection, since, size):
        # 2. What one statement says is told whole, however much it is.
        told = len(products) + len(recalls) + len(touched)
        if told >= SNAPSHOT_ROWS_MAX and index > last:
            to, more = index, True
            break
        last = index
        if what == "product":
            products.append(SnapshotProduct(id=values[0], name_en=values[1], name_zh=values[2], strength=values[3]))
        elif what == "recall":
            recalls.append(SnapshotRecall(product=values[0], batch=values[1]))
        else:
            touched.update(dict.fromkeys(values))
    # 3.
    heads = heads_of(database, connection, list(touched))
    stopped = {code for code, head in heads.items() if state_of(head.custody) in _STOPPED}
    return Snapshot(
        origin=trust.origin, made_at=iso(now), since=since, to=to, more=more, products=products, recalls=recalls,
        stop=[uri_of(code) for code in touched if code in stopped],
        released=[uri_of(code) for code in touched if code not in stopped],
    )  # fmt: skip


def _rows(database: Database, connection: Connection, since: int, size: int) -> Iterator[_Row]:
    # Of each more than will be told, so that what ends the telling is never that one of them ran out.
    count = SNAPSHOT_ROWS_MAX + PAPER_LINES_MAX + 1
    products: Iterator[_Row] = (
        (row[0], "product", row[1:]) for row in products_from(connection, since, size, count)
    )
    recalls: Iterator[_Row] = ((row[0], "recall", row[1:]) for row in recalls_from(connection, since, size, count))
    stops: Iterator[_Row] = (
        (index, "stop", tuple(codes_of_statements(database, connection, [index], size)[index]))
        for index in stops_from(connection, since, size, count)
    )
    return merge(products, recalls, stops)


def signed_snapshot(database: Database, trust: Trust, key: PrivateKey, since: int, now: int) -> Submission:
    """Return a snapshot up to the newest signed head, as the ledger's own statement with the body that it signs.

    Raises:
        Misuse: as `take_snapshot`.
    """
    with database.read() as connection:
        note = last_checkpoint(connection)
        assert note is not None  # a ledger is born with one
        size = open_checkpoint(note, trust.origin, trust.vkey).size
        snapshot = take_snapshot(database, connection, trust, since=since, size=size, now=now)
    # 4.
    body = canonical.dumps(msgspec.to_builtins(snapshot))
    subject = f"snapshot:{snapshot.since}-{snapshot.to}"
    return Submission(own_statement(trust, key, now, SNAPSHOT_KIND, SNAPSHOT_MEDIA_TYPE, subject, body), body)


def parse_snapshot(body: bytes) -> Snapshot:
    """Read the body of a snapshot; whoever believes it verifies its statement first.

    Raises:
        FormatError: `snapshot-malformed`; `json-…`.
    """
    try:
        snapshot = msgspec.convert(canonical.loads(body), Snapshot)
    except msgspec.ValidationError as error:
        raise FormatError("snapshot-malformed", str(error)) from None
    if canonical.dumps(msgspec.to_builtins(snapshot)) != body:
        raise FormatError("snapshot-malformed", "not in canonical form")
    return snapshot
