"""Notes: text signed by one or more keys (C2SP signed-note).

    <text, one or more lines>
                                                    one empty line
    — <key name> <base64 of key id and signature>   one line a signature

A note's text is ignored until a known key's signature holds. Signatures by unknown keys are carried along;
one failing signature by a known key spoils the note.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from ledger.errors import FormatError, Misuse, NotVerified
from ledger.limits import NOTE_BYTES_MAX, NOTE_SIGNATURES_MAX
from ledger.log.keys import EDDSA, PrivateKey, PublicKey
from ledger.log.spelling import print_base64, read_base64

__all__ = [
    "COSIGNATURE", "ED25519", "Note", "NoteSignature", "VerifierKey",
    "add_signatures", "parse_note", "parse_signature", "parse_vkey", "print_note", "sign_note", "signed_by",
]  # fmt: skip

# Signature types (C2SP signed-note, "Signature types").
ED25519: Final = 0x01  # over the note's text
COSIGNATURE: Final = 0x04  # by a witness, with its time; see `ledger.log.cosignature`

_DASH = "\u2014 "
_NOT_IN_NAMES = re.compile(r"[+\s\x00-\x1f\ud800-\udfff]")
_NOT_IN_NOTES = re.compile(r"[\x00-\x09\x0b-\x1f]")


def _is_key_name(name: str) -> bool:
    """Tell whether `name` may name a key: not empty; no plus, space of any script, or control character."""
    return bool(name) and not _NOT_IN_NAMES.search(name)


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A named key that verifies notes; its text form is the vkey.

    Attributes:
        name: for a log, its origin; for a witness, its name.
        kind: ED25519 or COSIGNATURE.
        key: an Ed25519 key.

    Raises:
        FormatError: `vkey-malformed`.
    """

    name: str
    kind: int
    key: PublicKey

    def __post_init__(self) -> None:
        if not _is_key_name(self.name):
            raise FormatError("vkey-malformed", "a key name is empty, or holds a space or a plus")
        if self.kind not in (ED25519, COSIGNATURE) or self.key.alg != EDDSA:
            raise FormatError("vkey-malformed", "neither an Ed25519 note key nor a cosigner's")

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256(name, newline, kind, public key)."""
        return sha256(self.name.encode() + b"\n" + self._kind_and_key()).digest()[:4]

    def _kind_and_key(self) -> bytes:
        return bytes((self.kind,)) + self.key.raw

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{print_base64(self._kind_and_key())}"


def parse_vkey(text: str) -> VerifierKey:
    """Read a vkey, `<name>+<key id in hex>+<base64 of kind and key>`.

    Raises:
        FormatError: `vkey-malformed`; `key-weak` for a point that is no sound key.
    """
    name, _, rest = text.partition("+")
    _, _, data = rest.partition("+")  # the key id is compared below, by printing it
    try:
        kind_and_key = read_base64(data)
    except ValueError as error:
        raise FormatError("vkey-malformed", str(error)) from None
    if len(kind_and_key) != 33:
        raise FormatError("vkey-malformed", "not one byte for the kind and 32 for the key")
    vkey = VerifierKey(name, kind_and_key[0], PublicKey.load(EDDSA, kind_and_key[1:]))
    if str(vkey) != text:
        raise FormatError("vkey-malformed", "the key id is not that of this name and key")
    return vkey


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line.

    Attributes:
        name: of the key, as the line says.
        key_id: 4 bytes.
        signature: what follows the key id; at least one byte.
    """

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"{_DASH}{self.name} {print_base64(self.key_id + self.signature)}"

    def claims(self, vkey: VerifierKey) -> bool:
        """Tell whether this line says that it is by `vkey`."""
        return self.name == vkey.name and self.key_id == vkey.key_id


@dataclass(frozen=True, slots=True)
class Note:
    """A note taken apart; nothing of it is believed yet.

    Attributes:
        text: what is signed; ends with a newline.
        signatures: one or more, in the note's order.
    """

    text: str
    signatures: tuple[NoteSignature, ...]


