"""Keys and URIs: one spelling each, and each the other's inverse."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.codes import Code, key_of, product_of, uri_of
from ledger.errors import CodeFault
from tests.codes.scans import codes

GTIN = "09521234543213"


@given(codes)
def test_key_and_uri_name_each_other(code: Code) -> None:
    """Going there and back changes nothing, and the product is found in the key."""
    assert key_of(code.uri) == code.key
    assert uri_of(code.key) == code.uri
    assert product_of(code.key) == code.product
    assert code.key.isascii()


@given(codes, st.data())
def test_no_other_spelling_is_taken(code: Code, data: st.DataObject) -> None:
    """A URI or key with one character replaced, removed or added names itself or nothing."""
    for text, there, back in ((code.uri, key_of, uri_of), (code.key, uri_of, key_of)):
        at = data.draw(st.integers(0, len(text)))
        width = data.draw(st.integers(0, 1))
        character = data.draw(st.sampled_from("0189aAzZ%/٣²\n +-_.~") | st.text(max_size=1))
        other = text[:at] + character + text[at + width :]
        try:
            reading = there(other)
        except CodeFault:
            continue
        assert back(reading) == other
        assert (reading == there(text)) == (other == text)


@pytest.mark.parametrize("uri", [
    f"https://id.gs1.org/01/{GTIN}/21/a%2fb",  # small hex
    f"https://id.gs1.org/01/{GTIN}/21/%41",  # an escape without need
    f"https://id.gs1.org/01/{GTIN}/21/a/b",
    f"https://id.gs1.org/01/{GTIN}/21/a%23b",  # '#' is not in set 82
    f"https://id.gs1.org/01/{GTIN}/21/",
    f"https://id.gs1.org/01/{GTIN}/21/{'%2F' * 21}",
    f"https://id.gs1.org/01/{GTIN}/21/A\n",
    f"https://id.gs1.org/01/{GTIN[1:]}/21/A",
    f"http://id.gs1.org/01/{GTIN}/21/A",
    f"https://example.com/01/{GTIN}/21/A",
    "https://id.gs1.org/01/0952123454321٣/21/A",
    "urn:nmpa:dtc:8770984000000001553",
    "urn:nmpa:dtc:77709840000000015538",
    "urn:nmpa:dtc:8770984000000001553٨",
    "urn:nmpa:dtc:87709840000000015538\n",
    "URN:nmpa:dtc:87709840000000015538",
    "87709840000000015538",
    "",
])  # fmt: skip
def test_what_is_not_canonical_is_refused(uri: str) -> None:
    """One pack, one URI: no second spelling, no other script's digits, no line end."""
    with pytest.raises(CodeFault) as caught:
        key_of(uri)
    assert caught.value.code == "code-uri"


@pytest.mark.parametrize("key", ["01/09521234543214/21/A", "00/095212345432100011"])
def test_a_wrong_check_digit_is_refused_by_name(key: str) -> None:
    """A number that only misses its check digit was mistyped, and the place is shown in key and URI."""
    for convert, text in ((uri_of, key), (key_of, f"https://id.gs1.org/{key}")):
        with pytest.raises(CodeFault) as caught:
            convert(text)
        assert caught.value.code == "code-check-digit"
        assert text[slice(*caught.value.span or ())] == key.split("/")[1]


@pytest.mark.parametrize("make", [
    lambda: Code("01/09521234543213/21/a b"),
    lambda: Code("01/09521234543214/21/a"),
    lambda: Code("87709840000000015538", batch="药"),
    lambda: Code("87709840000000015538", batch="A" * 21),
    lambda: Code("87709840000000015538", expiry=20270229),
    lambda: Code("87709840000000015538", expiry=19991231),
    lambda: Code("87709840000000015538", expiry=-1),
    lambda: Code("87709840000000015538", expiry=10**30),
])  # fmt: skip
def test_a_code_cannot_be_wrong(make: object) -> None:
    """No way leads to a `Code` with a key, a batch or a day that does not exist."""
    assert callable(make)
    with pytest.raises(CodeFault):
        make()


def test_a_products_packs_stand_together() -> None:
    """Keys sort bytewise by scheme, then product, then serial."""
    keys = [f"01/{GTIN}/21/A", f"01/{GTIN}/21/B", "01/09521234543220/21/A", "87709840000000015538"]
    assert sorted(keys, key=str.encode) == keys
