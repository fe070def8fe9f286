"""Proof files and policy files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import FormatError, LedgerError, NotVerified
from ledger.log.checkpoint import Checkpoint, sign_checkpoint
from ledger.log.cosignature import Quorum, cosign
from ledger.log.merkle import path_of, root_of
from ledger.log.note import COSIGNATURE, ED25519, VerifierKey, add_signatures
from ledger.log.policy import Policy, parse_policy
from ledger.log.proof import ProofFile, parse_proof, print_proof, verify_proof
from tests.log.attacks import flipped, leaves, must_refuse, private_key

LEAVES = leaves(13)
ORIGIN = "ledger.example/2027"
VKEY = VerifierKey(ORIGIN, ED25519, private_key(1).public)
W1, W2, W3 = (VerifierKey(f"w{n}.example", COSIGNATURE, private_key(n).public) for n in (2, 3, 4))
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


@pytest.mark.parametrize(
    "top",
    [
        "", HEADER, f"{HEADER}\n{INDEX[6:]}", f"{INDEX}\n{HEADER}", TOP.replace("v1", "v2"), TOP.replace("\n", "\r\n"),
        TOP.replace("index 6", "index 06"), TOP.replace("index 6", "index +6"), TOP.replace("index 6", "index  6"),
        TOP.replace("index 6", "index 6 "), TOP.replace("index 6", "index \u0666"), TOP.replace("index 6", "Index 6"),
        TOP.replace("index 6", f"index 1{'0' * 18}"), TOP.replace("index 6", "index -6"), f"{TOP}\nextra c2FsdA==",
        TOP.replace("index", "extra \nindex"), TOP.replace("index", "extra c2FsdB==\nindex"),
        TOP.replace("index", "extra c2FsdA==\nextra c2FsdA==\nindex"), TOP.replace("index 6", "index 6\nindex 6"),
        f"{TOP}\nAAAA", f"{TOP} ", TOP + "\n" + "\n".join(HASHES * 16), f"\ufeff{TOP}", f"\n{TOP}",
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


POLICY = f"""# who must have seen a head
log {VKEY}

witness W1 {W1} https://w1.example/
\twitness W2  {W2}\t
witness W3 {W3}
group others any W2 W3
group most all W1 others
quorum most
"""


def test_a_policy_file() -> None:
    """Logs, witnesses, groups of groups and the quorum are read; spaces, comments and addresses do not matter."""
    assert parse_policy(POLICY.encode()) == Policy((VKEY,), Quorum(2, (W1, Quorum(1, (W2, W3)))))
    one = f"witness W1 {W1}\nquorum W1\n"
    assert parse_policy(one.encode()) == Policy((), Quorum(1, (W1,)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("quorum most", ""), ("quorum most", "quorum most\nquorum most"), ("quorum most", "quorum nobody"),
        ("quorum most", "quorum most W1"), ("quorum most\n", "quorum most"), ("any W2 W3", "any"), ("any W2", "0 W2"),
        ("any W2", "3 W2"), ("any W2", "01 W2"), ("any W2", "\u0661 W2"), ("any W2", "some W2"), ("W2 W3", "W2 W2"),
        ("W2 W3", "W2 W9"), ("all W1 others", "all W1 W2 others"), ("group most", "group W1"),
        ("group most", "group none"), ("group others", "group others any others\ngroup x"), ("log ", "logs "),
        (f"W3 {W3}", f"W3 {W2}"), (f"W3 {W3}", f"W3 {VKEY}"), (f"log {VKEY}", f"log {W1}"),
        (f"log {VKEY}", f"log {VKEY}\nlog {VKEY}"), ("witness W3", "witness W2"), ("# who", "\x0b# who"),
        ("# who", "\x7f# who"), ("group others any W2 W3\ngroup most all W1 others", "group most any others"),
        ("\n\nwitness", "\r\n\r\nwitness"), ("all W1", "all none"),
    ],
)  # fmt: skip
def test_what_is_no_policy(old: str, new: str) -> None:
    """Undefined, repeated and shared members, impossible thresholds, keys of the wrong kind: refused."""
    assert old in POLICY
    must_refuse("policy-malformed", call=lambda: parse_policy(POLICY.replace(old, new).encode()))


def test_a_policy_that_asks_nobody() -> None:
    """`quorum none` is refused, and so is a file that is too long or not UTF-8."""
    must_refuse("quorum-empty", call=lambda: parse_policy(b"quorum none\n"))
    must_refuse("policy-malformed", call=lambda: parse_policy(b"#\xff\n" + POLICY.encode()))
    must_refuse("policy-malformed", call=lambda: parse_policy(b"#" * 70_000 + b"\n" + POLICY.encode()))


@given(st.binary(max_size=80), st.integers(0, len(POLICY)))
def test_noise_ends_in_our_error(noise: bytes, at: int) -> None:
    """Bytes put anywhere into a policy end in a policy or in our own error."""
    data = POLICY.encode()
    try:
        policy = parse_policy(data[:at] + noise + data[at:])
    except LedgerError:
        return
    assert not policy.quorum.met_by(())
