"""The registry: what registrations put in force, as tables to look things up in.

Rows are written once, by the statement that registers them, and are remembered in bounded caches for the
hot path. Whoever writes calls `refresh` inside the transaction, so that a registration made by another
process is seen before anything is judged by it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection, Table, func, select

from ledger.custody.judge import ProductFacts
from ledger.errors import Refusal
from ledger.identity.registration import (
    Erasure,
    Key,
    Party,
    Product,
    Registration,
    Revocation,
    Site,
    Station,
)
from ledger.identity.signer import Revoked, Signer
from ledger.log.keys import PublicKey
from ledger.papers.paper import Paper
from ledger.store import tables

__all__ = [
    "NEWEST", "REGISTERED", "Registry", "count_registered", "named_row", "names_of", "product_number", "recalled_by",
    "record_recall", "region_of_site", "register", "registered_in_order", "registered_row", "registration_chain",
    "registration_of", "row_of", "uri_of_number",
]  # fmt: skip

REGISTERED: Final = {
    "party": tables.party,
    "site": tables.site,
    "station": tables.station,
    "key": tables.key,
    "key-revocation": tables.revocation,
    "product": tables.product,
    "recall": tables.recall,
}
_CACHE_ENTRIES_MAX: Final = 100_000
_newest_each: Final = " UNION ALL ".join(
    f"SELECT max(number) AS number FROM {table.name}"  # noqa: S608  names are our own
    for table in REGISTERED.values()
)
NEWEST: Final = f"coalesce((SELECT max(number) FROM ({_newest_each}) AS each), -1)"  # noqa: S608  names are our own
"""The log index of the newest registration, -1 for none: the registry's version, as an expression of SQL."""

_UNKNOWN_PRODUCT: Final = ProductFacts(known=False, maker=0, recalled=frozenset())


class Registry:
    """Answers who and what; every method takes the connection to ask on a miss.

    A method takes hold of its cache before it asks: `forget` makes new ones, so that an answer which a writer
    overtook is remembered where nobody looks any more.
    """

    def __init__(self) -> None:
        self._version: int | None = None
        self._signers: dict[bytes, Signer] = {}
        self._places: dict[str, tuple[int, int]] = {}
        self._facts: dict[str, ProductFacts] = {}
        self._names: dict[int, tuple[str, str]] = {}
        self._products: dict[str, tuple[str, str]] = {}

    def refresh(self, connection: Connection) -> int:
        """Forget what may have changed since the last call; return the registry's version."""
        version = int(connection.exec_driver_sql(f"SELECT {NEWEST}").scalar_one())
        self.renew(version)
        return version

    def renew(self, version: int) -> None:
        """Forget what may have changed, given the registry's version now."""
        if version != self._version:
            self.forget()
            self._version = version

    def forget(self) -> None:
        """Empty the caches."""
        self._version = None
        self._signers, self._places, self._facts, self._names, self._products = {}, {}, {}, {}, {}

    def remembered(self, kid: bytes) -> Signer | None:
        """Return the key if it is in the cache: no database is asked."""
        return self._signers.get(kid)

    def signer(self, connection: Connection, kid: bytes) -> Signer | None:
        """Return the key with this thumbprint, or None when it is not registered."""
        cache = self._signers
        found = cache.get(kid)
        if found is None:
            found = _load_signer(connection, kid)
            if found is not None:
                _remember(cache, kid, found)
        return found

    def place(self, connection: Connection, uri: str | None) -> tuple[int, int]:
        """Return (party number, site number) of a party's or a site's URI; zeros for what is unknown."""
        if uri is None:
            return 0, 0
        cache = self._places
        found = cache.get(uri)
        if found is None:
            found = _load_place(connection, uri)
            if found != (0, 0):
                _remember(cache, uri, found)
        return found

    def name(self, connection: Connection, table: Table, number: int) -> tuple[str, str]:
        """Return the (English, Chinese) name of a party or a site; empty texts for an unknown number."""
        cache = self._names
        known = cache.get(number)
        if known is None:
            query = select(table.c.name_en, table.c.name_zh).where(table.c.number == number)
            row = connection.execute(query).one_or_none()
            known = ("", "") if row is None else (row.name_en, row.name_zh)
            _remember(cache, number, known)
        return known

    def product_name(self, connection: Connection, product: str) -> tuple[str, str]:
        """Return the (English, Chinese) name of a product; empty texts when it is not registered."""
        cache = self._products
        known = cache.get(product)
        if known is None:
            query = select(tables.product.c.name_en, tables.product.c.name_zh)
            row = connection.execute(query.where(tables.product.c.id == product)).one_or_none()
            if row is None:
                return "", ""
            known = (row.name_en, row.name_zh)
            _remember(cache, product, known)
        return known

    def facts(self, connection: Connection, product: str) -> ProductFacts:
        """Return what judging needs of a product."""
        cache = self._facts
        found = cache.get(product)
        if found is None:
            found = _load_facts(connection, product)
            _remember(cache, product, found)
        return found

    def facts_at(self, connection: Connection, product: str, index: int) -> ProductFacts:
        """Return what judging needed of a product when the statement at this log index was recorded."""
        return _load_facts(connection, product, index)


