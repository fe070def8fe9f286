"""Where the ledger stands: what whoever begins to write must know, in one look-up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, NamedTuple

from ledger.store.database import Connection, Database, Row
from ledger.store.packs import HeadRow
from ledger.store.registry import NEWEST

__all__ = ["Standing", "State", "write_standing"]


class State(NamedTuple):
    """What the database holds.

    Attributes:
        size: of the log.
        signed: size of the newest signed head; 0 for none.
        registered: log index of the newest registration; -1 for none.
    """

    size: int
    signed: int
    registered: int


_STATE: Final = f"""
SELECT coalesce((SELECT max(log_index) FROM entry), -1) + 1, coalesce((SELECT max(size) FROM checkpoint), 0), {NEWEST}
"""  # noqa: S608  names are our own


class Standing(NamedTuple):
    """What a group must know before it is judged.

    Attributes:
        state: of the database.
        known: log index of each leaf hash that was asked for, if the log holds it.
        heads: the newest link of each pack that was asked for, if it exists: as `packs.head_rows`.
        tail: (kind, leaf) of the log's entries from where was asked on, in order; `TAIL_ENTRIES_MAX` at most.
    """

    state: State
    known: dict[bytes, int]
    heads: dict[str, HeadRow]
    tail: Sequence[Row]


@contextmanager
def write_standing(
    database: Database, after: int, leaves: Sequence[bytes], codes: Sequence[str]
) -> Iterator[tuple[Connection, Standing]]:
    """Give the writer's connection, as `Database.write`, and what it sees.

    Args:
        after: log index of the first entry that is wanted.
        leaves, codes: leaf hashes and packs that are asked for.
    """
    with database.write_asking(_STATE, after, leaves, codes) as (connection, ((state,), tail, known, heads)):
        known_by_leaf = {bytes(leaf): index for leaf, index in known}
        yield connection, Standing(State(*state), known_by_leaf, {row[0]: row for row in heads}, tail)
