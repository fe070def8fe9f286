"""The deterministic CBOR subset, against a general library."""

from __future__ import annotations

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.log.cbor import (
    BYTES,
    INTEGER,
    NEGATIVE,
    head,
    print_blob,
    print_integer,
    print_text,
    read_blob,
    read_fixed,
    read_head,
    read_text,
)

EDGES = st.sampled_from([0, 23, 24, 255, 256, 65_535, 65_536, 2**32 - 1, 2**32, 2**63, 2**64 - 1])


@given(st.one_of(EDGES, st.integers(0, 2**64 - 1)))
def test_numbers_are_as_short_as_they_can_be(value: int) -> None:
    """Heads are those of a canonical encoder, read back, and end where they end."""
    assert print_integer(value) == cbor2.dumps(value, canonical=True)
    assert print_integer(-1 - value) == cbor2.dumps(-1 - value, canonical=True)
    data = head(INTEGER, value)
    assert read_head(b"x" + data + b"x", 1, INTEGER) == (value, 1 + len(data))
    with pytest.raises(ValueError, match="another type"):
        read_head(data, 0, NEGATIVE)


@given(st.one_of(EDGES, st.integers(24, 2**64 - 1)))
def test_longer_and_cut_heads_are_refused(value: int) -> None:
    """The same number in more bytes is refused, and so is a head whose bytes end inside it."""
    for width in (1, 2, 4, 8):
        longer = bytes([24 + width.bit_length() - 1]) + (value % 2 ** (8 * width)).to_bytes(width, "big")
        shortest = head(INTEGER, value % 2 ** (8 * width))
        for end in range(len(longer)):
            with pytest.raises(IndexError):
                read_head(longer[:end], 0, INTEGER)
        if longer != shortest:
            with pytest.raises(ValueError, match="more bytes than it needs"):
                read_head(longer, 0, INTEGER)


def test_reserved_and_endless_heads_are_refused() -> None:
    """Additional information 28 to 31 has no meaning here (RFC 8949 §3)."""
    for extra in (28, 29, 30, 31):
        with pytest.raises(ValueError, match="another type"):
            read_head(bytes([BYTES | extra]) + bytes(16), 0, BYTES)


@given(st.binary(max_size=300), st.text(max_size=100))
def test_strings_are_as_a_canonical_encoder_writes_them(blob: bytes, text: str) -> None:
    """Byte strings read back; any text prints canonically, and is read only when printable ASCII."""
    data = print_blob(blob)
    assert data == cbor2.dumps(blob, canonical=True)
    assert read_blob(data, 0) == (blob, len(data))
    for end in range(len(data)):
        with pytest.raises(IndexError):
            read_blob(data[:end], 0)
    data = print_text(text)
    assert data == cbor2.dumps(text, canonical=True)
    if text and text.isascii() and text.isprintable():
        assert read_text(data, 0, 100) == (text, len(data))
        with pytest.raises(ValueError, match="too long"):
            read_text(data, 0, len(text) - 1)
    else:
        with pytest.raises(ValueError, match=r"empty|too long|control|ascii"):
            read_text(data, 0, 100)


def test_fixed_bytes() -> None:
    """What must stand somewhere stands there whole, or the given words say so."""
    assert read_fixed(b"abc", 1, b"bc", "no bc") == 3
    for data in (b"abd", b"ab", b""):
        with pytest.raises(ValueError, match="no bc"):
            read_fixed(data, 1, b"bc", "no bc")
