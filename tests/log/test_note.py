"""Signed notes: other people's notes, and what is done to ours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import FormatError, NotVerified
from ledger.log.keys import ES256
from ledger.log.note import (
    COSIGNATURE,
    ED25519,
    Note,
    NoteSignature,
    VerifierKey,
    add_signatures,
    parse_note,
    parse_vkey,
    print_note,
    sign_note,
    signed_by,
)
from tests.log.attacks import flipped, must_refuse, private_key

# The example in the documentation of Go's golang.org/x/mod/sumdb/note.
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = """If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
""".encode()
# The example in C2SP signed-note: its text holds an empty line.
C2SP_NOTE = """Ognuno sta solo sul cuor della terra
trafitto da un raggio di sole:

ed è subito sera.

— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=
""".encode()  # noqa: E501  a note cannot be broken

NAME = "ledger.example/2027"
KEY = private_key(1)
VKEY = VerifierKey(NAME, ED25519, KEY.public)
NOTE = sign_note("one\n\ntwo\n", NAME, KEY)


def test_go_verifies_the_same() -> None:
    """The note of Go's documentation verifies under its key, and both print back."""
    vkey = parse_vkey(GO_VKEY)
    assert str(vkey) == GO_VKEY
    signed_by(parse_note(GO_NOTE), vkey)
    assert print_note(parse_note(GO_NOTE)) == GO_NOTE
    for mutant in flipped(GO_NOTE):
        with pytest.raises((FormatError, NotVerified)):
            signed_by(parse_note(mutant), vkey)


def test_the_last_empty_line_parts_text_and_signatures() -> None:
    """The C2SP example, whose text has an empty line, is taken apart at the right one and prints back."""
    note = parse_note(C2SP_NOTE)
    assert note.text.endswith("di sole:\n\ned è subito sera.\n")
    assert note.signatures[0].name == "quasimodo.example/salvatore"
    assert print_note(note) == C2SP_NOTE


def test_our_notes() -> None:
    """A note that we sign verifies, and any flipped bit spoils it."""
    signed_by(parse_note(NOTE), VKEY)
    for mutant in flipped(NOTE):
        with pytest.raises((FormatError, NotVerified)):
            signed_by(parse_note(mutant), VKEY)


LINE = NOTE.decode().split("\n\n")[-1]


@pytest.mark.parametrize(
    "note",
    [
        "", "\n", "\n\n", "text\n", "text\n\n", "text\n" + LINE, "text\n\n" + LINE[:-1], "text\n\n\n", LINE,
        "text\n\n" + LINE + "\n", "text\n\n" + LINE + "x\n", "te\rxt\n\n" + LINE, "text\r\n\r\n" + LINE,
        "te\0xt\n\n" + LINE, "te\tt\n\n" + LINE, "text\n\n" + LINE.replace("—", "-"),
        "text\n\n" + LINE.replace("— ", "—"), "text\n\n" + LINE.replace("— ", "—  "),
        "text\n\n" + LINE.replace(NAME, ""), "text\n\n" + LINE.replace("/", "+", 1),
        "text\n\n" + LINE.replace("/", "\u2003", 1), "text\n\n" + LINE.replace("=\n", "\n"),
        "text\n\n" + LINE.replace("=\n", "==\n"), "text\n\n" + LINE[:-1] + " \n", "text\n\n— a AAAAAA==\n",
        "text\n\n— a AAAAAAB=\n", "text\n\n— a \n", "text\n\n— a AAAA-_A=\n", "text\n\n" + LINE * 101,
        "text\u2028\u2028" + LINE, "x" * 70_000 + "\n\n" + LINE,
    ],
)  # fmt: skip
def test_what_is_no_note(note: str) -> None:
    """Missing parts, other line ends, controls, other dashes, second spellings of base64: all refused."""
    must_refuse("note-malformed", call=lambda: parse_note(note.encode()))


