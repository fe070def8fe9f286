"""The numbers that a synthetic country hands out are well formed, and can be nobody's."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from ledger.codes import Code, key_of
from ledger.codes.check import check_digit_holds
from ledger.identity.registration import Party, Site
from ledger.nation import numbers
from tests.nation.conftest import Played

serials = st.integers(1, 999_999_999)


@given(serials, st.integers(1, 12), st.integers(1, 3))
def test_national_codes_are_codes(serial: int, number: int, level: int) -> None:
    """A national code is canonical, and tells its product and serial."""
    code = Code(key_of(numbers.national_uri(numbers.national_product(number, level), serial)))
    assert (code.scheme, code.product, int(code.serial)) == ("national", f"899{number:03d}{level}", serial)


@given(serials, st.integers(1, 12))
def test_gs1_codes_are_codes(serial: int, number: int) -> None:
    """GTINs and SSCCs close with their check digit, and begin with the prefix for examples."""
    pack = Code(key_of(numbers.sgtin_uri(numbers.gtin(number), serial)))
    assert (pack.scheme, pack.product[:4], pack.serial) == ("sgtin", "0952", f"SYN{serial:09d}")
    unit = Code(key_of(numbers.sscc_uri(serial)))
    assert (unit.scheme, unit.serial[1:4]) == ("sscc", "952")


def test_no_number_is_anybodys(country: Played) -> None:
    """GLNs are of the prefix for examples, divisions are unassigned, and every name says synthetic."""
    for each in country.nation.registrations():
        if isinstance(each, Party | Site):
            gln = each.uri[-13:]
            assert gln.startswith("952")
            assert check_digit_holds(gln)
            assert re.fullmatch("9[5-7][0-9]{4}", each.region)
            assert each.name_en.startswith("Synthetic ")
            assert each.name_zh.startswith("合成")
    assert all(re.fullmatch("SYN-[0-9]{6}", card) for card in country.fold.cards.values())
