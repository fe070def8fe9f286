"""GS1 Application Identifiers: the two to four digits before a value that say what it is.

The whole list stands here and not only the ones a medicine pack needs: an element string is cut at the
lengths of its identifiers, so one that is unknown hides all that come after it.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final, NamedTuple

__all__ = ["IDENTIFIERS", "SET_82", "Identifier", "identifier_at"]


class Identifier(NamedTuple):
    """One Application Identifier and the form of its value."""

    ai: str
    """The identifier, 2 to 4 digits."""
    format: str
    """The form of its value in GS1's notation: `N6`, `X..20`, `N13[+X..17]`."""
    length: int
    """For the predefined lengths, the characters of the value; 0 when a separator ends it."""
    value: re.Pattern[str]
    """Matches the whole value."""


# GS1 General Specifications 3.2 and GS1 Barcode Syntax Dictionary. `n` in an identifier stands for each digit
# that follows in brackets. N: digits; X: character set 82; Y: set 39; Z: set 64 (base64url).
_TABLE: Final = """
00 N18 | 01 N14 | 02 N14 | 03 N14 | 10 X..20 | 11 N6 | 12 N6 | 13 N6 | 15 N6 | 16 N6 | 17 N6 | 20 N2
21 X..20 | 22 X..20 | 235 X..28 | 240 X..30 | 241 X..30 | 242 N..6 | 243 X..20 | 250 X..30 | 251 X..30
253 N13[+X..17] | 254 X..20 | 255 N13[+N..12] | 30 N..8 | 37 N..8
31[0-6][0-5] N6 | 32[0-9][0-5] N6 | 33[0-7][0-5] N6 | 34[0-9][0-5] N6 | 35[0-7][0-5] N6 | 36[0-9][0-5] N6
390[0-9] N..15 | 391[0-9] N3+N..15 | 392[0-9] N..15 | 393[0-9] N3+N..15 | 394[0-3] N4 | 395[0-5] N6
40[013] X..30 | 402 N17 | 41[0-7] N13 | 420 X..20 | 421 N3+X..9 | 422 N3 | 42[35] N3[+N..12] | 424 N3
426 N3 | 427 X..3 | 43[01]0 X..35 | 43[01]1 X..35 | 430[2-6] X..70 | 431[2-6] X..70 | 43[01]7 X2
4308 X..30 | 4309 N20 | 4318 X..20 | 4319 X..30 | 4320 X..35 | 432[1-3] N1 | 432[45] N10 | 4326 N6
433[0-3] N6[+X1] | 7001 N13 | 7002 X..30 | 7003 N10 | 7004 N..4 | 7005 X..12 | 7006 N6 | 7007 N6[+N6]
7008 X..3 | 7009 X..10 | 7010 X..2 | 7011 N6[+N4] | 702[0-2] X..20 | 7023 X..30 | 703[0-9] N3+X..27
7040 N1+X3 | 7041 X..4 | 71[0-7] X..20 | 723[0-9] X2+X..28 | 7240 X..20 | 7241 N2 | 7242 X..25 | 7250 N8
7251 N12 | 7252 N1 | 725[349] X..40 | 7255 X..10 | 7256 X..90 | 7257 X..70 | 7258 N1+X1+N1
8001 N14 | 8002 X..20 | 8003 N14[+X..16] | 8004 X..30 | 8005 N6 | 80[02]6 N18 | 8007 X..34
8008 N8[+N..4] | 8009 X..50 | 8010 Y..30 | 8011 N..12 | 8012 X..20 | 801[34] X..25 | 801[78] N18
8019 N..10 | 8020 X..25 | 8030 Z..90 | 804[01] N15 | 8042 N32 | 8043 N18[+N..2] | 8110 X..70 | 8111 N4
8112 X..70 | 8200 X..70 | 90 X..30 | 9[1-9] X..90
"""

# GS1 General Specifications 7.8.5, figure of predefined lengths: these need no separator after them.
_PREDEFINED: Final = re.compile(r"0[0-4]|1[1-9]|20|3[1-6]|41")

# GS1 General Specifications 7.11, figure "GS1 AI encodable character set 82", as a regular expression.
SET_82: Final = "[!\"%-?A-Z_a-z]"

_CHARACTERS: Final = {"N": "[0-9]", "X": SET_82, "Y": "[#/0-9A-Z-]", "Z": "[-0-9A-Z_a-z]"}
_PART: Final = re.compile(r"(\[?)\+?([NXYZ])(\.\.)?([0-9]+)\]?")


@cache
def _value_pattern(form: str) -> re.Pattern[str]:
    pattern = ""
    for optional, kind, up_to, count in _PART.findall(form):
        lowest = "1" if up_to else count
        pattern += f"(?:{_CHARACTERS[kind]}{{{lowest},{count}}}){'?' if optional else ''}"
    return re.compile(pattern)


def _identifiers(pattern: str) -> list[str]:
    """Spell out `31[0-6][0-5]` into the identifiers it stands for."""
    spelled = [""]
    for part in re.findall(r"\[[^]]+\]|.", pattern):
        members = [digit for digit in "0123456789" if re.fullmatch(part, digit)]
        spelled = [prefix + digit for prefix in spelled for digit in members]
    return spelled


def _build() -> dict[str, Identifier]:
    table = {}
    for row in _TABLE.replace("\n", " | ").split(" | "):
        if row:
            pattern, form = row.split(" ")
            for ai in _identifiers(pattern):
                length = int(form[1:]) if _PREDEFINED.match(ai) else 0
                table[ai] = Identifier(ai, form, length, _value_pattern(form))
    return table


IDENTIFIERS: Final = _build()


def identifier_at(text: str, at: int = 0) -> Identifier | None:
    """Return the identifier that stands in `text` at `at`, or None; no identifier is the start of another."""
    for length in (2, 3, 4):
        found = IDENTIFIERS.get(text[at : at + length])
        if found is not None:
            return found
    return None
