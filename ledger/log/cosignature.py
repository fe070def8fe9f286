"""Cosignatures: witnesses vouch that they saw a log's head, and that it extends all they saw before.

A cosignature is a note signature of kind 0x04 (C2SP tlog-cosignature, cosignature/v1). Its signature field is
the time as 8 bytes big-endian and an Ed25519 signature over

    cosignature/v1
    time <seconds>
    <the checkpoint's text>

A log alone can show each reader another history. How many witnesses must have seen a head before it is
believed is a `Quorum`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from ledger.errors import Misuse, NotVerified
from ledger.limits import TIME_SECONDS_MAX
from ledger.log.checkpoint import Checkpoint, parse_checkpoint, verify_checkpoint
from ledger.log.keys import PrivateKey
from ledger.log.note import COSIGNATURE, Note, NoteSignature, VerifierKey, parse_note

__all__ = [
    "Cosignature", "Quorum", "WitnessedCheckpoint",
    "cosign", "open_witnessed", "unsafe_no_witnesses", "verify_cosignatures", "verify_witnessed",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A witness's word: it had seen the checkpoint at this time, in seconds since the epoch."""

    witness: VerifierKey
    time: int


@dataclass(frozen=True, slots=True)
class WitnessedCheckpoint:
    """A checkpoint with the verified cosignatures of known witnesses, one or more a witness."""

    checkpoint: Checkpoint
    cosignatures: tuple[Cosignature, ...]


Member: TypeAlias = "VerifierKey | Quorum"


@dataclass(frozen=True, slots=True)
class Quorum:
    """At least `threshold` of `members`, each a witness or a group of witnesses.

    Raises:
        Misuse: `quorum-empty` when nobody would be asked; `quorum-unfit` when it cannot be met, when somebody
            would be counted twice, or when a key is not a cosigner's.
    """

    threshold: int
    members: tuple[Member, ...]

    def __post_init__(self) -> None:
        if not self.members or self.met_by(()):
            raise Misuse("quorum-empty", "it asks nobody; unsafe_no_witnesses() says that on purpose")
        keys = [witness.key for witness in self.witnesses()]
        if self.threshold > len(self.members) or len(set(keys)) != len(keys):
            raise Misuse("quorum-unfit", "it asks for more members than it has, or counts a key twice")
        if any(witness.kind != COSIGNATURE for witness in self.witnesses()):
            raise Misuse("quorum-unfit", "a witness has a cosigner's key")

    def witnesses(self) -> Iterator[VerifierKey]:
        """Yield every witness of every group."""
        for member in self.members:
            if isinstance(member, Quorum):
                yield from member.witnesses()
            else:
                yield member

    def met_by(self, seen: Collection[VerifierKey]) -> bool:
        """Tell whether these witnesses are enough."""
        met = [m.met_by(seen) if isinstance(m, Quorum) else m in seen for m in self.members]
        return sum(met) >= self.threshold


class _Nobody(Quorum):
    """The quorum that everything meets."""

    __slots__ = ()

    def __post_init__(self) -> None:
        """Skip the checks that this one exists to evade."""


def unsafe_no_witnesses() -> Quorum:
    """Return the quorum that asks nobody.

    The log's own word is then enough, and it may tell each reader another story.
    """
    return _Nobody(0, ())


def cosign(note: bytes, witness: str, key: PrivateKey, time: int) -> str:
    """Return the signature line by which a witness vouches for the checkpoint in `note`.

    The witness has verified the log's signature and the consistency with all it cosigned before.

    Raises:
        FormatError: `note-malformed`, `checkpoint-malformed`, `vkey-malformed`.
        Misuse: `log-value-unfit` for a time that is none; it must not be 0 (C2SP tlog-cosignature).
    """
    if not 0 < time <= TIME_SECONDS_MAX:
        raise Misuse("log-value-unfit", "a time up to 1970 or after 9999")
    text = parse_note(note).text
    parse_checkpoint(text)
    vkey = VerifierKey(witness, COSIGNATURE, key.public)
    signature = time.to_bytes(8, "big") + key.sign(_to_sign(text, time))
    return str(NoteSignature(witness, vkey.key_id, signature))


def _to_sign(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def verify_cosignatures(note: Note, witnesses: Collection[VerifierKey]) -> tuple[Cosignature, ...]:
    """Return the cosignatures by these witnesses; the others' are passed over.

    Raises:
        NotVerified: `cosignature-wrong` when one in the name of a known witness does not hold.
    """
    found = []
    for witness in witnesses:
        for each in note.signatures:
            if not each.claims(witness):
                continue
            time, signature = int.from_bytes(each.signature[:8], "big"), each.signature[8:]
            holds = witness.key.verify(signature, _to_sign(note.text, time))
            if not holds or not 0 < time <= TIME_SECONDS_MAX:
                raise NotVerified("cosignature-wrong", f"one in the name of {witness.name} does not hold")
            found.append(Cosignature(witness, time))
    return tuple(found)


def open_witnessed(data: bytes, origin: str, vkey: VerifierKey, quorum: Quorum) -> WitnessedCheckpoint:
    """Return the checkpoint in a note, once the log and enough witnesses are found to stand behind it.

    Raises:
        FormatError: `note-malformed`, `checkpoint-malformed`.
        NotVerified: as for `open_checkpoint`, and `cosignature-wrong`, `quorum-not-met`.
    """
    return verify_witnessed(parse_note(data), origin, vkey, quorum)


def verify_witnessed(note: Note, origin: str, vkey: VerifierKey, quorum: Quorum) -> WitnessedCheckpoint:
    """Return the witnessed checkpoint in a note that is taken apart already.

    1. The log signed it: `verify_checkpoint`.
    2. Every cosignature by a known witness holds.
    3. They meet the quorum.

    Raises:
        FormatError, NotVerified: as for `open_witnessed`.
    """
    # 1. First the log: cosignatures vouch for checkpoints, not for texts.
    checkpoint = verify_checkpoint(note, origin, vkey)
    # 2. C2SP tlog-cosignature, "Format".
    cosignatures = verify_cosignatures(note, tuple(quorum.witnesses()))
    # 3. C2SP tlog-policy: a witness counts once, however often it cosigned.
    seen = {each.witness for each in cosignatures}
    if not quorum.met_by(seen):
        raise NotVerified("quorum-not-met", f"cosigned by {len(seen)} known witnesses")
    return WitnessedCheckpoint(checkpoint, cosignatures)