def _remember(cache: dict[Any, Any], key: Any, value: Any) -> None:
    if len(cache) >= _CACHE_ENTRIES_MAX:
        cache.clear()
    cache[key] = value


def _load_signer(connection: Connection, kid: bytes) -> Signer | None:
    key, station, site, party = tables.key.c, tables.station.c, tables.site.c, tables.party.c
    row = connection.execute(
        select(
            key.number, key.alg, key.public, key.valid_from, key.valid_until,
            station.number.label("station"), site.number.label("site"),
            party.number.label("party"), party.uri, party.roles,
            tables.revocation.c.number.label("revoked"), tables.revocation.c.reason, tables.revocation.c.since,
        )
        .join_from(tables.key, tables.station, station.number == key.station_number)
        .join(tables.site, site.number == station.site_number)
        .join(tables.party, party.number == site.party_number)
        .outerjoin(tables.revocation, tables.revocation.c.kid == key.kid)
        .where(key.kid == kid)
    ).one_or_none()  # fmt: skip
    if row is None:
        return None
    return Signer(
        number=row.number,
        kid=kid,
        public=PublicKey.load(row.alg, bytes(row.public)),
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        station=row.station,
        site=row.site,
        party=row.party,
        party_uri=row.uri,
        roles=frozenset(row.roles.split(" ")),
        revoked=None if row.revoked is None else Revoked(row.revoked, row.reason, row.since),
    )


def _load_place(connection: Connection, uri: str) -> tuple[int, int]:
    site = connection.execute(
        select(tables.site.c.party_number, tables.site.c.number).where(tables.site.c.uri == uri)
    ).one_or_none()
    if site is not None:
        return site.party_number, site.number
    party = connection.execute(select(tables.party.c.number).where(tables.party.c.uri == uri)).scalar_one_or_none()
    return (party or 0), 0


def _load_facts(connection: Connection, product: str, before: int | None = None) -> ProductFacts:
    maker = connection.execute(
        select(tables.product.c.maker_number).where(tables.product.c.id == product)
    ).scalar_one_or_none()
    if maker is None:
        return _UNKNOWN_PRODUCT
    recalls = select(tables.recall.c.batch).where(tables.recall.c.product_id == product)
    if before is not None:
        recalls = recalls.where(tables.recall.c.number < before)
    batches = frozenset(connection.execute(recalls).scalars())
    return ProductFacts(known=True, maker=maker, recalled=batches)


def row_of(connection: Connection, registration: Registration, number: int) -> tuple[Table, dict[str, Any]] | None:
    """Return the row that a registration with this log index puts in force; None for an erasure.

    Raises:
        Refusal: `registration-reference-unknown` when it names a party, site, station or key that is not
            registered; `registration-exists` when its URI, key or product already is.
    """
    match registration:
        case Party():
            table, values = tables.party, {
                "uri": registration.uri, "roles": " ".join(registration.roles), **_named(registration),
            }  # fmt: skip
        case Site():
            owner = _number_of(connection, tables.party, "uri", registration.party)
            table, values = tables.site, {"uri": registration.uri, "party_number": owner, **_named(registration)}
        case Station():
            owner = _number_of(connection, tables.site, "uri", registration.site)
            table, values = tables.station, {"uri": registration.uri, "site_number": owner}
        case Key():
            owner = _number_of(connection, tables.station, "uri", registration.station)
            table, values = tables.key, {
                "kid": bytes.fromhex(registration.kid), "station_number": owner, "alg": registration.alg,
                "public": bytes.fromhex(registration.public),
                "valid_from": registration.valid_from, "valid_until": registration.valid_until,
            }  # fmt: skip
        case Revocation():
            kid = bytes.fromhex(registration.kid)
            _number_of(connection, tables.key, "kid", kid)
            table, values = tables.revocation, {
                "kid": kid, "reason": registration.reason, "since": registration.since,
            }  # fmt: skip
        case Product():
            owner = _number_of(connection, tables.party, "uri", registration.maker)
            table, values = tables.product, {
                "id": registration.id, "maker_number": owner,
                "name_en": registration.name_en, "name_zh": registration.name_zh,
                "price_cents": registration.price_cents, "weight_milligrams": registration.weight_milligrams,
                "supply_days": registration.supply_days, "strength": registration.strength or "",
            }  # fmt: skip
        case Erasure():
            return None
    return table, {"number": number, **values}


def _named(registration: Party | Site) -> dict[str, Any]:
    return {
        "name_en": registration.name_en, "name_zh": registration.name_zh, "region": registration.region,
    }  # fmt: skip


