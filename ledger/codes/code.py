"""One canonical code, its database key and its URI: three spellings of one thing.

| scheme | key | URI |
|---|---|---|
| national | `87709840000000015538` | `urn:nmpa:dtc:87709840000000015538` |
| sgtin | `01/09521234543213/21/SN%2F1` | `https://id.gs1.org/01/09521234543213/21/SN%2F1` |
| sscc | `00/095212345432100018` | `https://id.gs1.org/00/095212345432100018` |

Each code has exactly one key and one URI, so equality of codes is equality of bytes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from ledger.codes.check import check_digit_holds
from ledger.codes.identifiers import SET_82
from ledger.errors import CodeFault
from ledger.limits import GS1_TEXT_CHARACTERS_MAX

__all__ = [
    "NATIONAL_URI", "Code", "Scheme", "is_text_82", "key_of", "keys_of", "known_uri", "known_uris", "national_digits",
    "product_of",
    "sgtin_key", "uri_of",
]  # fmt: skip

Scheme = Literal["national", "sgtin", "sscc"]

_TEXT: Final = re.compile(f"{SET_82}{{1,{GS1_TEXT_CHARACTERS_MAX}}}")

# RFC 3986 §2.1, §2.3: everything but the unreserved is escaped, in upper-case hex. One serial, one spelling.
_ESCAPES: Final = str.maketrans({character: f"%{ord(character):02X}" for character in "!\"%&'()*+,/:;<=>?"})
# The first alternative says nothing new; it makes the serials that need no escape, nearly all, twice as fast.
_SGTIN_KEY: Final = re.compile(
    rf"01/[0-9]{{14}}/21/(?:[-.0-9A-Z_a-z]{{1,{GS1_TEXT_CHARACTERS_MAX}}}"
    rf"|(?:[-.0-9A-Z_a-z]|%(?:2[125-9ABCF]|3[A-F])){{1,{GS1_TEXT_CHARACTERS_MAX}}})"
)
_SSCC_KEY: Final = re.compile(r"00/[0-9]{18}")
_ESCAPE: Final = re.compile(r"%([0-9A-F]{2})")

_NATIONAL_PREFIX: Final = "urn:nmpa:dtc:"
_GS1_PREFIX: Final = "https://id.gs1.org/"
NATIONAL_URI: Final = _NATIONAL_PREFIX.encode()
"""What stands before the digits in the URI of a national code."""
_GS1_BYTES: Final = _GS1_PREFIX.encode()


@dataclass(frozen=True, slots=True)
class Code:
    """What a barcode names, with what it says besides; cannot hold a key that is not canonical.

    Attributes:
        key: the database key; keys sort bytewise, a product's packs together.
        batch: the batch (AI 10), or "".
        expiry: the expiry date (AI 17) as the number yyyymmdd, or 0 when the code does not tell.

    Raises:
        CodeFault: `code-key`, `code-check-digit` for a key that is not canonical; `code-element` for a batch
            outside GS1's character set 82; `code-date` for an expiry that is no day from 2000 to 2099.
    """

    key: str
    batch: str = ""
    expiry: int = 0

    def __post_init__(self) -> None:
        uri_of(self.key)
        if self.batch and not is_text_82(self.batch):
            raise CodeFault("code-element", "a batch has 1 to 20 characters of GS1's set 82")
        if self.expiry and not _is_day(self.expiry):
            raise CodeFault("code-date", f"{self.expiry} is no day of the years 2000 to 2099")

    @property
    def uri(self) -> str:
        """The canonical URI."""
        return uri_of(self.key)

    @property
    def scheme(self) -> Scheme:
        """The numbering that the code belongs to: `national`, `sgtin` or `sscc`."""
        if self.key[2] != "/":
            return "national"
        return "sgtin" if self.key[1] == "1" else "sscc"

    @property
    def product(self) -> str:
        """The first 7 digits of a national code, the 14 of a GTIN, or "" for a logistic unit."""
        return product_of(self.key)

    @property
    def serial(self) -> str:
        """The 9 digits after a national product, an SGTIN's serial as printed, or an SSCC's 18 digits."""
        if self.key[2] != "/":
            return self.key[7:16]
        if self.key[1] == "0":
            return self.key[3:]
        return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), self.key[21:])


def key_of(uri: str) -> str:
    """Return the database key that a canonical URI stands for.

    Raises:
        CodeFault: `code-uri` when the text is not a canonical URI of a code, `code-check-digit` when only the
            check digit of its GTIN or SSCC is wrong.
    """
    if uri[:13] == _NATIONAL_PREFIX:
        key = uri[13:]
        if _is_national(key):
            return key
    elif uri[:19] == _GS1_PREFIX:
        key = uri[19:]
        if _is_gs1(key):
            return key
    raise _refusal(uri, "code-uri", len(_GS1_PREFIX) if uri.startswith(_GS1_PREFIX) else 0)


def keys_of(uris: Sequence[str]) -> list[str]:
    """Return the database key of each of these URIs, in order; a list of national codes is tested at once.

    Raises:
        CodeFault: as `key_of`, for the first that is none.
    """
    keys = [uri[13:] for uri in uris]
    digits = "".join(keys)
    # Keys are 20 digits each, so that a prefix can begin nowhere but where its URI begins: one for each is all.
    all_digits = set(map(len, keys)) == {20} and digits.isascii() and digits.encode().isdigit()
    if all_digits and "".join(uris).count(_NATIONAL_PREFIX + "8") == len(uris):
        return keys
    return [key_of(uri) for uri in uris]


def uri_of(key: str) -> str:
    """Return the canonical URI of a database key: the inverse of `key_of`.

    Raises:
        CodeFault: `code-key` when the text is not a key, `code-check-digit` when only the check digit of its
            GTIN or SSCC is wrong.
    """
    if _is_national(key):
        return _NATIONAL_PREFIX + key
    if _is_gs1(key):
        return _GS1_PREFIX + key
    raise _refusal(key, "code-key", 0)


def known_uri(key: str) -> str:
    """Return the URI of a key that is known to be canonical; nothing is tested."""
    return (_GS1_PREFIX if key[2:3] == "/" else _NATIONAL_PREFIX) + key


def known_uris(keys: Sequence[str]) -> list[bytes]:
    """Return the URIs, in bytes, of keys that are known to be canonical; nothing is tested."""
    return [(_GS1_BYTES if key[2:3] == "/" else NATIONAL_URI) + key.encode() for key in keys]


def national_digits(keys: Sequence[str]) -> bytes | None:
    """Return the digits of keys that are known to be canonical, side by side; None unless all are national codes."""
    digits = "".join(keys)
    if set(map(len, keys)) != {20} or not digits.isascii() or "/" in digits:
        return None
    return digits.encode()


def product_of(key: str) -> str:
    """Return the product part of a key that is known to be canonical; nothing is tested."""
    if key[2:3] != "/":
        return key[:7]
    return key[3:17] if key[1] == "1" else ""


def sgtin_key(gtin: str, serial: str) -> str:
    """Return the key of a GTIN of 14 digits and a serial as printed; `Code` tests both."""
    return f"01/{gtin}/21/{serial.translate(_ESCAPES)}"


def is_text_82(text: str) -> bool:
    """Say whether `text` can be a serial or a batch: 1 to 20 characters of GS1's set 82."""
    return _TEXT.fullmatch(text) is not None


def _is_national(key: str) -> bool:
    # isascii() first: isdigit() alone accepts every script's digits, which would give one pack many keys.
    return len(key) == 20 and key[0] == "8" and key.isascii() and key.isdigit()


def _is_gs1(key: str) -> bool:
    if key[:3] == "01/":
        return _SGTIN_KEY.fullmatch(key) is not None and check_digit_holds(key[3:17])
    return _SSCC_KEY.fullmatch(key) is not None and check_digit_holds(key[3:])


def _is_day(yyyymmdd: int) -> bool:
    try:
        day = date(yyyymmdd // 10_000, yyyymmdd // 100 % 100, yyyymmdd % 100)
    except (ValueError, OverflowError):
        return False
    return 2000 <= day.year <= 2099


def _refusal(text: str, fault: str, at: int) -> CodeFault:
    key = text[at:]
    if _SGTIN_KEY.fullmatch(key):
        return CodeFault("code-check-digit", "the GTIN's check digit is wrong", span=(at + 3, at + 17))
    if _SSCC_KEY.fullmatch(key):
        return CodeFault("code-check-digit", "the SSCC's check digit is wrong", span=(at + 3, at + 21))
    return CodeFault(fault, "not a canonical code", span=(0, len(text)))
