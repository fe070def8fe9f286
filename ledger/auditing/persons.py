"""Personal data, compared with what the log says of it: keys whole or destroyed, parts in their places.

Ciphertexts can outlive their keys; that is what erasing means. What can still be asked of them then is that
they are the ones that the seal commits to.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from hashlib import sha256
from operator import itemgetter
from typing import NamedTuple

from ledger.chain.seal import confidential_leaf
from ledger.errors import LedgerError, NotVerified
from ledger.identity.vault import Vault
from ledger.log.merkle import root_of
from ledger.store.database import Connection
from ledger.store.persons import (
    PersonKey,
    all_persons,
    confidential_between,
    first_confidential,
    person_keys,
)

__all__ = ["NamedPart", "SealedParts", "check_confidential", "check_persons"]


class NamedPart(NamedTuple):
    """A confidential part that a body names: log index and leaf hash of the statement, digest of the part."""

    entry: int
    leaf: bytes
    digest: bytes


class SealedParts(NamedTuple):
    """What a seal (log index) commits to: the root over the encrypted parts, in hex, and who names them."""

    seal: int
    root: str
    named: list[NamedPart]


def check_confidential(
    connection: Connection, vault: Vault | None, first: int, seals: Sequence[SealedParts]
) -> None:
    """Require that each statement's confidential part is there and is the one that its body names.

    A part older than its person's last erasure must stay closed, also to the key that the person has now.

    Args:
        connection: where the tables are.
        vault: opens the parts; None leaves unchecked what is in them.
        first: the first log index of the stretch.
        seals: the stretch, seal by seal.

    Raises:
        NotVerified: `confidential-missing`, `confidential-unexpected`, `confidential-altered`,
            `person-missing`, `person-key-altered`, `erasure-unsigned`, `erasure-undone`, each at the
            statement's log index; `confidential-altered` at the seal when nothing tells which part it is.
    """
    end = seals[-1].seal + 1 if seals else first
    rows = list(confidential_between(connection, first, end))
    persons = person_keys(connection, sorted({person for _, person, _ in rows}))
    done = 0
    for sealed in seals:
        end = bisect_right(rows, sealed.seal, lo=done, key=itemgetter(0))
        _check_seal(vault, persons, sealed, rows[done:end])
        done = end


def _check_seal(
    vault: Vault | None,
    persons: Mapping[bytes, PersonKey],
    sealed: SealedParts,
    rows: Sequence[tuple[int, bytes, bytes]],
) -> None:
    stored = {index: (person, part) for index, person, part in rows}
    closed: list[int] = []
    for named in sealed.named:
        found = stored.pop(named.entry, None)
        if found is None:
            raise NotVerified("confidential-missing", index=named.entry)
        if found[0] not in persons:
            raise NotVerified("person-missing", index=named.entry)
        if not _opens(vault, *found, persons[found[0]], named):
            closed.append(named.entry)
    if stored:
        raise NotVerified("confidential-unexpected", index=min(stored))
    if root_of(confidential_leaf(*row) for row in rows).hex() != sealed.root:
        raise NotVerified("confidential-altered", index=min(closed, default=sealed.seal))


def _opens(vault: Vault | None, person: bytes, part: bytes, key: PersonKey, named: NamedPart) -> bool:
    """Open a part and compare it with its digest; say whether it could and might be opened."""
    erased = named.entry < key.erased
    if key.wrapped is None and not erased:
        raise NotVerified("erasure-unsigned", "the key of this part is gone", index=named.entry)
    if key.wrapped is None or vault is None:
        return False
    try:
        text = vault.open(vault.data_key(person, key.wrapped), part, named.leaf)
    except LedgerError as error:
        if erased and error.code == "confidential-altered":
            return False
        error.index = named.entry
        raise
    if erased:
        raise NotVerified("erasure-undone", "a destroyed key is back", index=named.entry)
    if sha256(text).digest() != named.digest:
        raise NotVerified("confidential-altered", index=named.entry)
    return True


def check_persons(connection: Connection, vault: Vault | None, erased: Mapping[bytes, int]) -> None:
    """Require that each person's key is whole, and that keys were destroyed when statements say so.

    Args:
        connection: where the tables are.
        vault: unwraps the keys; None leaves them unchecked.
        erased: log index of the last erasure of each person that one names.

    Raises:
        NotVerified: `erasure-unsigned`, `erasure-undone`, `person-key-altered`, `person-missing`: at the
            erasure's log index, else at the first statement with a part of this person; at none when there is none.
    """
    remaining = dict(erased)
    for person, key in all_persons(connection):
        signed = remaining.pop(person, 0)
        if key.erased != signed:
            code = "erasure-undone" if signed else "erasure-unsigned"
            raise NotVerified(code, index=signed or first_confidential(connection, person))
        if key.wrapped is None and not signed:
            raise NotVerified("erasure-unsigned", index=first_confidential(connection, person))
        if key.wrapped is not None and vault is not None:
            try:
                vault.data_key(person, key.wrapped)
            except NotVerified as error:
                error.index = signed or first_confidential(connection, person)
                raise
    if remaining:
        raise NotVerified("person-missing", "an erasure names nobody", index=min(remaining.values()))
