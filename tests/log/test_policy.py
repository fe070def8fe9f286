"""Policy files: which logs are known, and who must have seen a head."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import LedgerError
from ledger.log.cosignature import Quorum
from ledger.log.note import COSIGNATURE, ED25519, VerifierKey
from ledger.log.policy import Policy, parse_policy
from tests.log.attacks import must_refuse, private_key

VKEY = VerifierKey("ledger.example/2027", ED25519, private_key(1).public)
W1, W2, W3 = (VerifierKey(f"w{n}.example", COSIGNATURE, private_key(n).public) for n in (2, 3, 4))
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
    """Logs, witnesses, groups of groups and the quorum are read; spaces and comments do not matter."""
    assert parse_policy(POLICY.encode()) == Policy(
        (VKEY,), Quorum(2, (W1, Quorum(1, (W2, W3)))), {W1: "https://w1.example/"}
    )
    one = f"witness W1 {W1}\nquorum W1\n"
    assert parse_policy(one.encode()) == Policy((), Quorum(1, (W1,)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("quorum most", ""), ("quorum most", "quorum most\nquorum most"), ("quorum most", "quorum nobody"),
        ("quorum most", "quorum most W1"), ("quorum most\n", "quorum most"), ("any W2 W3", "any"),
        ("any W2", "0 W2"), ("any W2", "3 W2"), ("any W2", "01 W2"), ("any W2", "\u0661 W2"),
        ("any W2", "some W2"), ("W2 W3", "W2 W2"), ("W2 W3", "W2 W9"), ("all W1 others", "all W1 W2 others"),
        ("all W1", "all none"), ("group most", "group W1"), ("group most", "group none"),
        ("group others", "group others any others\ngroup x"), ("log ", "logs "), (f"W3 {W3}", f"W3 {W2}"),
        (f"W3 {W3}", f"W3 {VKEY}"), (f"log {VKEY}", f"log {W1}"), (f"log {VKEY}", f"log {VKEY}\nlog {VKEY}"),
        ("witness W3", "witness W2"), ("# who", "\x0b# who"), ("# who", "\x7f# who"),
        ("group others any W2 W3\n", ""), ("\n\nwitness", "\r\n\r\nwitness"),
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