def test_bytes_that_are_not_utf8() -> None:
    """Overlong and broken UTF-8 and encoded surrogates are refused."""
    for bad in (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xe2\x80"):
        must_refuse("note-malformed", call=lambda b=bad: parse_note(b + NOTE))


@given(st.binary(max_size=200), st.integers(0, len(NOTE)))
def test_what_is_accepted_prints_back(noise: bytes, at: int) -> None:
    """Bytes put anywhere into a note make it refused, or are kept exactly."""
    data = NOTE[:at] + noise + NOTE[at:]
    try:
        note = parse_note(data)
    except FormatError:
        return
    assert print_note(note) == data


def test_one_false_signature_spoils_a_note() -> None:
    """A signature in a known key's name that fails is not outweighed by one that holds."""
    false = NoteSignature(NAME, VKEY.key_id, bytes(64))
    for order in ([str(false)], []):
        data = add_signatures(NOTE, order)
        if order:
            must_refuse("note-signature-wrong", call=lambda d=data: signed_by(parse_note(d), VKEY))
        else:
            signed_by(parse_note(data), VKEY)


def test_unknown_signatures_are_passed_over() -> None:
    """Another key with our name, or our key id under another name, neither helps nor harms."""
    stranger = VerifierKey(NAME, ED25519, private_key(2).public)
    lines = [
        str(NoteSignature(NAME, stranger.key_id, bytes(64))),
        str(NoteSignature("other.example", VKEY.key_id, bytes(9))),
    ]
    signed_by(parse_note(add_signatures(NOTE, lines)), VKEY)
    only = print_note(Note("one\n\ntwo\n", parse_note(add_signatures(NOTE, lines)).signatures[1:]))
    must_refuse("note-unsigned", call=lambda: signed_by(parse_note(only), VKEY))


def test_signatures_are_added_once() -> None:
    """A line that the note has is not added again, one that is none is refused; 100 are accepted."""
    line = parse_note(NOTE).signatures[0]
    assert add_signatures(NOTE, [str(line)]) == NOTE
    for bad in ("", "text", f"{line}\n", f"{line}\n{line}", f"\n{line}", str(line)[1:]):
        must_refuse("note-malformed", call=lambda b=bad: add_signatures(NOTE, [b]))
    many = [str(NoteSignature(f"w{n}.example", b"1234", b"s")) for n in range(100)]
    assert len(parse_note(add_signatures(NOTE, many[:99])).signatures) == 100
    must_refuse("note-malformed", call=lambda: add_signatures(NOTE, many))


@pytest.mark.parametrize("text", ["", "text", "a\n\n\x1f\n", "\t\n", "\ud800\n", "x" * 70_000 + "\n"])
def test_texts_that_no_note_can_have(text: str) -> None:
    """A text that would not read back is not signed."""
    must_refuse("log-value-unfit", call=lambda: sign_note(text, NAME, KEY))


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u00a0b", "a\u2028", "a\n", "a\x1c", "\ud800"])
def test_names_that_no_key_can_have(name: str) -> None:
    """Spaces of any script, plus and control characters have no place in a key's name."""
    must_refuse("vkey-malformed", call=lambda: VerifierKey(name, ED25519, KEY.public))


def test_verifier_keys_have_one_spelling() -> None:
    """Another key id, its capitals, another kind, length, algorithm or base64 is refused."""
    for vkey in (VKEY, VerifierKey("w.example", COSIGNATURE, KEY.public)):
        assert parse_vkey(str(vkey)) == vkey
    name, key_id, data = GO_VKEY.split("+", 2)
    bad = [
        "", "+", "++", name, f"{name}+{key_id}", f"{name}+{key_id}+", f"{name}+c74f20a2+{data}",
        f"{name}+C74F20A3+{data}", f"{name}+0{key_id}+{data}", f"{name}+{key_id}+{data[:-4]}", f"{GO_VKEY}+",
        f"{GO_VKEY}\n", f" {GO_VKEY}", f"{name}++{key_id}+{data}",
        f"{name}+{key_id}+Ag{data[2:]}", f"x{GO_VKEY}", f"{name}+{key_id}+{data[:-1]}X",
    ]  # fmt: skip
    for text in bad:
        must_refuse("vkey-malformed", "key-weak", call=lambda t=text: parse_vkey(t))
    must_refuse("vkey-malformed", call=lambda: VerifierKey(NAME, ED25519, private_key(1, ES256).public))
    must_refuse("vkey-malformed", call=lambda: VerifierKey(NAME, 0x06, KEY.public))
    weak = f"{name}+00000000+AQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    must_refuse("key-weak", call=lambda: parse_vkey(weak))
