"""Checkpoints and their witnesses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import FormatError, NotVerified
from ledger.log.checkpoint import (
    Checkpoint,
    open_checkpoint,
    parse_checkpoint,
    print_checkpoint,
    sign_checkpoint,
)
from ledger.log.cosignature import Quorum, cosign, open_witnessed, unsafe_no_witnesses
from ledger.log.keys import ES256
from ledger.log.merkle import EMPTY_ROOT, root_of
from ledger.log.note import COSIGNATURE, ED25519, NoteSignature, VerifierKey, add_signatures, sign_note
from tests.log.attacks import flipped, leaves, must_refuse, private_key

ORIGIN = "ledger.example/2027"
KEY = private_key(1)
VKEY = VerifierKey(ORIGIN, ED25519, KEY.public)
CHECKPOINT = Checkpoint(ORIGIN, 13, root_of(leaves(13)))
NOTE = sign_checkpoint(CHECKPOINT, KEY)
NAMES = ("insurer.example", "medicine.example", "tax.example")
WITNESSES = tuple(VerifierKey(name, COSIGNATURE, private_key(n).public) for n, name in enumerate(NAMES, 2))
TIME = 1_795_322_220


def cosigned(*numbers: int) -> bytes:
    """Return the checkpoint's note with the cosignatures of these witnesses."""
    return add_signatures(NOTE, [cosign(NOTE, NAMES[n], private_key(n + 2), TIME + n) for n in numbers])


def test_a_checkpoint_reads_back() -> None:
    """What the log signs opens under its key, and says what was said."""
    assert open_checkpoint(NOTE, ORIGIN, VKEY) == CHECKPOINT
    text = print_checkpoint(CHECKPOINT)
    assert text == f"{ORIGIN}\n13\n{text.split(chr(10))[2]}\n"
    extended = Checkpoint(ORIGIN, 10**18 - 1, b"r" * 32, ("more", "and more"))
    assert parse_checkpoint(print_checkpoint(extended)) == extended


def test_any_flipped_bit() -> None:
    """With any one bit flipped a checkpoint does not open."""
    for mutant in flipped(NOTE):
        with pytest.raises((FormatError, NotVerified)):
            open_checkpoint(mutant, ORIGIN, VKEY)


ROOT = print_checkpoint(CHECKPOINT).split("\n")[2]


@pytest.mark.parametrize(
    "text",
    [
        "", "\n", f"{ORIGIN}\n", f"{ORIGIN}\n13\n", f"{ORIGIN}\n13\n{ROOT}", f"\n13\n{ROOT}\n",
        f"{ORIGIN}\n13\n{ROOT}\n\n", f"{ORIGIN}\n13\n{ROOT}\nx\n\ny\n", f"{ORIGIN}\n013\n{ROOT}\n",
        f"{ORIGIN}\n+13\n{ROOT}\n", f"{ORIGIN}\n1_3\n{ROOT}\n", f"{ORIGIN}\n 13\n{ROOT}\n",
        f"{ORIGIN}\n-1\n{ROOT}\n",
        f"{ORIGIN}\n\u0661\u0663\n{ROOT}\n", f"{ORIGIN}\n\uff11\uff13\n{ROOT}\n",
        f"{ORIGIN}\n\u00b2\n{ROOT}\n",
        f"{ORIGIN}\n\n{ROOT}\n", f"{ORIGIN}\n1000000000000000000\n{ROOT}\n",
        f"{ORIGIN}\n{'9' * 5000}\n{ROOT}\n",
        f"{ORIGIN}\n13\n{ROOT[:-1]}\n", f"{ORIGIN}\n13\n{ROOT}=\n", f"{ORIGIN}\n13\n{ROOT[:-4]}\n",
        f"{ORIGIN}\n13\n\n",
        f"{ORIGIN}\n13\n{ROOT[:-2]}B=\n", f"{ORIGIN}\n13\n {ROOT}\n", f"{ORIGIN}\u202813\u2028{ROOT}\n",
        f"{ORIGIN}\n13.0\n{ROOT}\n", f"{ORIGIN}\n0x0d\n{ROOT}\n",
    ],
)  # fmt: skip
def test_what_is_no_checkpoint(text: str) -> None:
    """Missing lines, empty lines, and other spellings of the size or root are refused."""
    must_refuse("checkpoint-malformed", call=lambda: parse_checkpoint(text))