def _number_of(connection: Connection, table: Table, column: str, value: object) -> int:
    number = connection.execute(select(table.c.number).where(table.c[column] == value)).scalar_one_or_none()
    if number is None:
        raise Refusal("registration-reference-unknown", f"no such {table.name}")
    return int(number)


def register(connection: Connection, registration: Registration, number: int) -> None:
    """Put a registration in force.

    Raises:
        Refusal: as `row_of`; `registration-exists` when its URI, key or product is already registered.
    """
    made = row_of(connection, registration, number)
    if made is None:
        return
    table, row = made
    column = next(name for name in ("uri", "kid", "id") if name in row)
    if connection.execute(select(table.c.number).where(table.c[column] == row[column])).first():
        raise Refusal("registration-exists", f"this {table.name} is registered")
    connection.execute(table.insert(), row)


def record_recall(
    connection: Connection, registry: Registry, signer: Signer, paper: Paper, index: int
) -> tuple[str, ...]:
    """Put a recall in force, if the paper is one; return what is wrong with it.

    A maker recalls its own products only; the medicine regulator recalls any.
    """
    if not paper.product:
        return ()
    if "medicine" not in signer.roles and registry.facts(connection, paper.product).maker != signer.party:
        return ("not-authorised",)
    rows = [{"number": index, "product_id": paper.product, "batch": batch} for batch in paper.batches]
    connection.execute(tables.recall.insert(), rows)
    registry.forget()
    return ()


def registered_row(connection: Connection, table: Table, number: int) -> dict[str, Any] | None:
    """Return the row that the registration with this log index put in force."""
    row = connection.execute(select(table).where(table.c.number == number)).mappings().one_or_none()
    return None if row is None else dict(row)


def recalled_by(connection: Connection, number: int) -> list[tuple[str, str]]:
    """Return (product, batch) of what the recall paper with this log index put under recall, in order."""
    columns = tables.recall.c
    query = select(columns.product_id, columns.batch).where(columns.number == number).order_by(columns.batch)
    return [(product, batch) for product, batch in connection.execute(query)]


def count_registered(connection: Connection) -> Iterator[tuple[str, int]]:
    """Iterate over (table, how many rows) of the registry."""
    for table in REGISTERED.values():
        yield table.name, int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def registered_in_order(connection: Connection) -> Iterator[tuple[str, int]]:
    """Iterate over (kind of statement, log index) of every row of the registry, table by table."""
    for kind, table in REGISTERED.items():
        for number in connection.execute(select(table.c.number).order_by(table.c.number)).scalars():
            yield kind, number


def names_of(
    connection: Connection, registry: Registry, party: int, site: int
) -> tuple[tuple[str, str], tuple[str, str]]:
    """Return the (English, Chinese) names of a party and of a site, by their numbers."""
    return registry.name(connection, tables.party, party), registry.name(connection, tables.site, site)


def region_of_site(connection: Connection, number: int) -> str:
    """Return the division code of the place of this site, six digits; empty for an unknown number."""
    query = select(tables.site.c.region).where(tables.site.c.number == number)
    return connection.execute(query).scalar_one_or_none() or ""


def registration_chain(connection: Connection, kid: bytes) -> list[int]:
    """Return the log indexes of the registrations behind a key: party, site, station, key, revocation."""
    key, station, site, party = tables.key.c, tables.station.c, tables.site.c, tables.party.c
    row = connection.execute(
        select(party.number, site.number, station.number, key.number, tables.revocation.c.number)
        .join_from(tables.key, tables.station, station.number == key.station_number)
        .join(tables.site, site.number == station.site_number)
        .join(tables.party, party.number == site.party_number)
        .outerjoin(tables.revocation, tables.revocation.c.kid == key.kid)
        .where(key.kid == kid)
    ).one_or_none()
    return [] if row is None else [number for number in row if number is not None]


def named_row(connection: Connection, table: Table, column: str, value: str) -> dict[str, Any] | None:
    """Return the row of a product or a party whose `id` or `uri` this is, None when there is none."""
    row = connection.execute(select(table).where(table.c[column] == value)).mappings().one_or_none()
    return None if row is None else dict(row)


def product_number(connection: Connection, product: str) -> int:
    """Return the log index of the registration of a product, 0 when it is not registered."""
    query = select(tables.product.c.number).where(tables.product.c.id == product)
    return connection.execute(query).scalar_one_or_none() or 0


def registration_of(connection: Connection, party: str) -> int:
    """Return the log index of the registration of the party with this URI, 0 when there is none."""
    query = select(tables.party.c.number).where(tables.party.c.uri == party)
    return connection.execute(query).scalar_one_or_none() or 0


def uri_of_number(connection: Connection, table: Table, number: int) -> str:
    """Return the URI of a party, site or station; an empty text when there is none of this number."""
    found = connection.execute(select(table.c.uri).where(table.c.number == number)).scalar_one_or_none()
    return found or ""
