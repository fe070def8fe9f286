"""Proof files: a leaf, its path and the witnessed head in one text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import FormatError, NotVerified
from ledger.log.checkpoint import Checkpoint, sign_checkpoint
from ledger.log.cosignature import Quorum, cosign
from ledger.log.merkle import path_of, root_of
from ledger.log.note import COSIGNATURE, ED25519, VerifierKey, add_signatures
from ledger.log.proof import ProofFile, parse_proof, print_proof, verify_proof
from tests.log.attacks import flipped, leaves, must_refuse, private_key

LEAVES = leaves(13)
ORIGIN = "ledger.example/2027"
VKEY = VerifierKey(ORIGIN, ED25519, private_key(1).public)
W1, W2 = (VerifierKey(f"w{n}.example", COSIGNATURE, private_key(n).public) for n in (2, 3))
QUORUM = Quorum(1, (W1,))
HEAD = sign_checkpoint(Checkpoint(ORIGIN, 13, root_of(LEAVES)), private_key(1))
NOTE = add_signatures(HEAD, [cosign(HEAD, W1.name, private_key(2), 1_795_322_220)])


def proof(index: int) -> ProofFile:
    """Return the proof file of one leaf, without extra data."""
    return ProofFile(index, tuple(path_of(LEAVES, index)), NOTE)


def test_every_leaf_has_a_proof_file() -> None:
    """Each reads back and verifies for its own leaf; for another leaf, log or quorum it does not."""
    for index in range(13):
        parsed = parse_proof(print_proof(proof(index)))
        assert parsed == proof(index)
        assert verify_proof(parsed, LEAVES[index], ORIGIN, VKEY, QUORUM).checkpoint.size == 13
        error = must_refuse(
            "inclusion-proof-wrong",
            call=lambda p=parsed, i=index: verify_proof(p, LEAVES[i - 1], ORIGIN, VKEY, QUORUM),
        )
        assert error.index == index
    must_refuse("checkpoint-other-log", call=lambda: verify_proof(proof(1), LEAVES[1], "other", VKEY, QUORUM))
    two = Quorum(2, (W1, W2))
    must_refuse("quorum-not-met", call=lambda: verify_proof(proof(1), LEAVES[1], ORIGIN, VKEY, two))


def test_any_flipped_bit() -> None:
    """With any one bit flipped, the index's too, a proof file is refused."""
    for mutant in flipped(print_proof(proof(6))):
        with pytest.raises((FormatError, NotVerified)):
            verify_proof(parse_proof(mutant), LEAVES[6], ORIGIN, VKEY, QUORUM)


def test_a_place_is_proved_by_its_checkpoint() -> None:
    """Under a signed size, the path of one index does not verify for any other."""
    for index in range(13):
        for other in set(range(20)) - {index}:
            moved = ProofFile(other, proof(index).path, NOTE)
            must_refuse(
                "inclusion-proof-wrong",
                call=lambda m=moved, i=index: verify_proof(m, LEAVES[i], ORIGIN, VKEY, QUORUM),
            )


def test_extra_data_is_kept_and_not_believed() -> None:
    """Extra bytes read back; as the specification says, changing them does not fail the proof."""
    whole = ProofFile(6, proof(6).path, NOTE, b"salt")
    assert parse_proof(print_proof(whole)) == whole
    changed = parse_proof(print_proof(whole).replace(b"c2FsdA==", b"cGVwcGVy"))
    verify_proof(changed, LEAVES[6], ORIGIN, VKEY, QUORUM)
    assert changed.extra == b"pepper"


TOP, _, REST = print_proof(proof(6)).decode().partition("\n\n")
HEADER, INDEX, *HASHES = TOP.split("\n")


def _index(line: str) -> str:
    return TOP.replace("index 6", line)


@pytest.mark.parametrize(
    "top",
    [
        "", HEADER, f"{HEADER}\n{INDEX[6:]}", f"{INDEX}\n{HEADER}", TOP.replace("v1", "v2"),
        TOP.replace("\n", "\r\n"), _index("index 06"), _index("index +6"), _index("index  6"),
        _index("index 6 "),
        _index("index \u0666"), _index("Index 6"), _index(f"index 1{'0' * 18}"), _index("index -6"),
        _index("index 6\nindex 6"), _index("extra \nindex 6"), _index("extra c2FsdB==\nindex 6"),
        _index("extra c2FsdA==\nextra c2FsdA==\nindex 6"), f"{TOP}\nextra c2FsdA==", f"{TOP}\nAAAA",
        f"{TOP} ",
        TOP + "\n" + "\n".join(HASHES * 16), f"\ufeff{TOP}", f"\n{TOP}",
    ],
)  # fmt: skip
def test_what_is_no_proof_file(top: str) -> None:
    """Other headers, spellings, orders and line ends are refused."""
    must_refuse("proof-malformed", call=lambda: parse_proof(f"{top}\n\n{REST}".encode()))


def test_a_proof_file_needs_a_note() -> None:
    """Without an empty line, or with something else than a note after it, it is refused."""
    must_refuse("proof-malformed", call=lambda: parse_proof(TOP.encode()))
    must_refuse("proof-malformed", call=lambda: parse_proof(bytes(200_000)))
    must_refuse("note-malformed", call=lambda: parse_proof(f"{TOP}\n\n\n{HEADER}".encode()))


@given(st.binary(max_size=60), st.integers(0, 400))
def test_what_is_accepted_prints_back(noise: bytes, at: int) -> None:
    """Bytes put anywhere into a proof file make it refused, or are kept exactly."""
    whole = print_proof(proof(6))
    data = whole[:at] + noise + whole[at:]
    try:
        parsed = parse_proof(data)
    except FormatError:
        return
    assert print_proof(parsed) == data
