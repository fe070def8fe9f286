"""Tables beside the log, compared with what the log says: registrations, recalls, persons, packs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256

from ledger.chain.balance import Balance
from ledger.custody.state import decode
from ledger.errors import LedgerError, NotVerified, Refusal
from ledger.identity.registration import Registration
from ledger.identity.vault import Vault
from ledger.store.database import Connection, Row
from ledger.store.packs import packs_in_order
from ledger.store.persons import all_persons, confidential_between, wrapped_keys
from ledger.store.registry import count_registered, registered_row, row_of

__all__ = ["check_confidential", "check_counts", "check_packs", "check_persons", "check_registration"]

_PROGRESS_PACKS = 5_000


def check_registration(connection: Connection, registration: Registration, index: int) -> None:
    """Require that the row which a registration put in force says the same still.

    Raises:
        NotVerified: `registration-altered` at the registration's log index.
    """
    try:
        made = row_of(connection, registration, index)
    except Refusal as refusal:
        raise NotVerified("registration-altered", refusal.detail, index=index) from None
    if made is None:
        return
    table, expected = made
    if registered_row(connection, table, index) != expected:
        raise NotVerified("registration-altered", f"the row of this {table.name}", index=index)


def check_counts(connection: Connection, kinds: Mapping[str, int]) -> None:
    """Require that the registry holds no row that no statement made; `kinds` counts the statements.

    Raises:
        NotVerified: `registration-unsigned` at the log index that such a row claims.
    """
    for kind, count, newest in count_registered(connection):
        if count > kinds.get(kind, 0):
            raise NotVerified("registration-unsigned", f"a {kind} that nobody signed", index=newest)


def check_confidential(
    connection: Connection,
    vault: Vault | None,
    first: int,
    end: int,
    expected: Sequence[tuple[int, bytes, bytes]],
) -> None:
    """Require that each statement's confidential part is there and is the one that its body names.

    A part whose person was erased stays closed: its ciphertext must be there, and no more can be asked.

    Args:
        connection: where the tables are.
        vault: opens the parts; None leaves their content unchecked.
        first: the first log index of the stretch.
        end: the log index after the stretch.
        expected: (log index, leaf hash, digest) of each part that a body names, in order.

    Raises:
        NotVerified: `confidential-missing`, `confidential-unexpected`, `confidential-altered`,
            `person-missing`, `person-key-altered`, each at the statement's log index.
    """
    stored = {index: (person, sealed) for index, person, sealed in confidential_between(connection, first, end)}
    persons = wrapped_keys(connection, sorted({person for person, _ in stored.values()}))
    for index, leaf, digest in expected:
        found = stored.pop(index, None)
        if found is None:
            raise NotVerified("confidential-missing", index=index)
        person, sealed = found
        if person not in persons:
            raise NotVerified("person-missing", index=index)
        wrapped = persons[person]
        if vault is not None and wrapped is not None:
            _open(vault, person, wrapped, sealed, leaf, digest, index)
    if stored:
        raise NotVerified("confidential-unexpected", index=min(stored))


def _open(
    vault: Vault, person: bytes, wrapped: bytes, sealed: bytes, leaf: bytes, digest: bytes, index: int
) -> None:
    try:
        part = vault.open(vault.data_key(person, wrapped), sealed, leaf)
    except LedgerError as error:
        error.index = index
        raise
    if sha256(part).digest() != digest:
        raise NotVerified("confidential-altered", index=index)


def check_persons(connection: Connection, vault: Vault | None, erased: set[bytes]) -> None:
    """Require that each person's key is whole, or was destroyed by a statement.

    Raises:
        NotVerified: `erasure-unsigned` when a key is gone and no statement says so; `person-key-altered`.
    """
    for person, wrapped in all_persons(connection):
        if wrapped is None:
            if person not in erased:
                raise NotVerified("erasure-unsigned", f"person {person.hex()[:8]}…")
        elif vault is not None:
            vault.data_key(person, wrapped)


def check_packs(connection: Connection, balance: Balance, progress: Callable[[int], None]) -> int:
    """Take the last token of every pack's chain into the balance; return the number of packs.

    Raises:
        NotVerified: `pack-altered` at the seal that the row names, when its columns disagree with each other.
    """
    count = 0
    total = 0
    for row in packs_in_order(connection):
        total += _token_of(balance, row)
        count += 1
        if count % _PROGRESS_PACKS == 0:
            progress(count)
    balance.add(-total)
    return count


def _token_of(balance: Balance, row: Row) -> int:
    code, state, holder, parent, seq, head, seal, _, data = row
    custody = decode(data)
    if (state, holder, parent) != (custody.state, custody.holder, custody.parent):
        raise NotVerified("pack-altered", code, index=seal)
    return balance.token(code, seq + 1, head, data)
