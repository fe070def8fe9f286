"""What a witness answers, for every request of C2SP tlog-witness."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import FormatError
from ledger.log.checkpoint import Checkpoint, sign_checkpoint
from ledger.log.merkle import EMPTY_ROOT, root_of
from ledger.log.note import ED25519, Note, VerifierKey, add_signatures, parse_note, print_note
from ledger.log.witness import Extension, Rejection, examine, parse_extension, print_extension
from tests.log.attacks import cut, flipped, leaves, must_refuse, naive_consistency, private_key

ORIGIN = "ledger.example/2027"
KEY = private_key(1)
LOG = VerifierKey(ORIGIN, ED25519, KEY.public)
HASHES = leaves(20)

# The example of the specification, with the signatures of its log.
PUBLISHED = (
    b"old 20852014\n"
    b"PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n"
    b"jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n"
    b"5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n"
    b"/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n"
    b"\n"
    b"example.com/behind-the-sofa\n"
    b"20852163\n"
    b"CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    b"\n"
    b"\xe2\x80\x94 example.com/behind-the-sofa "
    b"Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
)


def head(size: int, root: bytes | None = None) -> Checkpoint:
    """Return the head of the first leaves."""
    return Checkpoint(ORIGIN, size, root_of(HASHES[:size]) if root is None else root)


def note(size: int, root: bytes | None = None) -> bytes:
    """Return the same, signed by the log."""
    return sign_checkpoint(head(size, root), KEY)


def extension(old: int, new: int, **changes: object) -> Extension:
    """Return the honest request from one size to another, changed."""
    proof = tuple(naive_consistency(HASHES[:new], old)) if 0 < old < new else ()
    honest = {"old_size": old, "proof": proof, "note": note(new)}
    return Extension(**(honest | changes))  # type: ignore[arg-type]


def status(request: Extension, kept: Checkpoint | None) -> int:
    """Return the status of the answer."""
    answer = examine(request, [LOG], kept)
    return answer.status if isinstance(answer, Rejection) else 200


def test_the_published_example_is_read_as_it_stands() -> None:
    """The request in the specification prints back the same."""
    request = parse_extension(PUBLISHED)
    assert (request.old_size, len(request.proof)) == (20852014, 4)
    assert print_extension(request) == PUBLISHED


@pytest.mark.parametrize("old", range(21))
@pytest.mark.parametrize("new", [0, 1, 2, 7, 8, 13, 16, 20])
def test_every_honest_extension_is_cosigned(old: int, new: int) -> None:
    """From each size to each larger one, and to itself; backwards is refused."""
    kept = head(old) if old else None
    assert status(extension(old, new), kept) == (200 if old <= new else 400)


def test_each_refusal_has_its_status() -> None:
    """The table of the specification, row by row."""
    other = root_of(HASHES[1:9])
    assert status(extension(0, 8, note=b"no note"), None) == 400
    assert status(extension(9, 8), head(9)) == 400
    assert status(extension(0, 8, note=sign_checkpoint(Checkpoint("x.example", 8, other), KEY)), None) == 404
    stranger = sign_checkpoint(head(8), private_key(2))
    assert status(extension(0, 8, note=stranger), None) == 403
    forged = print_note(Note(parse_note(note(8)).text, parse_note(note(7)).signatures))
    assert status(extension(0, 8, note=forged), None) == 403
    assert status(extension(0, 8), head(5)) == 409
    assert status(extension(4, 8), head(5)) == 409
    assert status(extension(5, 8), None) == 409
    assert status(extension(5, 8, proof=()), head(5)) == 422
    assert status(extension(5, 8, note=note(8, other)), head(5)) == 422
    assert status(extension(8, 8, note=note(8, other)), head(8)) == 422
    assert status(extension(8, 8, proof=(HASHES[0],)), head(8)) == 422
    assert status(extension(0, 8, proof=(HASHES[0],)), None) == 422
    assert status(extension(0, 0, note=note(0, other)), None) == 422
    assert status(extension(0, 0, note=note(0, EMPTY_ROOT)), None) == 200


def test_a_conflict_names_the_size_to_begin_with() -> None:
    """Whoever lost track is told where the witness stands."""
    answer = examine(extension(0, 8), [LOG], head(5))
    assert isinstance(answer, Rejection)
    assert (answer.status, answer.problem.code, answer.size) == (409, "extension-behind", 5)


def test_other_signatures_are_passed_over() -> None:
    """Signatures of unknown keys say nothing; a second key of the same log will do."""
    stranger = VerifierKey(ORIGIN, ED25519, private_key(2).public)
    both = add_signatures(note(8), [str(parse_note(sign_checkpoint(head(8), private_key(2))).signatures[0])])
    assert status(extension(0, 8, note=both), None) == 200
    assert examine(extension(0, 8, note=both), [stranger], None) == head(8)
    assert examine(extension(0, 8), [stranger, LOG], None) == head(8)


def test_one_wrong_bit_is_never_cosigned() -> None:
    """A bit of the proof or of the head, flipped, ends in a refusal, unless it is in a signature of nobody."""
    honest = print_extension(extension(5, 8))
    for mutant in flipped(honest):
        try:
            request = parse_extension(mutant)
        except FormatError:
            continue
        assert isinstance(examine(request, [LOG], head(5)), Rejection)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"old 5", b"old 05"), (b"old 5", b"old +5"), (b"old 5", b"old"), (b"old 5", b"new 5"), (b"old 5", b"old  5"),
        (b"old 5\n", b"old 5\r\n"), (b"old 5\n", b""), (b"=\n", b"=\r\n"), (b"=\n", b"\n"), (b"old 5", b"old \xd9\xa5"),
        (b"old 5", b"old 9999999999999999999"),
    ],
)  # fmt: skip
def test_another_spelling_is_malformed(old: bytes, new: bytes) -> None:
    """Leading zeros, other digits, other line ends, a proof line that is no hash, no empty line."""
    honest = print_extension(extension(5, 8))
    assert old in honest
    must_refuse("extension-malformed", call=lambda: parse_extension(honest.replace(old, new, 1)))
    must_refuse("extension-malformed", call=lambda: parse_extension(honest.replace(b"\n\n", b"\n")))


def test_too_much_is_malformed() -> None:
    """More than 63 hashes, and more bytes than any request has."""
    must_refuse("extension-malformed", call=lambda: parse_extension(
        print_extension(Extension(1, tuple(HASHES[:1]) * 64, note(8)))))  # fmt: skip
    must_refuse("extension-malformed", call=lambda: parse_extension(PUBLISHED + b"x" * 70_000))
    assert len(parse_extension(print_extension(Extension(1, tuple(HASHES[:1]) * 63, note(8)))).proof) == 63


def test_a_request_that_is_cut_is_refused() -> None:
    """Every beginning of a request, and one with a byte too many."""
    for part in cut(print_extension(extension(5, 8))):
        try:
            request = parse_extension(part)
        except FormatError:
            continue
        assert isinstance(examine(request, [LOG], head(5)), Rejection)


@given(st.binary(max_size=200))
def test_noise_is_refused(noise: bytes) -> None:
    """Any bytes at all end in our error, or read back the same."""
    try:
        request = parse_extension(noise)
    except FormatError:
        return
    assert print_extension(request) == noise
