"""The truth file: what was really done in a synthetic country; the format is `docs/formats/truth.md`.

It says what was done, to which packs, by and with whom; never which rule should find it. Canonical JSON.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from ledger import canonical
from ledger.errors import FormatError

__all__ = ["Crime", "Kind", "Truth", "parse_truth", "print_truth"]

Name = Annotated[str, Meta(pattern=r"^[a-z]+(?:-[a-z]+)*\Z")]
Card = Annotated[str, Meta(pattern=r"^SYN-[0-9]{6,9}\Z")]
Prescriber = Annotated[str, Meta(pattern=r"^SYN-D-[0-9]{5,9}-[0-9]{1,3}\Z")]
Kilograms = Annotated[str, Meta(pattern=r"^(?:0|[1-9][0-9]{0,8})\.[0-9]{3}\Z")]
Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]


class Kind(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One kind of crime: its name, and what was done, in a sentence.

    Attributes:
        hidden: whoever writes rules was not told of it.
    """

    name: Name
    done: Annotated[str, Meta(min_length=1)]
    hidden: bool


class Crime(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One crime.

    Attributes:
        name: its kind, one of the truth's kinds.
        packs: the URIs of the codes it was done with, ascending.
        persons: the cards that were used for it, with or without their owners' knowledge, ascending.
        prescribers: those in whose name it was prescribed, with or without their knowledge, ascending.
        institutions: the URIs of the parties where it was done, knowingly or not, ascending.
        cents: the list price of those packs, each counted once.
        kilograms: their gross weight, each counted once, in three decimals.
        begin, end: when the first and the last thing was done for it, seconds since the epoch.
    """

    name: Name
    packs: list[str]
    persons: list[Card]
    prescribers: list[Prescriber]
    institutions: list[str]
    cents: Count
    kilograms: Kilograms
    begin: Count
    end: Count


class Truth(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A synthetic country's arguments, and its crimes in the order in which they were planned.

    Attributes:
        thirty_tons: how many packs the police were to find in the end, when the great case was played.
        asked: the kinds of crime that were planned, in the order of their table.
        kinds: the kinds of these crimes, each once, in the same order.
    """

    packs: Count
    months: Count
    seed: Count
    start: Count
    thirty_tons: Count
    asked: list[Name]
    kinds: list[Kind]
    crimes: list[Crime]


_decode: Final = msgspec.json.Decoder(Truth, strict=True).decode


def print_truth(truth: Truth) -> bytes:
    """Return the canonical bytes of a truth file."""
    return canonical.dumps(msgspec.to_builtins(truth))


def parse_truth(data: bytes) -> Truth:
    """Read a truth file; its bytes must be the one canonical spelling.

    Raises:
        FormatError: `json-…`; `truth-malformed` for a member that is missing, unknown or wrong, for a list
            that is not ascending, for a crime of no kind or that ends before it begins, or for another
            spelling.
    """
    canonical.loads(data)
    try:
        truth = _decode(data)
    except msgspec.DecodeError as error:
        raise FormatError("truth-malformed", str(error)) from None
    if print_truth(truth) != data:
        raise FormatError("truth-malformed", "RFC 8785 spells this value otherwise")
    for crime in truth.crimes:
        for names in (crime.packs, crime.persons, crime.prescribers, crime.institutions):
            if names != sorted(set(names)):
                raise FormatError("truth-malformed", "a list is not ascending, or names something twice")
        if crime.begin > crime.end:
            raise FormatError("truth-malformed", "a crime ends before it begins")
    if [kind.name for kind in truth.kinds] != list(dict.fromkeys(crime.name for crime in truth.crimes)):
        raise FormatError("truth-malformed", "the kinds are not those of the crimes")
    return truth
