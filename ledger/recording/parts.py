"""Confidential parts on their way into the store: encrypted for the person they speak of."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.chain.seal import confidential_leaf
from ledger.clock import Randomness
from ledger.opening import Ledger
from ledger.recording.admit import Admitted
from ledger.store.database import Connection, Row
from ledger.store.persons import PersonKey, insert_confidential, person_keys, put_persons

__all__ = ["Parts"]


class Parts:
    """Collects the confidential parts of one transaction, and the keys that it makes or destroys."""

    def __init__(self, ledger: Ledger, connection: Connection, random: Randomness) -> None:
        self._ledger = ledger
        self._connection = connection
        self._random = random
        self._known: dict[bytes, PersonKey] = {}
        self._keys: dict[bytes, AESGCM] = {}
        self._changed: dict[bytes, PersonKey] = {}
        self._rows: list[Row] = []

    def fetch(self, admitted: Sequence[Admitted]) -> None:
        """Read the wrapped keys of every person that these submissions speak of."""
        persons = {self._pseudonym(answer) for answer in admitted if answer.confidential is not None}
        if persons:
            self._known.update(person_keys(self._connection, sorted(persons)))

    def _pseudonym(self, answer: Admitted) -> bytes:
        assert answer.confidential is not None
        patient = answer.confidential.patient
        return self._ledger.vault.pseudonym(patient.id_type, patient.id_number)

    def add(self, answer: Admitted, index: int) -> None:
        """Encrypt the confidential part of the statement at this log index, if it has one."""
        part = answer.submission.confidential
        if part is None:
            return
        pseudonym = self._pseudonym(answer)
        sealed = self._ledger.vault.seal(self._key(pseudonym), part, answer.leaf, self._random)
        self._rows.append((index, pseudonym, sealed))

    def _key(self, pseudonym: bytes) -> AESGCM:
        key = self._keys.get(pseudonym)
        if key is None:
            wrapped, erased = self._known.get(pseudonym, PersonKey(None, 0))
            if wrapped is None:
                wrapped = self._ledger.vault.new_person(pseudonym, self._random)
                self._known[pseudonym] = self._changed[pseudonym] = PersonKey(wrapped, erased)
            key = self._keys[pseudonym] = self._ledger.vault.data_key(pseudonym, wrapped)
        return key

    def erase(self, pseudonym: bytes, index: int) -> None:
        """Destroy a person's key, by the erasure at this log index: what is older stays closed for good."""
        self._keys.pop(pseudonym, None)
        self._known[pseudonym] = self._changed[pseudonym] = PersonKey(None, index)

    def leaves(self) -> list[bytes]:
        """Return what the seal commits to of the parts, in order."""
        return [confidential_leaf(*row) for row in self._rows]

    def write(self) -> None:
        """Write the keys and the parts."""
        put_persons(self._connection, sorted(self._changed.items()))
        insert_confidential(self._ledger.database, self._connection, self._rows)
