"""Pages: columns of equal length that point inside, or nothing."""

from __future__ import annotations

from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.chain.page import LinkPage, decode_page, encode_page
from ledger.errors import FormatError
from ledger.limits import PAGE_LINKS_MAX

PAGE = LinkPage(
    codes=["a", "b", "c"], entries=[7, 7, 9], seqs=[0, 4, 1], prevs=bytes(32) + b"\1" * 32 + b"\2" * 32,
    prev_seals=[-1, 5, 10], prev_positions=[-1, 300, 0], befores=[-1, 0, 1], afters=[0, 1, 1],
    custodies=[b"one", b"two"], anomalies=[(1, ("unknown-pack",))],
)  # fmt: skip


def test_links_of_a_page() -> None:
    """A page gives each link with its custody before and after, and what was wrong with it."""
    first, second, third = decode_page(encode_page(PAGE)).links()

    assert (first.code, first.seq, first.before, first.after, first.anomalies) == ("a", 0, None, b"one", ())
    assert (second.entry, second.prev, second.before, second.after) == (7, b"\1" * 32, b"one", b"two")
    assert second.anomalies == ("unknown-pack",)
    assert (third.prev_seal, third.prev_position) == (10, 0)


@pytest.mark.parametrize(
    "change",
    [
        {"codes": []}, {"codes": ["a"] * (PAGE_LINKS_MAX + 1)}, {"codes": ["a", "b"]}, {"entries": [7, 7]},
        {"prevs": bytes(95)}, {"prevs": bytes(128)}, {"befores": [-2, 0, 1]}, {"befores": [2, 0, 1]},
        {"afters": [-1, 1, 1]}, {"afters": [0, 1, 2]}, {"custodies": []}, {"anomalies": [(3, ("x",))]},
        {"anomalies": [(-1, ("x",))]}, {"seqs": [-1, 4, 1]}, {"seqs": [0, 4]},
    ],
    ids=repr,
)  # fmt: skip
def test_columns_that_do_not_fit_are_refused(change: dict[str, object]) -> None:
    """Columns of unequal length, and indexes that point outside, are no page."""
    with pytest.raises(FormatError) as caught:
        decode_page(encode_page(replace(PAGE, **change)))
    assert caught.value.code == "page-malformed"


@given(st.binary(max_size=300))
def test_no_bytes_end_in_another_error(data: bytes) -> None:
    """Whatever the bytes, they are a page or refused."""
    with suppress(FormatError):
        decode_page(data)


@given(st.integers(0, 8 * len(encode_page(PAGE)) - 1))
def test_a_flipped_bit_never_passes_for_the_same_page(bit: int) -> None:
    """A page with one bit flipped is refused or another page."""
    data = bytearray(encode_page(PAGE))
    data[bit // 8] ^= 1 << bit % 8
    try:
        other = decode_page(bytes(data))
    except FormatError:
        return
    assert msgspec.structs.astuple(other) != msgspec.structs.astuple(PAGE)
