"""Canonical JSON: the bytes of RFC 8785, and one meaning for what is read."""

from __future__ import annotations

import json
import unicodedata
from functools import partial
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from ledger import canonical
from ledger.errors import FormatError

TEXT = st.text(st.characters(exclude_categories=["Cs"])).map(partial(unicodedata.normalize, "NFC"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(max_codepoint=127)), inner),
    max_leaves=30,
)


@given(VALUES)
def test_our_bytes_are_those_of_rfc_8785(value: Any) -> None:
    """Inside the profile, another implementation of RFC 8785 writes the same bytes."""
    assert canonical.dumps(value) == rfc8785.dumps(value)


@given(VALUES)
def test_what_is_written_reads_back(value: Any) -> None:
    """Reading gives the value back."""
    assert canonical.loads(canonical.dumps(value)) == value


@pytest.mark.parametrize(
    "value",
    [1.0, float("nan"), 2**53, -(2**53), {"é": 1}, {1: 2}, "e\u0301", "\ud800", ["a", ("b", {"c": 0.5})], b"x", {1, 2}],
    ids=repr,
)
def test_values_outside_the_profile_are_refused(value: Any) -> None:
    """Floats, large integers, other keys, text that is not NFC: two writers could spell them differently."""
    with pytest.raises(FormatError) as caught:
        canonical.dumps(value)
    assert caught.value.code == "json-profile"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"a":1,"a":2}', "json-ambiguous"),
        (b'[{"b":{"a":1,"a":1}}]', "json-ambiguous"),
        (b"NaN", "json-ambiguous"),
        (b'{"a":-Infinity}', "json-ambiguous"),
        (b'"\\ud800"', "json-ambiguous"),
        (b'{"\\uDc00":1}', "json-ambiguous"),
        (b"", "json-malformed"),
        (b"{", "json-malformed"),
        (b"\xff", "json-malformed"),
        (b'\xef\xbb\xbf{"a":1}', "json-malformed"),
        (b"{} {}", "json-malformed"),
        (b"1" * 5_000, "json-malformed"),
        (b"[" * 100_000, "json-too-deep"),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_json_with_two_meanings_is_refused(data: bytes, code: str) -> None:
    """Repeated keys, constants that are not JSON, half characters, endless nesting: each has its code."""
    with pytest.raises(FormatError) as caught:
        canonical.loads(data)
    assert caught.value.code == code


@given(st.binary(max_size=200))
def test_no_bytes_end_in_another_error(data: bytes) -> None:
    """Whatever the bytes, they are read, or refused with a code."""
    try:
        value = canonical.loads(data)
    except FormatError:
        return
    assert json.loads(data) == value


@given(VALUES, st.randoms())
def test_strict_reading_agrees_with_plain_reading(value: Any, random: Any) -> None:
    """Where nothing is ambiguous, the strict reader reads what everybody reads."""
    text = json.dumps(value, ensure_ascii=random.random() < 0.5, indent=random.choice([None, 1]))
    assert canonical.loads(text.encode()) == json.loads(text)
