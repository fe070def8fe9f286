"""What is done at a counter: the modes, and the signed event that each makes."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec

from ledger import canonical
from ledger.clock import Randomness, iso
from ledger.codes import Code
from ledger.custody.event import MEDIA_TYPE, make_event, parse_event
from ledger.errors import Misuse
from ledger.limits import TEXT_CHARACTERS_MAX
from ledger.log.keys import PrivateKey
from ledger.log.statement import sign_statement
from scanner.home import Station
from scanner.outbox import Entry

__all__ = ["MODES", "Basket", "Made", "Mode", "make_act", "make_correction"]


class Mode(NamedTuple):
    """One thing that is done at a counter.

    Attributes:
        name: what it is called here and in the words.
        kind: the act in the custody table.
        settlement: of a dispensing: who pays.
        step: the business step, where the table's own is not meant.
        needs: what must be said beforehand: `patient`, `destination`, or "".
    """

    name: str
    kind: str
    settlement: str | None = None
    step: str = ""
    needs: str = ""


MODES: Final = MappingProxyType(
    {
        mode.name: mode
        for mode in (
            Mode("receive", "receiving"),
            Mode("ship", "shipping", needs="destination"),
            Mode("dispense-insured", "dispensing", settlement="insured", needs="patient"),
            Mode("dispense-self-pay", "dispensing", settlement="self_pay"),
            Mode("return", "undoing-dispense"),
            Mode("inspect", "inspecting"),
            # No act of its own: it is recorded without effect, and shows where the pack was at that time.
            Mode("stock-take", "other", step="stock_taking"),
        )
    }
)


class Basket(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the scans that follow have in common: to whom, or for whom.

    Attributes:
        destination: URI of the party that a shipment goes to.
        id_type, id_number: the patient's card or document, as in docs/formats/confidential.md.
        prescriber, prescription, settlement: their numbers, where they are known.
    """

    destination: str = ""
    id_type: str = "insurance_card"
    id_number: str = ""
    prescriber: str = ""
    prescription: str = ""
    settlement: str = ""

    def __repr__(self) -> str:
        return "Basket(…)"


class Made(NamedTuple):
    """A signed event: what is handed in."""

    id: str
    statement: bytes
    body: bytes
    confidential: bytes | None


_ID_TYPES: Final = frozenset(
    {"identity_card", "passport", "military", "insurance_card", "vaccination_card", "student", "other"}
)


def make_act(
    station: Station, key: PrivateKey, mode: Mode, code: Code, basket: Basket, *, now: int, random: Randomness
) -> Made:
    """Return the event of one pack in this mode, signed by the station.

    Raises:
        Misuse: `basket-incomplete`, `person-malformed`; `log-value-unfit`.
        FormatError, CodeFault: as `make_event`, for values that make no event.
    """
    if mode.needs == "destination" and not basket.destination:
        raise Misuse("basket-incomplete", "destination")
    if mode.needs == "patient" and not basket.id_number:
        raise Misuse("basket-incomplete", "patient")
    dispensing = mode.kind == "dispensing"
    part = _confidential(basket, random(16)) if dispensing and basket.id_number else None
    event_id = UUID(bytes=random(16), version=4).urn
    body = make_event(
        mode.kind, event_id=event_id, event_time=now, codes=[code.uri], site=station.site or None,
        destination=basket.destination if mode.kind == "shipping" else None, settlement=mode.settlement,
        batch=code.batch, expiry=code.expiry, offset=station.offset,
        confidential=None if part is None else canonical.digest(part),
    )  # fmt: skip
    if mode.step:
        body = canonical.dumps(canonical.loads(body) | {"bizStep": mode.step})
    return Made(event_id, _signed(station, key, mode.kind, event_id, body, now), body, part)


def make_correction(station: Station, key: PrivateKey, entry: Entry, *, now: int) -> Made:
    """Return the declaration that an event of ours never happened, signed by the station.

    It has the event's own id. What was confidential in the event is not said again.
    """
    value: dict[str, Any] = canonical.loads(entry.body)
    value.pop("pl:confidential", None)
    value["errorDeclaration"] = {"declarationTime": iso(now), "reason": "did_not_occur"}
    body = canonical.dumps(value)
    return Made(entry.id, _signed(station, key, entry.kind, entry.id, body, now), body, None)


def _signed(station: Station, key: PrivateKey, kind: str, event_id: str, body: bytes, now: int) -> bytes:
    parse_event(body)
    return sign_statement(
        key, issuer=station.party, subject=event_id, issued_at=now, kind=kind, media_type=MEDIA_TYPE,
        digest=canonical.digest(body),
    )  # fmt: skip


def _confidential(basket: Basket, salt: bytes) -> bytes:
    """Return the personal fields as docs/formats/confidential.md has them."""
    number = basket.id_number
    texts = {name: getattr(basket, name) for name in ("prescriber", "prescription", "settlement")}
    printable = number.isascii() and number.isprintable() and " " not in number
    too_long = any(len(text) > TEXT_CHARACTERS_MAX for text in (number, *texts.values()))
    if basket.id_type not in _ID_TYPES or not printable or too_long:
        raise Misuse("person-malformed")
    value: dict[str, Any] = {name: text for name, text in texts.items() if text}
    return canonical.dumps(
        value | {"patient": {"id_type": basket.id_type, "id_number": number}, "salt": salt.hex()}
    )
