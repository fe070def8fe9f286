"""Checkpoints: a log's signed head (C2SP tlog-checkpoint).

    <origin>                    ledger.example/2027
    <size>                      20852163
    <root in base64>            CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

Extension lines may follow, and are kept; we write none. The log's key is named like its origin.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger.errors import FormatError, Misuse, NotVerified
from ledger.limits import LOG_SIZE_MAX
from ledger.log.keys import PrivateKey
from ledger.log.merkle import EMPTY_ROOT, HASH_BYTES
from ledger.log.note import ED25519, Note, VerifierKey, parse_note, sign_note, signed_by
from ledger.log.spelling import print_base64, read_base64, read_decimal

__all__ = [
    "Checkpoint",
    "open_checkpoint", "parse_checkpoint", "print_checkpoint", "sign_checkpoint", "verify_checkpoint",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log's head.

    Attributes:
        origin: which log; one line.
        size: leaves in its tree.
        root: of the tree, 32 bytes.
        extensions: further lines, none of them empty.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()


def print_checkpoint(checkpoint: Checkpoint) -> str:
    """Return the checkpoint as the text of a note."""
    size, root = str(checkpoint.size), print_base64(checkpoint.root)
    return "".join(f"{line}\n" for line in (checkpoint.origin, size, root, *checkpoint.extensions))


def parse_checkpoint(text: str) -> Checkpoint:
    """Read a checkpoint from the text of a note, accepting only what `print_checkpoint` would print.

    Raises:
        FormatError: `checkpoint-malformed`.
    """
    lines = text.split("\n")  # str.splitlines would also part at U+2028 and others
    if len(lines) < 4 or lines.pop() or not all(lines):
        raise FormatError("checkpoint-malformed", "not three or more full lines, each ended by a newline")
    origin, size_text, root_text, *extensions = lines
    try:
        size, root = read_decimal(size_text), read_base64(root_text)
    except ValueError as error:
        raise FormatError("checkpoint-malformed", f"size or root is {error}") from None
    if len(root) != HASH_BYTES or size > LOG_SIZE_MAX:
        raise FormatError("checkpoint-malformed", "a root that is not 32 bytes, or a size beyond every log's")
    return Checkpoint(origin, size, root, tuple(extensions))


def sign_checkpoint(checkpoint: Checkpoint, key: PrivateKey) -> bytes:
    """Return the note of a checkpoint, signed by the Ed25519 key that is named like its origin.

    A log must never sign two checkpoints that do not extend each other; that is the caller's part.

    Raises:
        Misuse: `log-value-unfit` when it would not read back.
        FormatError: `vkey-malformed` when the origin cannot name a key, or the key is not Ed25519.
    """
    text = print_checkpoint(checkpoint)
    try:
        if parse_checkpoint(text) != checkpoint:
            raise Misuse("log-value-unfit", "a line holds a newline")
    except FormatError as error:
        raise Misuse("log-value-unfit", error.detail) from None
    return sign_note(text, checkpoint.origin, key)


def open_checkpoint(data: bytes, origin: str, vkey: VerifierKey) -> Checkpoint:
    """Return the checkpoint in a note, once it is found to be the log's word.

    That the log says the same to everyone is what witnesses are for: see `ledger.log.cosignature`.

    Raises:
        FormatError: `note-malformed`, `checkpoint-malformed`.
        NotVerified: `note-unsigned`, `note-signature-wrong`, `checkpoint-other-log`, `checkpoint-wrong`.
    """
    return verify_checkpoint(parse_note(data), origin, vkey)


def verify_checkpoint(note: Note, origin: str, vkey: VerifierKey) -> Checkpoint:
    """Return the checkpoint in a note that is taken apart already.

    1. The note is signed by the log's key.
    2. Its text is a checkpoint.
    3. The checkpoint is of the expected log.
    4. A log without leaves has the root that says so.

    Raises:
        Misuse: `log-value-unfit` when the key is a cosigner's.
        FormatError: `checkpoint-malformed`.
        NotVerified: as for `open_checkpoint`.
    """
    if vkey.kind != ED25519:
        raise Misuse("log-value-unfit", "a checkpoint is signed by an Ed25519 note key, not by a cosigner's")
    # 1. C2SP signed-note: the text MUST be ignored unless a trusted key's signature has been verified.
    signed_by(note, vkey)
    # 2. C2SP tlog-checkpoint, "Note text".
    checkpoint = parse_checkpoint(note.text)
    # 3. The same key may sign for several logs.
    if checkpoint.origin != origin:
        raise NotVerified("checkpoint-other-log", f"a checkpoint of {checkpoint.origin}")
    # 4. RFC 9162 §2.1.1: the hash of an empty list is the hash of an empty string.
    if checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT:
        raise NotVerified("checkpoint-wrong", "no leaves, and yet another root than that of no leaves")
    return checkpoint