@given(st.text(alphabet="a0123456789\n=+/", max_size=80))
def test_what_is_accepted_prints_back(text: str) -> None:
    """Text that looks like a checkpoint is refused or prints back."""
    for whole in (text, f"{ORIGIN}\n13\n{ROOT}\n{text}", f"{text}\n{ROOT}\n"):
        try:
            checkpoint = parse_checkpoint(whole)
        except FormatError:
            continue
        assert print_checkpoint(checkpoint) == whole


def test_another_log_another_key_another_text() -> None:
    """The key decides nothing alone: the origin must be the expected one, and the text a checkpoint."""
    must_refuse("note-unsigned", call=lambda: open_checkpoint(NOTE, ORIGIN, WITNESSES_KEY))
    must_refuse("checkpoint-other-log", call=lambda: open_checkpoint(NOTE, "other.example", VKEY))
    must_refuse("log-value-unfit", call=lambda: open_checkpoint(NOTE, ORIGIN, WITNESSES[0]))
    letter = sign_note("Dear reader\n", ORIGIN, KEY)
    must_refuse("checkpoint-malformed", call=lambda: open_checkpoint(letter, ORIGIN, VKEY))


WITNESSES_KEY = VerifierKey(ORIGIN, ED25519, private_key(2).public)


def test_the_empty_log() -> None:
    """Size 0 goes with the root of no leaves, and with no other."""
    empty = sign_checkpoint(Checkpoint(ORIGIN, 0, EMPTY_ROOT), KEY)
    assert open_checkpoint(empty, ORIGIN, VKEY).size == 0
    lie = sign_checkpoint(Checkpoint(ORIGIN, 0, CHECKPOINT.root), KEY)
    must_refuse("checkpoint-wrong", call=lambda: open_checkpoint(lie, ORIGIN, VKEY))


def test_checkpoints_that_cannot_be_signed() -> None:
    """A checkpoint that would not read back is not signed, nor one by a key that signs no notes."""
    for bad in (
        Checkpoint(ORIGIN, -1, b"r" * 32), Checkpoint(ORIGIN, 1, b"r"), Checkpoint(ORIGIN, 10**18, b"r" * 32),
        Checkpoint(ORIGIN, 1, b"r" * 32, ("",)), Checkpoint(ORIGIN, 1, b"r" * 32, ("a\nb",)),
        Checkpoint(ORIGIN, 1, b"r" * 32, ("\ud800",)), Checkpoint(f"{ORIGIN}\n1", 1, b"r" * 32),
    ):  # fmt: skip
        must_refuse("log-value-unfit", "vkey-malformed", call=lambda b=bad: sign_checkpoint(b, KEY))
    must_refuse("vkey-malformed", call=lambda: sign_checkpoint(Checkpoint("a b", 1, b"r" * 32), KEY))
    must_refuse("vkey-malformed", call=lambda: sign_checkpoint(CHECKPOINT, private_key(1, ES256)))


def test_two_of_three_witnesses() -> None:
    """A quorum counts distinct known witnesses, says when each saw the head, and is met by enough of them."""
    quorum = Quorum(2, WITNESSES)
    opened = open_witnessed(cosigned(0, 2), ORIGIN, VKEY, quorum)
    assert opened.checkpoint == CHECKPOINT
    seen = [(each.witness.name, each.time) for each in opened.cosignatures]
    assert seen == [(NAMES[0], TIME), (NAMES[2], TIME + 2)]
    must_refuse("quorum-not-met", call=lambda: open_witnessed(cosigned(1), ORIGIN, VKEY, quorum))
    must_refuse("quorum-not-met", call=lambda: open_witnessed(NOTE, ORIGIN, VKEY, quorum))
    twice = add_signatures(NOTE, [cosign(NOTE, NAMES[1], private_key(3), time) for time in (TIME, TIME + 9)])
    must_refuse("quorum-not-met", call=lambda: open_witnessed(twice, ORIGIN, VKEY, quorum))


