"""Who is who, as far as it was registered when a statement was recorded; and the registers as tables.

A URI that somebody registers later does not change what an earlier statement's row says: else a lake that grew
would differ from one that was made at once.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import pyarrow as pa

from ledger.errors import NotVerified
from ledger.identity.registration import Site, parse_registration
from ledger.identity.signer import Signer
from ledger.log.statement import kid_of
from ledger.reconcile.facts import FACTS
from ledger.store.database import Connection, Database
from ledger.store.lake import parties_before, products_before, sites_before
from ledger.store.registry import Registry

__all__ = ["Place", "Registered", "register_table"]

_CACHE_MAX: Final = 100_000


class Place(NamedTuple):
    """A party, and its site; None for what a URI does not name."""

    party: int | None
    site: int | None


_NOWHERE: Final = Place(None, None)


class Registered:
    """Looks up signers and places in one snapshot of the store."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._registry = Registry()
        self._places: dict[str, Place] = {}

    def signer(self, statement: bytes, index: int) -> Signer:
        """Return the key that a recorded statement names.

        Raises:
            NotVerified: `key-unknown` at the statement.
        """
        signer = self._registry.signer(self._connection, kid_of(statement))
        if signer is None:
            raise NotVerified("key-unknown", index=index)
        return signer

    def place(self, uri: str | None, index: int) -> Place:
        """Return the party, and the site, that a URI named when the statement at this log index was recorded."""
        if uri is None:
            return _NOWHERE
        place = self._places.get(uri)
        if place is None:
            if len(self._places) >= _CACHE_MAX:
                self._places.clear()
            party, site = self._registry.place(self._connection, uri)
            place = self._places[uri] = Place(party or None, site or None)
        named = place.site or place.party
        return place if named is not None and named < index else _NOWHERE

    def acting_site(self, signer: Signer, uri: str | None, index: int) -> int:
        """Return the site at which a signer acts: one of its own party that it names, else its station's."""
        place = self.place(uri, index)
        return place.site if place.site is not None and place.party == signer.party else signer.site


def register_table(database: Database, connection: Connection, table: str, size: int) -> Any:
    """Return a table that is kept whole, as Arrow: what a log of this size registers."""
    rows = _ROWS[table](database, connection, size)
    schema = FACTS[table]
    columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in schema]
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def _products(database: Database, connection: Connection, size: int) -> list[tuple[Any, ...]]:
    return list(products_before(database, connection, size))


def _parties(database: Database, connection: Connection, size: int) -> list[tuple[Any, ...]]:
    rows = parties_before(database, connection, size)
    return [
        (number, uri, name_en, name_zh, roles.replace(" ", ","), region)
        for number, uri, name_en, name_zh, roles, region in rows
    ]


def _sites(database: Database, connection: Connection, size: int) -> list[tuple[Any, ...]]:
    found = []
    for number, party, body in sites_before(connection, size):
        site = parse_registration("site", body)
        assert isinstance(site, Site)
        latitude, longitude = site.degrees or (None, None)
        found.append((number, site.uri, party, site.name_en, site.name_zh, site.region, latitude, longitude))
    return found


_ROWS: Final = {"product": _products, "party": _parties, "site": _sites}
