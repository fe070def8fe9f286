"""What a paper says: one type for each kind; the fields here are the JSON members, in the order of the page.

`docs/formats/paper.md` shows an example of each. Nothing here names a person: who received, prescribed or
collected stands in the confidential part, and the paper holds its digest.
"""

from __future__ import annotations

import unicodedata
from typing import Annotated, Final, Literal

import msgspec

from ledger.limits import (
    CODES_PER_EVENT_MAX,
    GS1_TEXT_CHARACTERS_MAX,
    PAPER_LINES_MAX,
    TEXT_CHARACTERS_MAX,
    URI_CHARACTERS_MAX,
)

__all__ = [
    "Content",
    "Invoice",
    "InvoiceLine",
    "Prescription",
    "PrescriptionLine",
    "Recall",
    "Seizure",
    "Settlement",
    "SettlementLine",
    "is_canonical",
]

# `\Z`: `$` also matches before a final line break. `[0-9]`: `\d` also matches other scripts' digits.
_URI = r"^[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+\Z"
_SECOND = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z\Z"

Uri = Annotated[str, msgspec.Meta(pattern=_URI, max_length=URI_CHARACTERS_MAX)]
Second = Annotated[str, msgspec.Meta(pattern=_SECOND)]
Digest = Annotated[str, msgspec.Meta(pattern=r"^sha-256:[0-9a-f]{64}\Z")]
Product = Annotated[str, msgspec.Meta(pattern=r"^(?:8[0-9]{6}|[0-9]{14})\Z")]
Amount = Annotated[str, msgspec.Meta(pattern=r"^(?:0|[1-9][0-9]{0,11})\.[0-9]{2}\Z")]
Kilograms = Annotated[str, msgspec.Meta(pattern=r"^(?:0|[1-9][0-9]{0,8})\.[0-9]{3}\Z")]
Currency = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}\Z")]
# Letters of every script, but no control, no line break, no blank at either end.
_TEXT = r"^[^\s\x00-\x1f\x7f-\x9f](?:[^\x00-\x1f\x7f-\x9f\u2028\u2029]*[^\s\x00-\x1f\x7f-\x9f])?\Z"
Text = Annotated[str, msgspec.Meta(pattern=_TEXT, max_length=TEXT_CHARACTERS_MAX)]
Batch = Annotated[str, msgspec.Meta(pattern=_TEXT, max_length=GS1_TEXT_CHARACTERS_MAX)]
Count = Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)]
Days = Annotated[int, msgspec.Meta(ge=1, le=3_650)]
Codes = Annotated[list[str], msgspec.Meta(min_length=1, max_length=CODES_PER_EVENT_MAX)]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Strict: a member that is not defined is refused, and one that says nothing is left out."""


class SettlementLine(_Part, frozen=True, kw_only=True):
    """One product on a settlement: codes where they were scanned, `split` when a pack was opened for it."""

    product: Product
    packs: Count
    amount: Amount
    codes: Codes | None = None
    split: bool = False


class Settlement(_Part, frozen=True, kw_only=True, tag="settlement"):
    """What an institution was paid for, by the insurer (`fund`) or by the patient alone (`self_pay`).

    Attributes:
        institution, site: where the medicine was handed out.
        prescription: the prescription paper that it fulfils.
        reverses: the settlement that this one takes back in full; only an insurer's word takes it back.
    """

    id: Uri
    time: Second
    institution: Uri
    payment: Literal["insured", "self_pay"]
    currency: Currency
    amount: Amount
    fund: Amount
    lines: Annotated[list[SettlementLine], msgspec.Meta(min_length=1, max_length=PAPER_LINES_MAX)]
    site: Uri | None = None
    prescription: Uri | None = None
    reverses: Uri | None = None
    confidential: Digest | None = None


class PrescriptionLine(_Part, frozen=True, kw_only=True):
    """One product prescribed: how many packs, and for how many days they are meant."""

    product: Product
    packs: Count
    days: Days


class Prescription(_Part, frozen=True, kw_only=True, tag="prescription"):
    """What was prescribed, where, and on what; patient and prescriber stand in the confidential part."""

    id: Uri
    time: Second
    institution: Uri
    medium: Literal["electronic", "paper"]
    lines: Annotated[list[PrescriptionLine], msgspec.Meta(min_length=1, max_length=PAPER_LINES_MAX)]
    department: Text | None = None
    confidential: Digest | None = None


class InvoiceLine(_Part, frozen=True, kw_only=True):
    """One product and batch sold; codes may be left to the shipment."""

    product: Product
    packs: Count
    amount: Amount
    batch: Batch | None = None
    codes: Codes | None = None


class Invoice(_Part, frozen=True, kw_only=True, tag="invoice"):
    """A sale between two parties; `reverses` names the invoice that this one cancels in full."""

    id: Uri
    time: Second
    number: Text
    seller: Uri
    buyer: Uri
    currency: Currency
    amount: Amount
    tax: Amount
    lines: Annotated[list[InvoiceLine], msgspec.Meta(min_length=1, max_length=PAPER_LINES_MAX)]
    reverses: Uri | None = None


class Seizure(_Part, frozen=True, kw_only=True, tag="seizure"):
    """What was found and taken: the readable codes, how much could not be read, and what all of it weighs."""

    id: Uri
    time: Second
    case: Text
    place: Text
    codes: Codes | None = None
    unreadable: Count | None = None
    kilograms: Kilograms | None = None


class Recall(_Part, frozen=True, kw_only=True, tag="recall"):
    """Batches of a product called back; without `batches`, all of them. Level 1 is the gravest."""

    id: Uri
    time: Second
    product: Product
    level: Literal[1, 2, 3]
    reason: Text
    batches: Annotated[list[Batch], msgspec.Meta(min_length=1, max_length=PAPER_LINES_MAX)] | None = None


Content = Settlement | Prescription | Invoice | Seizure | Recall

_encoder: Final = msgspec.json.Encoder(order="sorted")


def is_canonical(content: msgspec.Struct, body: bytes) -> bool:
    """Say whether `body` is the one spelling of the typed value that was read from it.

    The same as `canonical.dumps(loads(body)) == body`, at a fifth of the cost: a typed value holds no float
    and no large integer, its keys are ASCII, and a key given twice would not print back.
    """
    if _encoder.encode(content) != body:
        return False
    return body.isascii() or unicodedata.is_normalized("NFC", body.decode())
