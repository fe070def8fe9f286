"""Proof files, `.tlog-proof`: a leaf's place, its path and the checkpoint in one text (C2SP tlog-proof).

    c2sp.org/tlog-proof@v1
    extra <base64>                  left out when there is none
    index <index>
    <hash in base64>                one line a hash, the leaf's sibling first
                                    one empty line
    <the checkpoint's note, verbatim>

`extra` is not authenticated: what it says must be checked against the leaf.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ledger.errors import FormatError
from ledger.limits import NOTE_BYTES_MAX, PROOF_FILE_BYTES_MAX, PROOF_HASHES_MAX
from ledger.log.cosignature import Quorum, WitnessedCheckpoint, open_witnessed
from ledger.log.merkle import HASH_BYTES, verify_inclusion
from ledger.log.note import VerifierKey, parse_note
from ledger.log.spelling import print_base64, read_base64, read_decimal

__all__ = ["ProofFile", "parse_proof", "print_proof", "verify_proof"]

_HEADER: Final = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, slots=True)
class ProofFile:
    """A proof file taken apart; nothing of it is believed yet.

    Attributes:
        index: of the leaf.
        path: 32-byte hashes from the leaf's sibling upward.
        checkpoint: the note, as it stands in the file.
        extra: unauthenticated; empty when left out.
    """

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes = b""


def print_proof(proof: ProofFile) -> bytes:
    """Return the proof file's bytes."""
    lines = [_HEADER]
    if proof.extra:
        lines.append(f"extra {print_base64(proof.extra)}")
    lines.append(f"index {proof.index}")
    lines += map(print_base64, proof.path)
    return "".join(f"{line}\n" for line in lines).encode() + b"\n" + proof.checkpoint


def parse_proof(data: bytes) -> ProofFile:
    """Take a proof file apart, accepting only what `print_proof` would print.

    Raises:
        FormatError: `proof-malformed`, `note-malformed`.
    """
    if len(data) > PROOF_FILE_BYTES_MAX + NOTE_BYTES_MAX:
        raise FormatError("proof-malformed", f"more than {PROOF_FILE_BYTES_MAX + NOTE_BYTES_MAX} bytes")
    top, parted, checkpoint = data.partition(b"\n\n")
    if not parted:
        raise FormatError("proof-malformed", "no empty line before a checkpoint")
    try:
        header, *lines = top.decode("ascii").split("\n")
        if header != _HEADER:
            raise ValueError("a first line that is not c2sp.org/tlog-proof@v1")
        extra = _extra(lines)
        index = read_decimal(_labelled(lines.pop(0) if lines else "", "index "))
        path = tuple(map(read_base64, lines))
    except ValueError as error:
        detail = "not ASCII" if isinstance(error, UnicodeError) else str(error)
        raise FormatError("proof-malformed", f"before the checkpoint: {detail}") from None
    if len(path) > PROOF_HASHES_MAX or any(len(each) != HASH_BYTES for each in path):
        raise FormatError("proof-malformed", "a hash is not 32 bytes, or there are too many")
    parse_note(checkpoint)
    return ProofFile(index, path, checkpoint, extra)


def _extra(lines: list[str]) -> bytes:
    if not lines or not lines[0].startswith("extra "):
        return b""
    extra = read_base64(lines.pop(0).removeprefix("extra "))
    if not extra:
        raise ValueError("an empty extra line")
    return extra


def _labelled(line: str, label: str) -> str:
    if not line.startswith(label):
        raise ValueError("no line that begins with index")
    return line.removeprefix(label)


def verify_proof(
    proof: ProofFile, leaf_hash: bytes, origin: str, vkey: VerifierKey, quorum: Quorum
) -> WitnessedCheckpoint:
    """Verify that a witnessed head of the log holds this leaf, and return that head.

    1. The checkpoint stands: log and witnesses.
    2. The path leads from the leaf to the checkpoint's root.

    Raises:
        FormatError: `note-malformed`, `checkpoint-malformed`.
        NotVerified: as for `open_witnessed`, and `inclusion-proof-wrong` with the log index.
    """
    # 1. C2SP tlog-checkpoint and tlog-cosignature.
    witnessed = open_witnessed(proof.checkpoint, origin, vkey, quorum)
    # 2. RFC 9162 §2.1.3.2.
    head = witnessed.checkpoint
    verify_inclusion(leaf_hash, proof.index, head.size, proof.path, head.root)
    return witnessed
