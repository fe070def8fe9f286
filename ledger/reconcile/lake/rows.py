"""Rows on their way into Parquet: what a statement says once, and what its rows say each.

A shipment of ten thousand packs is one statement and ten thousand rows; so the columns that are the statement's
own (time, party, person …) are kept once a statement and repeated by index when the rows become Arrow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import pyarrow as pa

from ledger.reconcile.facts import DAY_OFFSET_SECONDS, FACTS
from ledger.reconcile.lake.persons import Named

__all__ = ["Rows", "Told"]


class Told(msgspec.Struct, frozen=True, gc=False):
    """What a statement says once for all of its rows; numbers are log indexes of registrations.

    Attributes:
        index, time, recorded: as in every table.
        party, site: who says so, and where.
        act, destination, payment: of an event, where its table has them; the payment of a settlement too.
    """

    index: int
    time: int
    recorded: int
    party: int
    site: int | None = None
    act: str = ""
    destination: int | None = None
    payment: str | None = None


_OF_STATEMENT: Final[dict[str, pa.DataType]] = {
    name: FACTS[table].field(name).type
    for table, names in {
        "custody": (
            "log_index", "time", "recorded", "day", "party", "site", "act", "destination", "payment", "person",
            "prescriber", "pickup",
        ),
        "residence": ("household", "street", "region"),
    }.items()
    for name in names
}  # fmt: skip
_SECONDS_A_DAY: Final = 86_400


class Rows:
    """Rows of all tables, of some statements; given out as Arrow and forgotten."""

    def __init__(self) -> None:
        self._told: list[Told] = []
        self._at: dict[str, list[int]] = {}
        self._columns: dict[str, dict[str, list[Any]]] = {}

    @property
    def statements(self) -> int:
        """How many statements wait."""
        return len(self._told)

    @property
    def rows(self) -> int:
        """How many rows wait, in all tables."""
        return sum(map(len, self._at.values()))

    def tell(self, told: Told) -> int:
        """Enter a statement; return its place, which its rows name."""
        self._told.append(told)
        return len(self._told) - 1

    def add(self, table: str, place: int, count: int, /, **columns: Sequence[Any]) -> None:
        """Add `count` rows of the statement at this place, given as columns."""
        self.extend(table, [place] * count, **columns)

    def extend(self, table: str, places: Sequence[int], /, **columns: Sequence[Any]) -> None:
        """Add rows of several statements, given as columns; each row names its statement's place."""
        self._at.setdefault(table, []).extend(places)
        mine = self._columns.setdefault(table, {})
        for name, values in columns.items():
            mine.setdefault(name, []).extend(values)

    def take(self, named: Mapping[int, Named]) -> dict[str, Any]:
        """Return the rows as Arrow tables, by name, and forget them.

        Args:
            named: whom the statements' confidential parts name, by log index.
        """
        persons = [named.get(each.index) for each in self._told]
        said = self._said(persons)
        if homes := [place for place, person in enumerate(persons) if person is not None and person.at_home]:
            self.extend("residence", homes)
        found = {table: self._table(table, places, said) for table, places in self._at.items() if places}
        self._told, self._at, self._columns = [], {}, {}
        return found

    def _said(self, persons: Sequence[Named | None]) -> dict[str, Any]:
        told = self._told
        columns = {
            "log_index": [each.index for each in told],
            "time": [each.time for each in told],
            "recorded": [each.recorded for each in told],
            "day": [(each.time + DAY_OFFSET_SECONDS) // _SECONDS_A_DAY for each in told],
            "party": [each.party for each in told],
            "site": [each.site for each in told],
            "act": [each.act for each in told],
            "destination": [each.destination for each in told],
            "payment": [each.payment for each in told],
        }
        for at, name in enumerate(Named._fields):
            columns[name] = [None if person is None else person[at] for person in persons]
        return {name: pa.array(values, _OF_STATEMENT[name]) for name, values in columns.items()}

    def _table(self, table: str, places: list[int], said: Mapping[str, Any]) -> Any:
        schema = FACTS[table]
        own = self._columns[table]
        at = pa.array(places, pa.int32())
        arrays = [
            pa.array(own[field.name], field.type) if field.name in own else said[field.name].take(at)
            for field in schema
        ]
        return pa.Table.from_arrays(arrays, schema=schema)
