"""What the registry says of a product or a party, for those who look at trade."""

from __future__ import annotations

from typing import Any

from ledger.errors import Misuse
from ledger.store import tables
from ledger.store.database import Connection
from ledger.store.registry import named_row, uri_of_number

__all__ = ["party_facts", "product_facts"]


def product_facts(connection: Connection, product: str) -> dict[str, Any]:
    """Return what is registered of a product, its maker as a URI.

    Raises:
        Misuse: `product-unknown`.
    """
    row = named_row(connection, tables.product, "id", product)
    if row is None:
        raise Misuse("product-unknown")
    return {**row, "maker": uri_of_number(connection, tables.party, row["maker_number"])}


def party_facts(connection: Connection, uri: str) -> dict[str, Any]:
    """Return what is registered of a party.

    Raises:
        Misuse: `party-unknown`.
    """
    row = named_row(connection, tables.party, "uri", uri)
    if row is None:
        raise Misuse("party-unknown")
    return row
