"""Where the ledger stands: what whoever begins to write must know, in one look-up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, NamedTuple

from ledger.store.database import Connection, Database
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
    """

    state: State
    known: dict[bytes, int]
    heads: dict[str, HeadRow]


@contextmanager
def write_standing(
    database: Database, leaves: Sequence[bytes], codes: Sequence[str]
) -> Iterator[tuple[Connection, Standing]]:
    """Give the writer's connection, as `Database.write`, and what it sees: of these leaf hashes and packs as well."""
    with database.write_asking(_STATE, leaves, codes) as (connection, ((state,), known, heads)):
        known_by_leaf = {bytes(leaf): index for leaf, index in known}
        yield connection, Standing(State(*state), known_by_leaf, {row[0]: row for row in heads})
