"""Identifiers and patterns of them, as `MATCH_…` takes them.

| pattern | means the identifiers that begin with |
|---|---|
| `urn:epc:idpat:sgtin:9521234.054321.*` | `https://id.gs1.org/01/09521234543213/21/` |
| `urn:epc:idpat:sgtin:9521234.*.*` | `https://id.gs1.org/01/` and a digit and `9521234` |
| `urn:epc:idpat:sscc:9521234.*` | `https://id.gs1.org/00/` and a digit and `9521234` |
| `urn:epc:class:lgtin:9521234.054321.*` | `https://id.gs1.org/01/09521234543213/10/` |
| `urn:nmpa:dtc:8770984*` | `urn:nmpa:dtc:8770984` |

Every pattern is a few beginnings, so that an index answers it. A GTIN does not tell how long its company's
prefix is: a pattern of a prefix takes in the longer prefixes that begin with it.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from ledger.custody.epcis.identifiers import GS1, canonical_urn, constrained_link

__all__ = ["Identifiers", "identifiers"]

_TRADE: Final = re.compile(r"urn:epc:(idpat:sgtin|class:lgtin):([0-9]{6,12})\.([0-9]{1,7}|\*)\.\*")
_LOGISTIC: Final = re.compile(r"urn:epc:idpat:sscc:([0-9]{6,12})\.\*")
_NATIONAL: Final = re.compile(r"(urn:nmpa:dtc:8[0-9]{6})\*")
_WHOLE: Final = {
    "urn:epc:idpat:sgtin:*.*.*": f"{GS1}01/",
    "urn:epc:class:lgtin:*.*.*": f"{GS1}01/",
    "urn:epc:idpat:sscc:*.*": f"{GS1}00/",
}


class Identifiers(msgspec.Struct, frozen=True):
    """A set of identifiers.

    Attributes:
        exact: these, in canonical spelling.
        beginnings: and all that begin so, and hold `within`, when that is not "".
    """

    exact: frozenset[str] = frozenset()
    beginnings: frozenset[str] = frozenset()
    within: str = ""

    def holds(self, identifier: str) -> bool:
        """Say whether an identifier in canonical spelling is one of them."""
        if identifier in self.exact:
            return True
        return bool(self.beginnings) and identifier.startswith(tuple(self.beginnings)) and self.within in identifier


def identifiers(text: str, *, of_classes: bool = False) -> Identifiers | None:
    """Return what an identifier or a pattern stands for; None for a pattern that we do not know.

    Args:
        of_classes: for `MATCH_epcClass`: there, the pattern of a GTIN's serials is the name of its class.
    """
    is_class = of_classes and text.startswith("urn:epc:idpat:") and canonical_urn(text) != text
    if text.endswith("*") and not is_class:
        return _pattern(text)
    return Identifiers(frozenset({constrained_link(canonical_urn(text), exactly=True)}))


def _pattern(text: str) -> Identifiers | None:
    if text in _WHOLE:
        within = "/21/" if "sgtin" in text else "/10/" if "lgtin" in text else ""
        return Identifiers(beginnings=frozenset({_WHOLE[text]}), within=within)
    if national := _NATIONAL.fullmatch(text):
        return Identifiers(beginnings=frozenset({national[1]}))
    if logistic := _LOGISTIC.fullmatch(text):
        return Identifiers(beginnings=frozenset(f"{GS1}00/{digit}{logistic[1]}" for digit in range(10)))
    trade = _TRADE.fullmatch(text)
    if trade is None:
        return None
    within = "/21/" if trade[1] == "idpat:sgtin" else "/10/"
    if trade[3] == "*":
        return Identifiers(beginnings=frozenset(f"{GS1}01/{digit}{trade[2]}" for digit in range(10)), within=within)
    item = canonical_urn(f"urn:epc:idpat:sgtin:{trade[2]}.{trade[3]}.*")
    return Identifiers(beginnings=frozenset({item + within})) if item.startswith(GS1) else None
