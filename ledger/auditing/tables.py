"""Tables beside the log, compared with what the log says: registrations, recalls, packs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from operator import eq

from ledger.chain.balance import Balance, Tokens
from ledger.custody.state import decode
from ledger.errors import FormatError, NotVerified, Refusal
from ledger.identity.registration import Registration
from ledger.log.merkle import HASH_BYTES
from ledger.store import tables
from ledger.store.database import Connection, Row
from ledger.store.packs import packs_by_thousands
from ledger.store.registry import count_registered, recalled_by, registered_row, row_of
from ledger.store.sound import typed_columns

__all__ = [
    "agrees", "check_packs", "check_recall", "check_registration", "counts_agree",
]  # fmt: skip


def check_registration(connection: Connection, registration: Registration, index: int) -> str | None:
    """Require that the row which a registration put in force says the same still; return the row's table.

    Raises:
        NotVerified: `registration-altered` at the registration's log index.
    """
    try:
        made = row_of(connection, registration, index)
    except Refusal as refusal:
        raise NotVerified("registration-altered", refusal.detail, index=index) from None
    if made is None:
        return None
    table, expected = made
    if registered_row(connection, table, index) != expected:
        raise NotVerified("registration-altered", f"the row of this {table.name}", index=index)
    return table.name


def check_recall(connection: Connection, product: str, batches: Sequence[str], index: int) -> None:
    """Require that a recall paper put exactly these batches of a product under recall.

    Raises:
        NotVerified: `registration-altered` at the paper's log index.
    """
    if recalled_by(connection, index) != [(product, batch) for batch in batches]:
        raise NotVerified("registration-altered", "the rows of this recall", index=index)


def counts_agree(connection: Connection, registered: Mapping[str, int]) -> bool:
    """Say whether the registry's tables hold as many rows as statements put there."""
    return all(count == registered.get(name, 0) for name, count in count_registered(connection))


def check_packs(connection: Connection, balance: Balance) -> Iterator[tuple[int, bool]]:
    """Take the last token of every pack's chain into the balance, some thousand rows at a time.

    Yields:
        Of these rows: how many, and whether the columns of each agree with each other.
    """
    for rows in packs_by_thousands(connection):
        columns = typed_columns(tables.pack, rows)
        codes, states, holders, parents, seqs, heads, seals, positions, custodies = columns
        if {*map(len, heads)} != {HASH_BYTES}:
            yield len(rows), False
            continue
        place_of = {custody: at for at, custody in enumerate(dict.fromkeys(custodies))}
        custody_at = [place_of[custody] for custody in custodies]
        balance.take_in(
            Tokens(balance.names(codes), seqs, b"".join(heads), seals, positions, list(place_of), custody_at)
        )
        repeated = list(map(_repeated, place_of))
        said = zip(states, holders, parents, strict=True)
        yield len(rows), all(map(eq, said, [repeated[at] for at in custody_at]))


def agrees(row: Row) -> bool:
    """Say whether the columns of a row of `pack` that repeat its custody say the same."""
    return bool(row[1:4] == _repeated(row[8]))


def _repeated(custody: bytes) -> tuple[int, int, str | None] | None:
    """Return what columns repeat of a custody: state, holder and parent; None when it cannot be read."""
    try:
        found = decode(custody)
    except FormatError:
        return None
    return found.state, found.holder, found.parent
