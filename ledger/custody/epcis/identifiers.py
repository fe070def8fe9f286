"""EPC URNs and GS1 Digital Links: one spelling of one thing.

| URN | canonical Digital Link |
|---|---|
| `urn:epc:id:sgtin:9521234.054321.SN1` | `https://id.gs1.org/01/09521234543213/21/SN1` |
| `urn:epc:id:sgln:9521234.54321.0` | `https://id.gs1.org/414/9521234543213` |
| `urn:epc:class:lgtin:9521234.054321.LOT7` | `https://id.gs1.org/01/09521234543213/10/LOT7` |

Sources: GS1 EPC Tag Data Standard 2.0 §6.3 (the URNs and where the company prefix ends), GS1 Digital Link:
URI Syntax 1.4 §4.11 (the canonical form), CBV 2.0 §8.9 rules 17 and 18 (its constrained form in event hashes).

>>> canonical_urn("urn:epc:id:sscc:9521234.0123456789")
'https://id.gs1.org/00/095212341234567891'
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from ledger.codes.identifiers import IDENTIFIERS
from ledger.limits import URI_CHARACTERS_MAX

__all__ = ["GS1", "canonical_urn", "check_digit", "constrained_link", "link_to"]

GS1: Final = "https://id.gs1.org/"


class _Scheme(NamedTuple):
    """How a URN of one scheme is taken apart.

    Attributes:
        key: the Application Identifier of the key.
        digits: those of prefix and reference together, without check digit; 0: letters follow the prefix.
        leads: the reference's first digit stands before the prefix (indicator, extension digit).
        pad: digits before the key.
        rest: "" none; "+": a serial follows the key directly; an Application Identifier: the qualifier.
    """

    key: str
    digits: int
    leads: bool = False
    pad: str = ""
    rest: str = ""


_SCHEMES: Final = {
    "id:sgtin": _Scheme("01", 13, leads=True, rest="21"),
    "class:lgtin": _Scheme("01", 13, leads=True, rest="10"),
    "id:upui": _Scheme("01", 13, leads=True, rest="235"),
    "id:sscc": _Scheme("00", 17, leads=True),
    "id:sgln": _Scheme("414", 12, rest="254"),
    "id:pgln": _Scheme("417", 12),
    "id:grai": _Scheme("8003", 12, pad="0", rest="+"),
    "id:gdti": _Scheme("253", 12, rest="+"),
    "id:sgcn": _Scheme("255", 12, rest="+"),
    "id:gsrn": _Scheme("8018", 17),
    "id:gsrnp": _Scheme("8017", 17),
    "id:gsin": _Scheme("402", 16),
    "id:giai": _Scheme("8004", 0),
    "id:ginc": _Scheme("401", 0),
    "id:cpi": _Scheme("8010", 0, rest="8011"),
    "idpat:sgtin": _Scheme("01", 13, leads=True, rest="*"),
    "idpat:grai": _Scheme("8003", 12, pad="0", rest="*"),
    "idpat:gdti": _Scheme("253", 12, rest="*"),
    "idpat:sgcn": _Scheme("255", 12, rest="*"),
}

_URN: Final = re.compile(r"urn:epc:((?:id|class|idpat):[a-z]+):([0-9]{6,12})\.(.+)")
# A piece of a trade item (TDS 2.0 §6.3.15): the item as in an SGTIN, then which of how many pieces.
_PIECE: Final = re.compile(r"urn:epc:id:itip:([0-9]+\.[0-9]+)\.([0-9]{2})\.([0-9]{2})\.(.+)")
_ITEM: Final = re.compile(r"https://id\.gs1\.org/01/([0-9]{14})(/21/.+)")
_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})")
# RFC 3986 §2.3, as in ledger.codes.code: everything but the unreserved is escaped, in upper-case hex.
_ESCAPES: Final = str.maketrans({each: f"%{ord(each):02X}" for each in "!\"%&'()*+,/:;<=>?#"})

_LINK: Final = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?/((?:[!-\"$->@-~]*/)?[!-\"$->@-~]+?)/?(\?[^#]*)?(#.*)?")
# The links of packs and logistic units, nearly all there are, are constrained as they stand.
_PACK: Final = re.compile(r"https://id\.gs1\.org/(?:00/[0-9]{18}|01/[0-9]{14}/21/[-.0-9A-Z_a-z]{1,20})")
_SHORT: Final = {
    "gtin": "01", "itip": "8006", "cpid": "8010", "gln": "414", "party": "417", "gsrnp": "8017", "gsrn": "8018",
    "gcn": "255", "sscc": "00", "gdti": "253", "ginc": "401", "gsin": "402", "grai": "8003", "giai": "8004",
    "cpv": "22", "lot": "10", "ser": "21",
}  # fmt: skip
# The qualifiers that may follow a key in its path; of those kept, the first that is given is the finest.
_QUALIFIERS: Final = {
    "00": (), "01": ("21", "10", "235", "22"), "253": (), "255": (), "401": (), "402": (), "414": ("254",),
    "417": (), "8003": (), "8004": (), "8006": ("21", "10", "22"), "8010": ("8011",), "8017": (), "8018": (),
}  # fmt: skip


def check_digit(digits: str) -> str:
    """Return the digit that closes a GS1 number (GS1 General Specifications 7.9.1)."""
    weighted = sum(int(digit) * (3, 1)[at % 2] for at, digit in enumerate(reversed(digits)))
    return str(-weighted % 10)


def link_to(*parts: str) -> str:
    """Return the Digital Link whose path is these identifiers and values, as they are printed on a label."""
    return GS1 + "/".join(part.translate(_ESCAPES) for part in parts)


def canonical_urn(text: str) -> str:
    """Return the canonical Digital Link of an EPC URN of a GS1 key; any other text comes back as it is."""
    # A longer text is no identifier, and must not be remembered.
    return _canonical_urn(text) if text.startswith("urn:epc:") and len(text) <= URI_CHARACTERS_MAX else text


@lru_cache(maxsize=4096)
def _canonical_urn(text: str) -> str:
    piece = _PIECE.fullmatch(text)
    if piece is not None:
        item = _ITEM.fullmatch(_canonical_urn(f"urn:epc:id:sgtin:{piece[1]}.{piece[4]}"))
        return f"{GS1}8006/{item[1]}{piece[2]}{piece[3]}{item[2]}" if item else text
    found = _URN.fullmatch(text)
    scheme = _SCHEMES.get(found[1]) if found else None
    if found is None or scheme is None:
        return text
    prefix, reference = found[2], found[3]
    if scheme.digits == 0:
        reference, _, serial = reference.rpartition(".") if scheme.rest else (reference, "", "")
        return _whole(text, scheme, prefix + _unescaped(reference), _unescaped(serial))
    length = scheme.digits - len(prefix)
    number, dot, serial = reference[:length], reference[length : length + 1], reference[length + 1 :]
    if not (number + "0").isascii() or not (number + "0").isdigit() or (dot == ".") != bool(scheme.rest):
        return text
    if len(number) != length or bool(serial) != bool(scheme.rest) or (scheme.rest == "*" and serial != "*"):
        return text
    key = number[:1] + prefix + number[1:] if scheme.leads else prefix + number
    key = scheme.pad + key
    return _whole(text, scheme, key + check_digit(key), _unescaped(serial))


def _whole(text: str, scheme: _Scheme, key: str, serial: str) -> str:
    """Put key and serial together; a form that GS1 does not allow leaves the URN as it was."""
    if scheme.rest == "+":
        key, serial = key + serial, ""
    if IDENTIFIERS[scheme.key].value.fullmatch(key) is None:
        return text
    if scheme.rest in {"", "+", "*"} or (scheme.key == "414" and serial == "0"):
        return link_to(scheme.key, key)
    if IDENTIFIERS[scheme.rest].value.fullmatch(serial) is None:
        return text
    return link_to(scheme.key, key, scheme.rest, serial)


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)


def constrained_link(text: str, *, exactly: bool = False) -> str:
    """Return a Digital Link under GS1's own domain, with nothing but its finest identification.

    Args:
        text: an address; one that is no Digital Link comes back as it is.
        exactly: leave an address as it is, too, when something that it says would be lost.
    """
    if not text.startswith("http") or len(text) > URI_CHARACTERS_MAX or _PACK.fullmatch(text):
        return text
    return _constrained_link(text, exactly)


@lru_cache(maxsize=4096)
def _constrained_link(text: str, exactly: bool) -> str:
    found = _LINK.fullmatch(text)
    if found is None or (exactly and (found[2] or found[3])):
        return text
    parts = [_SHORT.get(part, part) for part in found[1].split("/")]
    for first, key in enumerate(parts):
        names, values = parts[first + 2 :: 2], [_unescaped(value) for value in parts[first + 1 :: 2]]
        if key in _QUALIFIERS and len(values) == len(names) + 1 and set(names) <= set(_QUALIFIERS[key]):
            return _constrained(text, [key, *names], values, exactly)
    return text


def _constrained(text: str, names: list[str], values: list[str], exactly: bool) -> str:
    if names[0] == "01" and len(values[0]) in {8, 12, 13}:
        values[0] = values[0].zfill(14)
    given = dict(zip(names, values, strict=True))
    if any(IDENTIFIERS[name].value.fullmatch(value) is None for name, value in given.items()):
        return text
    finest = next((name for name in _QUALIFIERS[names[0]][:3] if name in given and name != "22"), None)
    if exactly and len(given) > 1 + (finest is not None):
        return text
    return link_to(names[0], given[names[0]], *((finest, given[finest]) if finest else ()))