def print_note(note: Note) -> bytes:
    """Return the note's bytes."""
    lines = "".join(f"{each}\n" for each in note.signatures)
    return f"{note.text}\n{lines}".encode()


def parse_note(data: bytes) -> Note:
    """Take a note apart, accepting only what `print_note` would print.

    Raises:
        FormatError: `note-malformed`.
    """
    if len(data) > NOTE_BYTES_MAX:
        raise FormatError("note-malformed", f"more than {NOTE_BYTES_MAX} bytes")
    text, lines = _split(_decode(data))
    if len(lines) > NOTE_SIGNATURES_MAX:
        raise FormatError("note-malformed", f"more than {NOTE_SIGNATURES_MAX} signatures")
    return Note(text, tuple(parse_signature(line) for line in lines))


def _decode(data: bytes) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatError("note-malformed", f"not UTF-8 at byte {error.start}") from None
    if _NOT_IN_NOTES.search(text):
        raise FormatError("note-malformed", "a control character other than newline")
    return text


def _split(whole: str) -> tuple[str, list[str]]:
    """Return text and signature lines, parted by the last empty line."""
    text, parted, lines = whole.rpartition("\n\n")
    if not parted or not lines.endswith("\n"):
        raise FormatError("note-malformed", "not text, an empty line and signature lines, with newlines")
    return text + "\n", lines[:-1].split("\n")


def parse_signature(line: str) -> NoteSignature:
    """Read one signature line, without its newline.

    Raises:
        FormatError: `note-malformed`.
    """
    name, _, data = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not _is_key_name(name):
        raise FormatError("note-malformed", "a signature line is not a dash, a key name and base64")
    try:
        blob = read_base64(data)
    except ValueError as error:
        raise FormatError("note-malformed", f"a signature is {error}") from None
    if len(blob) < 5:
        raise FormatError("note-malformed", "a signature line without a signature")
    return NoteSignature(name, blob[:4], blob[4:])


def sign_note(text: str, name: str, key: PrivateKey) -> bytes:
    """Return the note of `text` with one Ed25519 signature by the key of that name.

    Raises:
        Misuse: `log-value-unfit` when the text cannot be a note's.
        FormatError: `vkey-malformed` when the name or the key cannot sign notes.
    """
    vkey = VerifierKey(name, ED25519, key.public)
    try:
        signature = NoteSignature(name, vkey.key_id, key.sign(text.encode()))
        data = print_note(Note(text, (signature,)))
        if parse_note(data).text != text:
            raise Misuse("log-value-unfit", "the text does not end with one newline")
    except (FormatError, UnicodeEncodeError) as error:
        raise Misuse("log-value-unfit", getattr(error, "detail", "the text is not Unicode")) from None
    return data


def add_signatures(note: bytes, lines: Collection[str]) -> bytes:
    """Return the note with these signature lines after its own, but for those that it has already.

    Raises:
        FormatError: `note-malformed` when the note or a line is.
    """
    parsed = parse_note(note)
    new = [each for each in map(parse_signature, lines) if each not in parsed.signatures]
    data = print_note(Note(parsed.text, (*parsed.signatures, *new)))
    parse_note(data)
    return data


def signed_by(note: Note, vkey: VerifierKey) -> None:
    """Verify that the key signed the note's text.

    1. Every signature that claims to be by this key must hold.
    2. There must be one.

    Raises:
        NotVerified: `note-signature-wrong`, `note-unsigned`.
    """
    claimed = [each for each in note.signatures if each.claims(vkey)]
    # 1. C2SP signed-note: if a signature from a known key fails to verify, reject the whole note.
    if not all(vkey.key.verify(each.signature, note.text.encode()) for each in claimed):
        raise NotVerified("note-signature-wrong", f"a signature in the name of {vkey.name} does not hold")
    # 2. If no signature from a known key verifies, reject the note.
    if not claimed:
        raise NotVerified("note-unsigned", f"no signature by {vkey.name}")
