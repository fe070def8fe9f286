"""What a witness does: cosign a log's new head, once it is found to extend all that was cosigned before.

A request of C2SP tlog-witness is

    old <size>                  the head that the witness cosigned last, or 0
    <hash in base64> …          the consistency proof from there, at most 63 lines
                                an empty line
    <checkpoint>                the new head, signed by the log

`examine` says what the answer is, by its HTTP status; where heads are kept is the caller's part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ledger.errors import FormatError, LedgerError, Misuse, NotVerified
from ledger.limits import PROOF_HASHES_MAX, WITNESS_REQUEST_BYTES_MAX
from ledger.log.checkpoint import Checkpoint, parse_checkpoint
from ledger.log.merkle import EMPTY_ROOT, HASH_BYTES, verify_consistency
from ledger.log.note import Note, VerifierKey, parse_note, signed_by
from ledger.log.spelling import print_base64, read_base64, read_decimal

__all__ = ["SIZE_MEDIA_TYPE", "Extension", "Rejection", "examine", "parse_extension", "print_extension"]

SIZE_MEDIA_TYPE: Final = "text/x.tlog.size"

_BAD_REQUEST: Final = 400
_FORBIDDEN: Final = 403
_NOT_FOUND: Final = 404
_CONFLICT: Final = 409
_UNPROCESSABLE: Final = 422


@dataclass(frozen=True, slots=True)
class Extension:
    """A request: a log's head, and the proof that it extends an older one.

    Attributes:
        old_size: of the head that the proof begins with.
        proof: hashes of 32 bytes, at most 63.
        note: the new checkpoint, as its note.
    """

    old_size: int
    proof: tuple[bytes, ...]
    note: bytes


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a head is not cosigned.

    Attributes:
        status: the HTTP status of tlog-witness.
        problem: what is wrong; a value here, because the request is somebody else's.
        size: with 409, that of the head cosigned last.
    """

    status: int
    problem: LedgerError
    size: int | None = None


def print_extension(extension: Extension) -> bytes:
    """Return the body of a request."""
    lines = "".join(f"{print_base64(value)}\n" for value in extension.proof)
    return f"old {extension.old_size}\n{lines}\n".encode() + extension.note


def parse_extension(data: bytes) -> Extension:
    """Read the body of a request, accepting only what `print_extension` would print.

    Raises:
        FormatError: `extension-malformed`.
    """
    if len(data) > WITNESS_REQUEST_BYTES_MAX:
        raise FormatError("extension-malformed", f"more than {WITNESS_REQUEST_BYTES_MAX} bytes")
    head, parted, note = data.partition(b"\n\n")
    try:
        first, *lines = head.decode("ascii").split("\n")
        if not parted or not first.startswith("old "):
            raise ValueError("not an old size, proof lines and an empty line")
        old_size = read_decimal(first.removeprefix("old "))
        proof = tuple(map(read_base64, lines))
    except ValueError as error:
        raise FormatError("extension-malformed", str(error)) from None
    if len(proof) > PROOF_HASHES_MAX or any(len(value) != HASH_BYTES for value in proof):
        raise FormatError("extension-malformed", "a hash that is not 32 bytes, or more than 63 of them")
    return Extension(old_size, proof, note)


def examine(
    extension: Extension, logs: Sequence[VerifierKey], kept: Checkpoint | None
) -> Checkpoint | Rejection:
    """Return the head to cosign, or why not. Who keeps it must let nobody come between this and the keeping.

    1. The note is a checkpoint: else 400.
    2. Its origin is a known log's: else 404.
    3. The log signed it, and nobody in its name did wrongly: else 403.
    4. Its size is not below the old size: else 400.
    5. The old size is that of the head cosigned last, or 0: else 409, and the right size.
    6. It extends that head: else 422.

    Args:
        extension: the request.
        logs: keys of the logs, each named like its origin; several may be of one log.
        kept: the head of this log that was cosigned last.
    """
    # 1. 2. 3.
    checkpoint = _signed(extension.note, logs)
    if isinstance(checkpoint, Rejection):
        return checkpoint
    # 4. "The old size MUST be equal to or lower than the checkpoint size."
    if extension.old_size > checkpoint.size:
        return Rejection(_BAD_REQUEST, Misuse("extension-backwards"))
    # 5. "… matches the size of the latest checkpoint it cosigned for the checkpoint's origin (or zero …)".
    last = Checkpoint(checkpoint.origin, 0, EMPTY_ROOT) if kept is None else kept
    if extension.old_size != last.size:
        return Rejection(_CONFLICT, Misuse("extension-behind"), last.size)
    # 6.
    if not _extends(checkpoint, last, extension.proof):
        return Rejection(_UNPROCESSABLE, NotVerified("consistency-proof-wrong"))
    return checkpoint


def _signed(data: bytes, logs: Sequence[VerifierKey]) -> Checkpoint | Rejection:
    # 1.
    try:
        note = parse_note(data)
        checkpoint = parse_checkpoint(note.text)
    except FormatError as error:
        return Rejection(_BAD_REQUEST, error)
    # 2. tlog-witness: "If the checkpoint origin is unknown, the witness MUST respond with a 404".
    keys = [vkey for vkey in logs if vkey.name == checkpoint.origin]
    if not keys:
        return Rejection(_NOT_FOUND, Misuse("log-unknown"))
    # 3. "If none of the signatures verify against a trusted public key, … 403"; signed-note spoils the note for one.
    fault = _unsigned(note, keys)
    return checkpoint if fault is None else Rejection(_FORBIDDEN, fault)


def _unsigned(note: Note, keys: Sequence[VerifierKey]) -> LedgerError | None:
    """Return what is wrong with the log's own signature; None when one holds and none fails."""
    faults: list[LedgerError] = []
    for vkey in keys:
        try:
            signed_by(note, vkey)
        except NotVerified as error:
            if error.code != "note-unsigned":
                return error
            faults.append(error)
    return faults[0] if len(faults) == len(keys) else None


def _extends(new: Checkpoint, last: Checkpoint, proof: Sequence[bytes]) -> bool:
    if last.size == 0:
        # "The proof MUST be empty if the old size is zero"; there is one empty tree only.
        return not proof and (new.size > 0 or new.root == EMPTY_ROOT)
    try:
        verify_consistency(last.size, last.root, new.size, new.root, proof)
    except NotVerified:
        return False
    return True
