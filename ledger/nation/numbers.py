"""Numbers that a synthetic country hands out: well formed everywhere, and real nowhere.

GS1 numbers begin with 952, which GS1 keeps for examples; national products begin with 899 and division codes
with 95 to 97, which nobody has been given. So no number of this country can be somebody's by accident.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256

from ledger.codes import known_uri
from ledger.codes.check import check_digit_holds

__all__ = [
    "card",
    "gtin",
    "national_product",
    "national_uri",
    "party_uri",
    "region",
    "sgtin_uri",
    "site_uri",
    "sscc_uri",
    "station_uri",
]


@cache
def gtin(number: int) -> str:
    """Return the GTIN-14 of that number."""
    return _closed(f"0952{number:09d}")


@cache
def national_product(number: int, level: int) -> str:
    """Return the first seven digits of a national code: each packaging level of a product has its own."""
    return f"899{number:03d}{level}"


def national_uri(product: str, serial: int) -> str:
    """Return the code of one pack or case.

    The last four digits are drawn, not computed: the algorithm behind the real ones is not public.
    """
    body = f"{product}{serial:09d}"
    check = int.from_bytes(sha256(body.encode()).digest()[:4], "big") % 10_000
    return known_uri(f"{body}{check:04d}")


def sgtin_uri(product: str, serial: int) -> str:
    """Return the code of one pack that is numbered by GS1."""
    return known_uri(f"01/{product}/21/SYN{serial:09d}")


def sscc_uri(number: int) -> str:
    """Return the code of one logistic unit."""
    return known_uri(f"00/{_closed(f'1952{number:013d}')}")


def party_uri(number: int) -> str:
    """Return the URI of an organisation: a GS1 party GLN (AI 417)."""
    return f"https://id.gs1.org/417/{_gln(1, number)}"


def site_uri(number: int) -> str:
    """Return the URI of a place: a GS1 location GLN (AI 414)."""
    return f"https://id.gs1.org/414/{_gln(2, number)}"


def station_uri(number: int) -> str:
    """Return the URI of the one device at a place: its GLN with an extension (AI 254)."""
    return f"{site_uri(number)}/254/1"


def region(province: int, prefecture: int, county: int) -> str:
    """Return a county's division code in the form of GB/T 2260: two digits each for the three levels."""
    return f"{95 + province:02d}{prefecture:02d}{county:02d}"


def card(number: int) -> str:
    """Return the number of an insurance card."""
    return f"SYN-{number:06d}"


def _gln(series: int, number: int) -> str:
    return _closed(f"952{series}{number:08d}")


def _closed(digits: str) -> str:
    """Return the digits and the one check digit that closes them."""
    return next(digits + last for last in "0123456789" if check_digit_holds(digits + last))
