"""The heads that a witness cosigned last: one file a log, named by the hash of its origin.

A file holds the checkpoint as a note, signed by the log and cosigned by the witness. It is on disk before the
cosignature leaves; a witness whose folder is lost or restored may cosign another history, and is a new witness.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from ledger.clock import Clock
from ledger.durable import locked, replace_file
from ledger.errors import NotVerified, Unavailable
from ledger.log.checkpoint import Checkpoint, parse_checkpoint
from ledger.log.cosignature import cosign, verify_cosignatures
from ledger.log.keys import PrivateKey
from ledger.log.note import COSIGNATURE, VerifierKey, add_signatures, parse_note
from ledger.log.witness import Extension, Rejection, examine

__all__ = ["Witness"]


class Witness:
    """Cosigns heads of known logs. Safe to share between threads; several processes may share the folder.

    Args:
        name: of the witness, like witness.example/w1.
        key: its own, used for nothing else.
        logs: keys of the logs.
        folder: where it keeps what it cosigned last; it exists.
        clock: the time of a cosignature.
    """

    def __init__(
        self, name: str, key: PrivateKey, logs: Sequence[VerifierKey], folder: Path, clock: Clock
    ) -> None:
        self.vkey = VerifierKey(name, COSIGNATURE, key.public)
        self._key = key
        self._logs = tuple(logs)
        self._folder = folder
        self._clock = clock
        self._paths = {_file_of(log.name) for log in logs}

    def add_checkpoint(self, extension: Extension) -> str | Rejection:
        """Cosign a head and keep it, or say why not; returns the signature line.

        Raises:
            Unavailable: `witness-state-failed`; nothing was cosigned.
            NotVerified: `witness-state-altered` when what was kept is no longer what this witness cosigned.
        """
        try:
            with locked(self._folder) as folder:  # nobody comes between the look at the old size and the new file
                accepted = examine(extension, self._logs, self._kept(extension))
                if isinstance(accepted, Rejection):
                    return accepted
                line = cosign(extension.note, self.vkey.name, self._key, self._clock())
                path = self._folder / _file_of(accepted.origin)
                replace_file(path, add_signatures(extension.note, [line]), folder)
        except OSError as error:
            raise Unavailable("witness-state-failed", str(error.strerror)) from None
        return line

    def _kept(self, extension: Extension) -> Checkpoint | None:
        origin = extension.note.partition(b"\n")[0].decode("utf-8", "replace")
        note = self.newest(_file_of(origin)) if any(log.name == origin for log in self._logs) else None
        if note is None:
            return None
        parsed = parse_note(note)
        checkpoint = parse_checkpoint(parsed.text)
        if checkpoint.origin != origin or not verify_cosignatures(parsed, [self.vkey]):
            raise NotVerified("witness-state-altered", f"the file of {origin} is not as this witness wrote it")
        return checkpoint

    def newest(self, name: str) -> bytes | None:
        """Return the head cosigned last of the log whose origin has this SHA-256, in hex; None when there is none.

        Raises:
            Unavailable: `witness-state-failed`.
        """
        if name not in self._paths:
            return None
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Unavailable("witness-state-failed", str(error.strerror)) from None


def _file_of(origin: str) -> str:
    return sha256(origin.encode()).hexdigest()
