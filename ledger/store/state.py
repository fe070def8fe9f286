"""Where the ledger stands: what whoever begins to write must know, in one look-up."""

from __future__ import annotations

from typing import Final, NamedTuple

from sqlalchemy import Connection

from ledger.store.registry import NEWEST

__all__ = ["State", "read_state"]


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


def read_state(connection: Connection) -> State:
    """Return where the ledger stands, as this connection sees it."""
    return State(*connection.exec_driver_sql(_STATE).one())
