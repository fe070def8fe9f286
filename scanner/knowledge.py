"""What all stations are told for offline use, and what is known of a pack's content by it.

Product names, recalls and the stop list come in snapshots that the ledger signed (docs/formats/snapshot.md);
batches and dates from barcodes and from the ledger's answers; the rest is the station's own doing.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final, NamedTuple

import msgspec
from msgspec import Meta

from ledger import canonical
from ledger.codes import Code, key_of
from ledger.errors import CodeFault, FormatError, NotVerified
from ledger.limits import LOG_SIZE_MAX
from ledger.log.spelling import read_base64
from ledger.log.statement import parse_statement, verify_statement
from scanner.home import Station
from scanner.limits import RECALLED_SHOWN_MAX
from scanner.outbox import Outbox

__all__ = [
    "Goods", "Size", "Snapshot", "keep_goods", "known_of", "open_snapshot", "opened", "seconds_of", "take_in",
]  # fmt: skip

_MEDIA_TYPE: Final = "application/vnd.packledger.snapshot+json"
Size = Annotated[int, Meta(ge=0, le=LOG_SIZE_MAX)]


class SnapshotProduct(msgspec.Struct, frozen=True, rename="camel"):
    """A product's names, and its strength as printed."""

    id: str
    name_en: str
    name_zh: str
    strength: str


class SnapshotRecall(msgspec.Struct, frozen=True):
    """A batch under recall; `*` is every batch."""

    product: str
    batch: str


class Snapshot(msgspec.Struct, frozen=True, rename="camel"):
    """What is new between two sizes of the log, as docs/formats/snapshot.md has it; later members are passed over."""

    origin: str
    made_at: str
    since: Size
    to: Size
    more: bool
    products: list[SnapshotProduct]
    recalls: list[SnapshotRecall]
    stop: list[str]
    released: list[str]


class Goods(NamedTuple):
    """What is known of a pack's content: names in English and Chinese, strength, batch; "" and 0 when unknown.

    `recalled` lists the batches of the product under recall.
    """

    en: str
    zh: str
    strength: str
    batch: str
    expiry: int
    recalled: tuple[str, ...]

    @property
    def doubtful(self) -> str:
        """The batches under recall, for whoever must compare them with the pack; "" when its own batch is known."""
        more = len(self.recalled) - RECALLED_SHOWN_MAX
        return "" if self.batch else ", ".join(self.recalled[:RECALLED_SHOWN_MAX]) + (f" … +{more}" if more > 0 else "")


def opened(station: Station, statement: str, body: str, kind: str, media_type: str) -> bytes:
    """Return a body, once it is found to be signed by the ledger.

    1. the statement is signed by the ledger's key
    2. it is of this kind and media type, and over this body

    Raises:
        NotVerified: `snapshot-wrong`.
        FormatError: `statement-malformed`, `snapshot-malformed`.
    """
    data = body.encode()
    try:
        signed = parse_statement(read_base64(statement))
    except ValueError:
        raise FormatError("snapshot-malformed", "the statement is not base64") from None
    # 1.
    if not verify_statement(signed, station.vkey.key):
        raise NotVerified("snapshot-wrong", "not signed by the ledger's key")
    # 2.
    if (signed.kind, signed.media_type, signed.digest) != (kind, media_type, canonical.digest(data)):
        raise NotVerified("snapshot-wrong", "signed for something else")
    return data


def open_snapshot(station: Station, statement: str, body: str, since: int) -> Snapshot:
    """Return a snapshot, once it is found to be the ledger's word, and to go on where we stand.

    Raises:
        NotVerified: `snapshot-wrong`.
        FormatError: `statement-malformed`, `snapshot-malformed`, `json-…`.
    """
    data = opened(station, statement, body, "snapshot", _MEDIA_TYPE)
    try:
        snapshot = msgspec.convert(canonical.loads(data), Snapshot)
    except msgspec.ValidationError as error:
        raise FormatError("snapshot-malformed", str(error)) from None
    if snapshot.origin != station.origin or snapshot.since != since or snapshot.to < since:
        raise NotVerified("snapshot-wrong", "of another ledger, or another stretch of it")
    return snapshot


def seconds_of(made_at: str) -> int:
    """Return when something was made, seconds since the epoch.

    Raises:
        FormatError: `snapshot-malformed`.
    """
    try:
        return int(datetime.strptime(made_at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())
    except ValueError:
        raise FormatError("snapshot-malformed", "madeAt is no time") from None


def take_in(outbox: Outbox, snapshot: Snapshot) -> None:
    """Keep what a snapshot says; on disk when this returns.

    Raises:
        FormatError: `snapshot-malformed`; nothing of it is kept.
    """
    made = seconds_of(snapshot.made_at)
    with outbox.transaction():
        for product in snapshot.products:
            outbox.execute("INSERT OR REPLACE INTO product VALUES (?, ?, ?, ?)",
                           product.id, product.name_en, product.name_zh, product.strength)  # fmt: skip
        for recall in snapshot.recalls:
            outbox.execute("INSERT OR IGNORE INTO recall VALUES (?, ?)", recall.product, recall.batch)
        for uris, stopped in ((snapshot.stop, 1), (snapshot.released, 0)):
            for uri in uris:
                outbox.execute("INSERT OR REPLACE INTO stop VALUES (?, ?)", _key(uri), stopped)
        outbox.keep_fact("snapshot-to", snapshot.to)
        if not snapshot.more:
            outbox.keep_fact("snapshot-made", made)


def _key(uri: str) -> str:
    try:
        return key_of(uri)
    except CodeFault as fault:
        raise FormatError("snapshot-malformed", fault.code) from None


def known_of(outbox: Outbox, code: Code) -> Goods:
    """Return what is known of a pack's content: what its barcode says, else what the ledger once said."""
    product = code.product
    names = outbox.execute("SELECT en, zh, strength FROM product WHERE id = ?", product)
    told = outbox.execute("SELECT batch, expiry FROM goods WHERE code = ?", code.key)
    recalls = outbox.execute("SELECT batch FROM recall WHERE product = ? ORDER BY batch", product)
    return Goods(
        en=names[0]["en"] if names else "",
        zh=names[0]["zh"] if names else "",
        strength=names[0]["strength"] if names else "",
        batch=code.batch or (told[0]["batch"] if told else ""),
        expiry=code.expiry or (told[0]["expiry"] if told else 0),
        recalled=tuple(row["batch"] for row in recalls),
    )


def keep_goods(outbox: Outbox, key: str, batch: str, expiry: int) -> None:
    """Keep what the ledger said of a pack's batch and expiry date."""
    outbox.execute("INSERT OR REPLACE INTO goods VALUES (?, ?, ?)", key, batch, expiry)
