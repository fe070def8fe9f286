"""Tables beside the log, compared with what the log says: registrations, recalls, persons, packs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256

from ledger.chain.balance import Balance
from ledger.custody.state import decode
from ledger.errors import FormatError, LedgerError, NotVerified, Refusal
from ledger.identity.registration import Registration
from ledger.identity.vault import Vault
from ledger.store.database import Connection, Row
from ledger.store.packs import packs_in_order
from ledger.store.persons import (
    all_persons,
    confidential_between,
    first_confidential,
    person_keys,
)
from ledger.store.registry import count_registered, recalled_by, registered_row, row_of

__all__ = [
    "agrees", "check_confidential", "check_packs", "check_persons", "check_recall", "check_registration",
    "counts_agree",
]  # fmt: skip

_PROGRESS_PACKS = 5_000


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


def check_confidential(
    connection: Connection,
    vault: Vault | None,
    first: int,
    end: int,
    expected: Sequence[tuple[int, bytes, bytes]],
) -> None:
    """Require that each statement's confidential part is there and is the one that its body names.

    A part older than its person's last erasure must stay closed, also to the key that the person has now:
    its ciphertext must be there, and no more can be asked.

    Args:
        connection: where the tables are.
        vault: opens the parts; None leaves their content unchecked.
        first: the first log index of the stretch.
        end: the log index after the stretch.
        expected: (log index, leaf hash, digest) of each part that a body names, in order.

    Raises:
        NotVerified: `confidential-missing`, `confidential-unexpected`, `confidential-altered`,
            `person-missing`, `person-key-altered`, `erasure-undone`, each at the statement's log index.
    """
    stored = {index: (person, sealed) for index, person, sealed in confidential_between(connection, first, end)}
    persons = person_keys(connection, sorted({person for person, _ in stored.values()}))
    for index, leaf, digest in expected:
        found = stored.pop(index, None)
        if found is None:
            raise NotVerified("confidential-missing", index=index)
        person, sealed = found
        if person not in persons:
            raise NotVerified("person-missing", index=index)
        wrapped, erased = persons[person]
        if wrapped is None:
            if index > erased:
                raise NotVerified("erasure-unsigned", "the key of this part is gone", index=index)
        elif vault is not None:
            try:
                part = _open(vault, person, wrapped, sealed, leaf, index)
            except NotVerified as fault:
                if fault.code == "confidential-altered" and index < erased:
                    continue
                raise
            if index < erased:
                raise NotVerified("erasure-undone", "a destroyed key is back", index=index)
            if sha256(part).digest() != digest:
                raise NotVerified("confidential-altered", index=index)
    if stored:
        raise NotVerified("confidential-unexpected", index=min(stored))


def _open(vault: Vault, person: bytes, wrapped: bytes, sealed: bytes, leaf: bytes, index: int) -> bytes:
    try:
        return vault.open(vault.data_key(person, wrapped), sealed, leaf)
    except LedgerError as error:
        error.index = index
        raise


def check_persons(connection: Connection, vault: Vault | None, erased: Mapping[bytes, int]) -> None:
    """Require that each person's key is whole, and that keys were destroyed when statements say so.

    Args:
        connection: where the tables are.
        vault: unwraps the keys; None leaves them unchecked.
        erased: log index of the last erasure of each person that one names.

    Raises:
        NotVerified: `erasure-unsigned`, `erasure-undone`, `person-key-altered`, `person-missing`: at the
            erasure's log index, else at the first statement with a part of this person.
    """
    remaining = dict(erased)
    for person, key in all_persons(connection):
        signed = remaining.pop(person, 0)
        if key.erased != signed:
            code = "erasure-undone" if signed else "erasure-unsigned"
            raise NotVerified(code, index=signed or _first(connection, person))
        if key.wrapped is None and not signed:
            raise NotVerified("erasure-unsigned", index=_first(connection, person))
        if key.wrapped is not None and vault is not None:
            try:
                vault.data_key(person, key.wrapped)
            except NotVerified as error:
                error.index = signed or _first(connection, person)
                raise
    if remaining:
        raise NotVerified("person-missing", "an erasure names nobody", index=min(remaining.values()))


def _first(connection: Connection, person: bytes) -> int:
    return first_confidential(connection, person) or 0


def check_packs(connection: Connection, balance: Balance, progress: Callable[[int], None]) -> tuple[int, bool]:
    """Take the last token of every pack's chain into the balance.

    Returns:
        The number of packs, and whether the columns of each row agree with each other.
    """
    count = 0
    total = 0
    agree = True
    for row in packs_in_order(connection):
        code, _, _, _, seq, head, seal, position, data = row
        total += balance.token(code, seq + 1, head, seal, position, data)
        agree = agree and agrees(row)
        count += 1
        if count % _PROGRESS_PACKS == 0:
            progress(count)
    balance.add(-total)
    return count, agree


def agrees(row: Row) -> bool:
    """Say whether the columns of a row of `pack` that repeat its custody say the same."""
    _, state, holder, parent, _, _, _, _, data = row
    try:
        custody = decode(data)
    except FormatError:
        return False
    return bool((state, holder, parent) == (custody.state, custody.holder, custody.parent))
