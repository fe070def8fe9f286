"""Claims: three values, one spelling, and nothing else is read."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.chain.claim import NO_CLAIM, Claim, decode_claim, encode_claim
from ledger.errors import FormatError


@given(st.integers(0, 2**53), st.none() | st.text(max_size=300), st.booleans())
def test_a_claim_comes_back_as_it_went_in(time: int, site: str | None, insured: bool) -> None:
    """Whatever an author may say."""
    claim = Claim(time, site, insured)
    assert decode_claim(encode_claim(claim)) == claim


@pytest.mark.parametrize(
    "data", [NO_CLAIM, b"\x90", b"\x91\xa1x", b"\x93\x01\x02\xc2", b"\x93\x01\xa1\xff\xc2", b"\xc0"]
)
def test_what_is_no_claim_is_refused(data: bytes) -> None:
    """Nothing, an empty array, a time that is text, a site that is a number or not UTF-8, and null."""
    with pytest.raises(FormatError, match="claim-malformed"):
        decode_claim(data)


@given(st.binary(max_size=40))
def test_arbitrary_bytes_are_read_or_refused(data: bytes) -> None:
    """Nothing else can happen."""
    with suppress(FormatError):
        decode_claim(data)
