"""Persons in the lake: confidential parts are opened here, and leave as pseudonyms.

A part whose person was erased stays closed, and so does the pseudonym of an erased person who collected for
another: the part that names them is the other's. No value that was decrypted leaves `Pseudonyms.of`, and none
outlives its call.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.errors import NotVerified
from ledger.identity.vault import Vault
from ledger.papers.confidential import read_confidential
from ledger.reconcile.lake.batches import SealedPart
from ledger.store.database import Connection
from ledger.store.persons import person_keys

__all__ = ["Named", "Pseudonyms"]

_KEYS_MAX: Final = 100_000
_REGION_DIGITS: Final = 6


class Named(NamedTuple):
    """Whom a confidential part names, in hexadecimal pseudonyms; None where it says nothing.

    `region` is the county in which the patient lives, six digits: no pseudonym, and no nearer.
    """

    person: str
    prescriber: str | None
    pickup: str | None
    household: str | None
    street: str | None
    region: str | None

    @property
    def at_home(self) -> bool:
        """Whether anything is said about where the patient lives."""
        return self.household is not None or self.street is not None


class _Known(NamedTuple):
    """A person's data key, None when it was destroyed; and the log index of the last erasure, 0 for none."""

    key: AESGCM | None
    erased: int


class Pseudonyms:
    """Opens parts with the keys of one snapshot of the store.

    Attributes:
        erased: how many parts stayed closed, and how many collectors were left out, because of erasures.

    Args:
        connection: the snapshot.
        vault: None opens nothing.
    """

    def __init__(self, connection: Connection, vault: Vault | None) -> None:
        self.erased = 0
        self._connection = connection
        self._vault = vault
        self._keys: dict[bytes, _Known] = {}

    def of(self, parts: Sequence[SealedPart]) -> dict[int, Named]:
        """Return whom each of these parts names, by log index; without those that stay closed.

        Raises:
            NotVerified: `person-missing`, `person-key-altered`, `confidential-altered`, at the statement.
        """
        vault = self._vault
        if vault is None:
            return {}
        self._fetch(vault, {part.person for part in parts})
        words = _Words(vault)
        opened = {part.index: named for part in parts if (named := self._open(vault, words, part)) is not None}
        collectors = {bytes.fromhex(named.pickup) for named in opened.values() if named.pickup is not None}
        self._fetch(vault, collectors)
        for index, named in opened.items():
            if named.pickup is not None and index < self._erased_at(bytes.fromhex(named.pickup)):
                opened[index] = named._replace(pickup=None)
                self.erased += 1
        return opened

    def _fetch(self, vault: Vault, persons: set[bytes]) -> None:
        if len(self._keys) > _KEYS_MAX:
            self._keys.clear()
        missing = sorted(persons - self._keys.keys())
        for person, (wrapped, erased) in person_keys(self._connection, missing).items():
            self._keys[person] = _Known(None if wrapped is None else vault.data_key(person, wrapped), erased)

    def _erased_at(self, person: bytes) -> int:
        known = self._keys.get(person)
        return 0 if known is None else known.erased

    def _open(self, vault: Vault, words: _Words, part: SealedPart) -> Named | None:
        known = self._keys.get(part.person)
        if known is None:
            raise NotVerified("person-missing", index=part.index)
        if part.index < known.erased:
            self.erased += 1
            return None
        if known.key is None:
            raise NotVerified("erasure-unsigned", "the key of this part is gone", index=part.index)
        try:
            return _opened(vault, words, known.key, part)
        except NotVerified as error:
            error.index = part.index
            raise


class _Words:
    """Pseudonyms of what many parts name, for as long as these parts are being opened."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._known: dict[tuple[str, str], str] = {}

    def of(self, word: str, value: str | None) -> str | None:
        """Return the pseudonym of a value under a word; None for None."""
        if value is None:
            return None
        found = self._known.get((word, value))
        if found is None:
            found = self._known[word, value] = self._vault.pseudonym(word, value).hex()
        return found


def _opened(vault: Vault, words: _Words, key: AESGCM, part: SealedPart) -> Named:
    fields = read_confidential(vault.open(key, part.sealed, part.leaf))
    pickup, residence = fields.pickup, fields.residence
    # The kinds of documents are a closed list, so that no person's number can meet these words.
    return Named(
        part.person.hex(),
        words.of("prescriber", fields.prescriber),
        None if pickup is None else words.of(pickup.id_type, pickup.id_number),
        words.of("household", fields.household),
        words.of("street", residence),
        None if residence is None else residence[:_REGION_DIGITS],
    )