def test_any_flipped_bit_of_a_witnessed_checkpoint() -> None:
    """When all witnesses are asked for, every bit of the note counts, times included."""
    quorum = Quorum(2, WITNESSES[:2])
    for mutant in flipped(cosigned(0, 1)):
        with pytest.raises((FormatError, NotVerified)):
            open_witnessed(mutant, ORIGIN, VKEY, quorum)


def test_a_false_cosignature_spoils_the_note() -> None:
    """One in a known witness's name that fails, is cut, or has no time is refused, quorum or not."""
    good = cosign(NOTE, NAMES[2], private_key(4), TIME)
    key_id = WITNESSES[2].key_id
    false = [bytes(72), bytes(8), b"x", TIME.to_bytes(8, "big") + bytes(64)]
    text = print_checkpoint(CHECKPOINT)
    untimed = bytes(8) + private_key(4).sign(f"cosignature/v1\ntime 0\n{text}".encode())
    anyone = Quorum(1, WITNESSES)
    for signature in (*false, untimed):
        data = add_signatures(cosigned(0, 1), [str(NoteSignature(NAMES[2], key_id, signature))])
        must_refuse("cosignature-wrong", call=lambda d=data: open_witnessed(d, ORIGIN, VKEY, anyone))
    moved = sign_checkpoint(Checkpoint(ORIGIN, 12, root_of(leaves(12))), KEY)
    other = add_signatures(moved, [good])  # a cosignature of another head
    must_refuse("cosignature-wrong", call=lambda: open_witnessed(other, ORIGIN, VKEY, anyone))


def test_witnesses_do_not_stand_in_for_the_log() -> None:
    """Cosignatures without the log's own signature open nothing."""
    text = NOTE.decode().rpartition("\n\n")[0] + "\n\n"
    lines = [f"{cosign(NOTE, NAMES[n], private_key(n + 2), TIME)}\n" for n in range(3)]
    bare = (text + "".join(lines)).encode()
    must_refuse("note-unsigned", call=lambda: open_witnessed(bare, ORIGIN, VKEY, unsafe_no_witnesses()))
    must_refuse("note-unsigned", call=lambda: open_witnessed(bare, ORIGIN, VKEY, Quorum(3, WITNESSES)))


def test_groups_of_witnesses() -> None:
    """A group counts as one member: two of one group do not make up for none of the other."""
    quorum = Quorum(2, (Quorum(1, WITNESSES[:2]), WITNESSES[2]))
    open_witnessed(cosigned(0, 2), ORIGIN, VKEY, quorum)
    must_refuse("quorum-not-met", call=lambda: open_witnessed(cosigned(0, 1), ORIGIN, VKEY, quorum))


def test_a_quorum_asks_somebody() -> None:
    """Asking nobody, nobody in a group, more than there are, one key twice, or a log's key is refused."""
    nobody = unsafe_no_witnesses()
    again = VerifierKey("again.example", COSIGNATURE, WITNESSES[0].key)
    for threshold, members in (
        (0, WITNESSES), (-1, WITNESSES), (0, ()), (1, ()), (1, (nobody,)), (1, (*WITNESSES, nobody)),
    ):  # fmt: skip
        must_refuse("quorum-empty", call=lambda t=threshold, m=members: Quorum(t, m))
    for threshold, members in (
        (4, WITNESSES), (1, (WITNESSES[0], again)), (1, (Quorum(1, WITNESSES), again)), (1, (VKEY,)),
    ):  # fmt: skip
        must_refuse("quorum-unfit", call=lambda t=threshold, m=members: Quorum(t, m))
    assert open_witnessed(NOTE, ORIGIN, VKEY, nobody).cosignatures == ()


def test_times_and_texts_that_no_witness_signs() -> None:
    """A time of 0 or after 9999, a note that is no checkpoint, a key of another suite: not cosigned."""
    for time in (0, -1, 253_402_300_800, 2**70):
        must_refuse("log-value-unfit", call=lambda t=time: cosign(NOTE, NAMES[0], private_key(2), t))
    letter = sign_note("Dear reader\n", ORIGIN, KEY)
    must_refuse("checkpoint-malformed", call=lambda: cosign(letter, NAMES[0], private_key(2), TIME))
    must_refuse("vkey-malformed", call=lambda: cosign(NOTE, NAMES[0], private_key(2, ES256), TIME))
