"""The members of an event, one reader each: JSON in; a checked value out, or an error."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final

from ledger.custody.vocabulary import PREFIX, TERMS, disposition_word, party_word, step_word
from ledger.errors import FormatError
from ledger.limits import GS1_TEXT_CHARACTERS_MAX, URI_CHARACTERS_MAX

__all__ = [
    "URI",
    "corrects",
    "digest",
    "disposition",
    "goods",
    "instant",
    "insured",
    "is_other_thing",
    "offset",
    "party",
    "place",
    "require_context",
    "require_foreign",
    "step",
    "typed_list",
    "uri",
]

# RFC 3986 §3: a scheme, a colon, and characters that may stand in a URI; the parts are not taken apart.
URI: Final = r"[A-Za-z][A-Za-z0-9+.-]*+:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]++"
_URI: Final = re.compile(URI)
# EPCIS 2.0 §6.4: seconds are required, and an offset of at most 14 hours.
_INSTANT: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])(?:\.[0-9]{1,9})?"
    r"(Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)"
)
_OFFSET: Final = re.compile(r"[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00)")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DIGEST: Final = re.compile(r"sha-256:[0-9a-f]{64}")

# GS1 keys of documents, consignments, places, assets, services, components, coupons, packets of tobacco: never a pack
# or a case.
_OTHER_THING: Final = re.compile(
    r"https://id\.gs1\.org/(?:253|255|401|402|414|417|8003|8004|8006|8010|8017|8018|01/[0-9]{14}/235)/[!-~]+"
)

_LOT = ("cbvmda:lotNumber", "urn:epcglobal:cbv:mda:lotNumber")
_EXPIRY = ("cbvmda:itemExpirationDate", "urn:epcglobal:cbv:mda:itemExpirationDate")
_NAMESPACES: Final = {
    "pl": TERMS,
    "cbv": "https://ref.gs1.org/cbv/",
    "cbvmda": "urn:epcglobal:cbv:mda:",
}


def uri(value: Any, name: str) -> str:
    """Return a URI of at most `URI_CHARACTERS_MAX` ASCII characters."""
    if type(value) is not str or len(value) > URI_CHARACTERS_MAX or _URI.fullmatch(value) is None:
        raise FormatError("event-uri", f"{name} is not a URI of at most {URI_CHARACTERS_MAX} characters")
    return value


def is_other_thing(code: str) -> bool:
    """Tell the canonical Digital Link of a GS1 key that is no pack's and no case's."""
    return _OTHER_THING.fullmatch(code) is not None and len(code) <= URI_CHARACTERS_MAX


def instant(value: Any, name: str) -> int:
    """Return a time with its offset as whole seconds since the epoch; fractions are cut off."""
    found = _INSTANT.fullmatch(value) if type(value) is str else None
    if found is not None:
        day, hour, minute, second, zone = found.groups()
        try:
            seconds = _midnight(day, zone) + 3600 * int(hour) + 60 * int(minute) + int(second)
        except (ValueError, OverflowError):
            seconds = -1
        if seconds >= 0:
            return seconds
    raise FormatError("event-time", f"{name} is not a time since 1970 like 2026-11-22T12:37:00+08:00")


@lru_cache(maxsize=4096)
def _midnight(day: str, zone: str) -> int:
    """Return when a day begins in a zone, in seconds since the epoch; many events are of the same few days."""
    return int(datetime.fromisoformat(f"{day}T00:00:00{zone}").timestamp())


def offset(value: Any) -> int:
    """Return the seconds east of UTC that eventTimeZoneOffset names."""
    if type(value) is not str:
        raise FormatError("event-time", "eventTimeZoneOffset is missing or not text")
    return _offset(value)


@lru_cache(maxsize=256)
def _offset(text: str) -> int:
    if _OFFSET.fullmatch(text) is None:
        raise FormatError("event-time", "eventTimeZoneOffset is not an offset like +08:00")
    seconds = int(text[1:3]) * 3600 + int(text[4:6]) * 60
    return -seconds if text[0] == "-" else seconds


def step(value: dict[str, Any]) -> str:
    """Return the one spelling of bizStep, "" when there is none."""
    text = value.get("bizStep", "")
    word = step_word(text) if type(text) is str and text else text
    if type(word) is not str:
        raise FormatError("event-word", "bizStep is no CBV word, none of ours, and no URI")
    return uri(word, "bizStep") if ":" in word else word


def disposition(value: dict[str, Any]) -> str:
    """Return the one spelling of disposition, "" when there is none."""
    text = value.get("disposition", "")
    word = disposition_word(text) if type(text) is str and text else text
    if type(word) is not str:
        raise FormatError("event-word", "disposition is no CBV word and no URI")
    return uri(word, "disposition") if ":" in word else word


def place(value: dict[str, Any]) -> str | None:
    """Return the URI of bizLocation, else of readPoint."""
    found = None
    for name in ("readPoint", "bizLocation"):
        if name in value:
            item = value[name]
            if type(item) is not dict or (len(item) != 1 and not _all_foreign(item.keys() - {"id"})):
                raise FormatError("event-member", f"{name} is not an object with an id")
            found = uri(item.get("id"), f"{name}.id")
    return found


def party(value: dict[str, Any], list_name: str, item_name: str) -> str | None:
    """Return the possessing party of a source or destination list, else the owning party."""
    if list_name not in value:
        return None
    parties: dict[str, str] = {}
    for kind, name in typed_list(value, list_name, item_name):
        word = party_word(kind)
        if word is None:
            raise FormatError("event-word", f"{list_name} has a type that is no CBV word and no URI")
        if word in parties:
            raise FormatError("event-member", f"{list_name} names two of one type")
        parties[word] = name
    return parties.get("possessing_party") or parties.get("owning_party")


def typed_list(value: dict[str, Any], list_name: str, item_name: str) -> list[tuple[str, str]]:
    """Return the (type, URI) pairs of a list of business transactions, sources or destinations."""
    pairs = []
    items = value[list_name]
    if type(items) is not list:
        raise FormatError("event-member", f"{list_name} is not a list")
    for item in items:
        if type(item) is not dict or not item.keys() <= {"type", item_name}:
            raise FormatError("event-member", f"{list_name} holds more than type and {item_name}")
        kind = item.get("type", "")
        if type(kind) is not str or (not kind and item_name != "bizTransaction"):
            raise FormatError("event-member", f"{list_name} has an item without a type")
        pairs.append((kind, uri(item.get(item_name), item_name)))
    return pairs


def goods(value: dict[str, Any]) -> tuple[str, int]:
    """Return batch and expiry (yyyymmdd), from ILMD or from our own members; given twice, they must agree."""
    batch, expiry = value.get("pl:batch", ""), value.get("pl:expiry", "")
    if "ilmd" in value:
        batch = _agreed(value["ilmd"], _LOT, batch, "pl:batch" in value)
        expiry = _agreed(value["ilmd"], _EXPIRY, expiry, "pl:expiry" in value)
    if batch == "" and expiry == "" and not value.keys() & {"pl:batch", "pl:expiry", "ilmd"}:
        return "", 0
    if type(batch) is not str or not _is_text(batch, optional="pl:batch" not in value):
        raise FormatError("event-goods", f"the batch is not 1 to {GS1_TEXT_CHARACTERS_MAX} characters")
    if type(expiry) is not str:
        raise FormatError("event-goods", "the expiry date is not text")
    return batch, _day(expiry) if expiry or "pl:expiry" in value else 0


def _agreed(ilmd: Any, names: tuple[str, str], given: Any, is_given: bool) -> Any:
    if type(ilmd) is not dict or not _all_foreign(ilmd):
        raise FormatError("event-goods", "ilmd is not an object whose members have a prefix")
    for name in names:
        if name in ilmd:
            if type(ilmd[name]) is not str or not ilmd[name] or (is_given and ilmd[name] != given):
                raise FormatError("event-goods", f"{name} is not a text, or is given twice and differs")
            given, is_given = ilmd[name], True
    return given


def _is_text(text: str, *, optional: bool) -> bool:
    if not text:
        return optional
    if len(text) > GS1_TEXT_CHARACTERS_MAX or text != text.strip() or not text.isprintable():
        return False
    return unicodedata.is_normalized("NFC", text)


def _day(text: str) -> int:
    try:
        if _DAY.fullmatch(text) is None:
            raise ValueError
        day = date.fromisoformat(text)
    except ValueError:
        raise FormatError("event-goods", "the expiry date is not a day like 2027-05-31") from None
    return day.year * 10_000 + day.month * 100 + day.day


def insured(value: dict[str, Any]) -> bool:
    """Say whether an insurer pays, by pl:settlement."""
    settlement = value.get("pl:settlement", "self_pay")
    if settlement not in ("insured", "self_pay"):
        raise FormatError("event-word", "pl:settlement is insured or self_pay")
    return bool(settlement == "insured")


def digest(value: Any) -> bytes:
    """Return the 32 bytes that `sha-256:<64 lowercase hex digits>` spells."""
    if type(value) is not str or _DIGEST.fullmatch(value) is None:
        raise FormatError("event-member", "pl:confidential is not sha-256: and 64 lower-case hex digits")
    return bytes.fromhex(value[8:])


def corrects(value: dict[str, Any]) -> bool:
    """Say whether the event declares itself an error; checks the declaration (EPCIS 2.0 §7.4.1.2)."""
    if "errorDeclaration" not in value:
        return False
    declaration = value["errorDeclaration"]
    if type(declaration) is not dict:
        raise FormatError("event-member", "errorDeclaration is not an object")
    if not _all_foreign(declaration.keys() - {"declarationTime", "reason", "correctiveEventIDs"}):
        raise FormatError("event-member", "errorDeclaration has a member that EPCIS does not define")
    instant(declaration.get("declarationTime"), "errorDeclaration.declarationTime")
    reason = declaration.get("reason", "did_not_occur")
    if reason not in ("did_not_occur", "incorrect_data"):
        uri(reason, "errorDeclaration.reason")
    corrective = declaration.get("correctiveEventIDs", [])
    if type(corrective) is not list:
        raise FormatError("event-member", "errorDeclaration.correctiveEventIDs is not a list")
    for item in corrective:
        uri(item, "errorDeclaration.correctiveEventIDs")
    return True


def require_foreign(names: Iterable[str]) -> None:
    """Hold members that EPCIS does not define to a namespace, and not to ours."""
    for name in names:
        if name.startswith((PREFIX, TERMS)):
            raise FormatError("event-namespace", "a member of our namespace is not one that we define")
        if _URI.fullmatch(name) is None:
            raise FormatError("event-member", "a member is neither of EPCIS 2.0 nor in a namespace")


def _all_foreign(names: Iterable[str]) -> bool:
    return all(_URI.fullmatch(name) is not None for name in names)


def require_context(value: Any) -> None:
    """Refuse a context that gives our prefixes, or GS1's, another meaning, or our meaning another prefix."""
    for item in value if type(value) is list else [value]:
        if type(item) is str:
            continue
        if type(item) is not dict:
            raise FormatError("event-namespace", "@context holds something that is neither text nor object")
        for name, meaning in item.items():
            expected = _NAMESPACES.get(name)
            if (expected is not None and meaning != expected) or (name != "pl" and meaning == TERMS):
                raise FormatError("event-namespace", "@context gives a prefix another meaning than ours")
