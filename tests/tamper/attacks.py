"""What somebody with full power over the database can do to one row, and which entry that concerns.

Every table of the store, every column: `EDITS` lists each change once. The entry that must be named:

    ledger                      0: the genesis, which says whose ledger this is
    entry, anomaly, confidential   the row's own log index
    link_page                   the row's own seal, which commits to its pages
    pack                        the newest statement about that pack: the row says where it left the pack
    tile                        the first entry below the first hash that is wrong
    checkpoint                  the seal that the head was signed for: the last entry below it
    registrations               the row's own number, the statement that put it in force
    person                      the first statement with a part of that person, which the key opens
    case_action                 the row's own log index
    case_state                  the newest action that counts of that case
Findings are not attacked: nothing is believed because it stands in their tables, and the next run of the rules
mends them (`tests/reconcile/test_findings.py` alters each column and shows it).
Where two rows change at once, the lower of their two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import combinations
from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, Engine, Table, create_engine, func, select

from ledger.store import tables
from tests.tamper.scene import Scene

__all__ = ["EDITS", "TABLES", "Edit", "Row", "edits_of", "place_of", "rows_of", "stand_twice", "take_keys", "unfenced"]

Row = Mapping[str, Any]
NO_EVIDENCE = {*tables.RECOMPUTED, *tables.DOOR}
TABLES = {table.name: table for table in tables.metadata.sorted_tables if table.name not in NO_EVIDENCE}


class Edit(NamedTuple):
    """One change of one column, and how it is made: from the old value to the new one."""

    table: str
    column: str
    name: str
    change: Callable[[Any], Any]

    def __str__(self) -> str:
        return f"{self.table}.{self.column} {self.name}"


def flip_bit(at: int) -> Callable[[bytes], bytes]:
    """Return a change that flips the lowest bit of the byte at this place, counted as slices count."""

    def flip(value: bytes) -> bytes:
        at_byte = at % len(value)
        return value[:at_byte] + bytes([value[at_byte] ^ 1]) + value[at_byte + 1 :]

    return flip


def _other_letter(value: str) -> str:
    return value[:-1] + ("a" if value[-1] != "a" else "b")


_BYTES: dict[str, Callable[[Any], Any]] = {
    "first bit": flip_bit(0), "middle bit": flip_bit(-7), "last bit": flip_bit(-1),
    "cut short": lambda value: value[:-1], "made longer": lambda value: value + b"\0",
}  # fmt: skip
_TEXT: dict[str, Callable[[Any], Any]] = {
    "last letter": _other_letter, "made longer": lambda value: value + "x", "emptied": lambda value: "",
}  # fmt: skip
_NUMBER: dict[str, Callable[[Any], Any]] = {
    "plus one": lambda value: value + 1_000 if value > 1_000 else value + 1,
    "far away": lambda value: value + 30_000, "negative": lambda value: -value - 1,
    "beyond all": lambda value: 2**63 - 1,
}  # fmt: skip
_BY_TYPE = {bytes: _BYTES, str: _TEXT, int: _NUMBER}


def edits_of(some: Iterable[Table]) -> Iterator[Edit]:
    """Yield each change of each column of these tables."""
    for table in some:
        for column in table.columns:
            for name, change in _BY_TYPE[column.type.python_type].items():
                # A neighbour's key is no edit but a swap; those have their own tests.
                if not (column.primary_key and name == "plus one"):
                    yield Edit(table.name, column.name, name, change)
            if column.nullable:
                yield Edit(table.name, column.name, "nothing", lambda value: None)


EDITS = list(edits_of(TABLES.values()))


def unfenced(database_url: str) -> Engine:
    """Open a database as its administrator, and take the fences down."""
    engine = create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        for name in tables.APPEND_ONLY:
            if engine.dialect.name == "sqlite":
                for act in ("update", "delete"):
                    connection.exec_driver_sql(f"DROP TRIGGER {name}_no_{act}")
            else:
                connection.exec_driver_sql(f'ALTER TABLE "{name}" DISABLE TRIGGER USER')
    return engine


def take_keys(connection: Connection, name: str) -> None:
    """Make a table anew without its keys, its fences, and whatever it asked of its columns."""
    connection.exec_driver_sql(f"CREATE TABLE bare AS SELECT * FROM {name}")
    connection.exec_driver_sql(f"DROP TABLE {name}" + (" CASCADE" if connection.dialect.name == "postgresql" else ""))
    connection.exec_driver_sql(f"ALTER TABLE bare RENAME TO {name}")


def rows_of(connection: Connection, table: Table) -> list[Row]:
    """Return all rows, by key."""
    return [dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()]


def victim(connection: Connection, scene: Scene, table: Table) -> Row:
    """Return a row that has a value in every column, with innocent rows before it and behind."""
    column, value = _VICTIMS[table.name](scene)
    rows = [row for row in rows_of(connection, table) if row[column] == value]
    return rows[-1]


_VICTIMS: dict[str, Callable[[Scene], tuple[str, Any]]] = {
    "ledger": lambda scene: ("origin", scene.trust.origin),
    "entry": lambda scene: ("log_index", scene.marks["dispensed"] + 1),
    "link_page": lambda scene: ("seal", scene.marks["commissioned"] + 1),
    "pack": lambda scene: ("code", next(code for code in scene.newest if code.endswith("0000000000007"))),
    "anomaly": lambda scene: ("log_index", scene.marks["again"]),
    "tile": lambda scene: ("number", 1),
    "checkpoint": lambda scene: ("size", scene.marks["settled"] + 2),
    "party": lambda scene: ("number", scene.marks["enrolled"] + 8),
    "site": lambda scene: ("number", scene.marks["enrolled"] + 9),
    "station": lambda scene: ("number", scene.marks["enrolled"] + 10),
    "key": lambda scene: ("number", scene.marks["enrolled"] + 11),
    "product": lambda scene: ("number", scene.marks["enrolled"] + 12),
    "revocation": lambda scene: ("number", scene.marks["revoked"] + 1),
    "recall": lambda scene: ("number", scene.marks["recalled"]),
    "person": lambda scene: ("pseudonym", scene.persons["living"]),
    "confidential": lambda scene: ("log_index", scene.marks["settled"]),
    "case_state": lambda scene: ("number", 1),
    "case_action": lambda scene: ("log_index", scene.marks["cases"] + 5),
}


def stand_twice(url: str, scene: Scene, name: str) -> tuple[int, str]:
    """Put a row of a table there again, its keys taken away; return the place and the code that must be told."""
    engine = unfenced(url)
    with engine.begin() as connection:
        row = victim(connection, scene, TABLES[name])
        take_keys(connection, name)
        connection.execute(TABLES[name].insert(), dict(row))
    engine.dispose()
    return place_of(scene, name, row), "ledger-of-another" if name == "ledger" else "row-twice"


def place_of(scene: Scene, table: str, row: Row) -> int:
    """Return the log index that must be named when this row is touched, by the table above."""
    return _PLACES.get(table, lambda scene, row: int(row["number"]))(scene, row)


_PLACES: dict[str, Callable[[Scene, Row], int]] = {
    "ledger": lambda scene, row: 0,
    "entry": lambda scene, row: int(row["log_index"]),
    "anomaly": lambda scene, row: int(row["log_index"]),
    "confidential": lambda scene, row: int(row["log_index"]),
    "link_page": lambda scene, row: int(row["seal"]),
    "pack": lambda scene, row: scene.newest[row["code"]],
    "tile": lambda scene, row: int(row["number"]) << 8 * (row["level"] + 1),
    "checkpoint": lambda scene, row: int(row["size"]) - 1,
    "person": lambda scene, row: scene.first_part(row["pseudonym"]),
    "case_state": lambda scene, row: int(row["last"]),
    "case_action": lambda scene, row: int(row["log_index"]),
}


def place_of_edit(scene: Scene, edit: Edit, row: Row) -> int:
    """Return the log index for an edit: within a tile, of the hash that it strikes."""
    if edit.table == "tile" and edit.column == "hashes":
        old, new = row["hashes"], edit.change(row["hashes"])
        if len(new) > len(old):  # what is there is right; there is only too much of it
            return place_of(scene, "tile", row)
        at = next(at for at in range(len(old)) if old[at : at + 1] != new[at : at + 1])
        return place_of(scene, "tile", row) + (at // 32 << 8 * row["level"])
    return place_of(scene, edit.table, row)


def is_row(table: Table, row: Row) -> Any:
    """Return the condition that selects exactly this row."""
    conditions = [column == row[column.name] for column in table.primary_key]
    return conditions[0] if len(conditions) == 1 else conditions[0] & conditions[1] & conditions[-1]


def pair_that_differs(rows: list[Row], column: Column[Any]) -> tuple[Row, Row] | None:
    """Return two rows that can exchange this value, as far from the beginning as there are any."""
    keys = [key.name for key in column.table.primary_key]
    taken = {tuple(row[key] for key in keys) for row in rows}
    for second, first in combinations(reversed(rows), 2):
        if first[column.name] == second[column.name]:
            continue
        others = taken - {tuple(row[key] for key in keys) for row in (first, second)}
        after = [{**first, column.name: second[column.name]}, {**second, column.name: first[column.name]}]
        if others.isdisjoint(tuple(row[key] for key in keys) for row in after):
            return first, second
    return None


def count(connection: Connection, table: Table) -> int:
    """Return the number of rows."""
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())
