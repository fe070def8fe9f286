"""A stored custody is read back as it was, and nothing else is read as one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.custody.state import FINAL, SOLD, Custody, State, decode, encode
from ledger.errors import FormatError

custodies = st.builds(
    Custody,
    state=st.sampled_from(State),
    holder=st.integers(0, 2**63 - 1),
    parent=st.none() | st.text(max_size=40),
    batch=st.text(max_size=20),
    insured=st.booleans(),
    last_kind=st.sampled_from(["", "dispensing"]),
    last_anomalies=st.lists(st.sampled_from(["expired", "recalled"])).map(tuple),
)


@given(custodies)
def test_what_is_stored_is_read_back(custody: Custody) -> None:
    """Every field, in either direction."""
    assert decode(encode(custody)) == custody
    assert encode(decode(encode(custody))) == encode(custody)


def test_a_custody_without_later_fields_is_read() -> None:
    """Fields that were added after it was stored have their defaults."""
    short = b"\x94" + encode(Custody(State.ACTIVE, 7, 8, 9))[3:7]
    assert decode(short) == Custody(State.ACTIVE, 7, 8, 9)


@pytest.mark.parametrize(
    "data", [b"", b"\x00", b"\x91\x63", b"\x91\xa1x", b"\xdc\x00\x14\x01", b"\xc1", b"\x92\x01\xc0"]
)
def test_other_bytes_are_refused(data: bytes) -> None:
    """Too short, of another type, a state that does not exist."""
    with pytest.raises(FormatError, match="custody-malformed"):
        decode(data)


def test_a_custody_cut_or_prolonged_is_refused() -> None:
    """No prefix of a stored custody is one, and nothing may follow it."""
    data = encode(Custody(State.DISPENSED, batch="LOT7", last_anomalies=("expired",)))
    for length in range(len(data)):
        with pytest.raises(FormatError):
            decode(data[:length])
    with pytest.raises(FormatError):
        decode(data + b"\x00")


def test_each_state_is_of_one_sort() -> None:
    """Known in trade, sold, or gone for good; and its number is what is stored."""
    assert FINAL | SOLD | {State.UNKNOWN, State.ACTIVE, State.IN_TRANSIT} == frozenset(State)
    assert not FINAL & SOLD
    assert [state.value for state in State] == list(range(11))
    assert State.IN_TRANSIT.word == "in_transit"
