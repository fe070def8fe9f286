"""What a paper says: one type for each kind; the fields here are the JSON members, in the order of the page.

`docs/formats/paper.md` shows an example of each. Nothing here names a person: who received, prescribed or
collected stands in the confidential part, and the paper holds its digest.
"""

from __future__ import annotations

import unicodedata
from typing import Annotated, Final, Literal

import msgspec

from ledger.limits import (
    ACTION_FINDINGS_MAX,
    CODES_PER_EVENT_MAX,
    GS1_TEXT_CHARACTERS_MAX,
    NOTE_CHARACTERS_MAX,
    PAPER_LINES_MAX,
    SEIZURE_TEXT_CHARACTERS_MAX,
    TEXT_CHARACTERS_MAX,
    URI_CHARACTERS_MAX,
)

__all__ = [
    "DOUBLED", "Action", "Adding", "AllowName", "AskName", "Cause", "Claim", "Content", "Deadline", "Deed",
    "HandOver", "Invoice", "InvoiceLine", "Look", "Note", "Opening", "Outcome", "Prescription", "PrescriptionLine",
    "Publication", "Recall", "Seizure", "SeizureFault", "Settlement", "SettlementLine", "is_canonical",
]  # fmt: skip

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
Kebab = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9]*(?:-[a-z0-9]+)*\Z", max_length=TEXT_CHARACTERS_MAX)]
Snake = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9]*(?:_[a-z0-9]+)*\Z", max_length=TEXT_CHARACTERS_MAX)]
# What a scanner or a keyboard gave, when it is fit to print.
Scanned = Annotated[str, msgspec.Meta(pattern=r"^[ -~]+\Z", max_length=SEIZURE_TEXT_CHARACTERS_MAX)]
# Several paragraphs: line breaks stand inside, nothing else that does not print.
_NOTE = r"^[^\s\x00-\x1f\x7f-\x9f](?:[^\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]*[^\s\x00-\x1f\x7f-\x9f])?\Z"
NoteText = Annotated[str, msgspec.Meta(pattern=_NOTE, max_length=NOTE_CHARACTERS_MAX)]
FindingId = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}\Z")]
FindingIds = Annotated[list[FindingId], msgspec.Meta(min_length=1, max_length=ACTION_FINDINGS_MAX)]
Pseudonym = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}\Z")]
PaperIds = Annotated[list[Uri], msgspec.Meta(min_length=1, max_length=PAPER_LINES_MAX)]


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


DOUBLED: Final = "doubled"
"""The fault of a line that names a pack which an earlier line named; every other fault is of a line without a code."""


class SeizureFault(_Part, frozen=True, kw_only=True):
    """A line of a seizure list that gave no code of its own: `text` as it stood there, if it can be printed."""

    line: Count
    fault: Kebab
    text: Scanned | None = None


class Seizure(_Part, frozen=True, kw_only=True, tag="seizure"):
    """What was found and taken: the readable codes, how much could not be read, and what all of it weighs.

    Attributes:
        case: the file number of the office.
        unreadable: packs whose codes were cut out or scratched away, beside the lines of the list.
        list_digest: SHA-256 of the whole list as it was handed in; a long list makes several papers.
        faults: the lines of the list that named no pack, or one that was named before; ascending.
    """

    id: Uri
    time: Second
    case: Text
    place: Text
    codes: Codes | None = None
    unreadable: Count | None = None
    kilograms: Kilograms | None = None
    list_digest: Digest | None = None
    faults: Annotated[list[SeizureFault], msgspec.Meta(min_length=1, max_length=CODES_PER_EVENT_MAX)] | None = None


class Recall(_Part, frozen=True, kw_only=True, tag="recall"):
    """Batches of a product called back; without `batches`, all of them. Level 1 is the gravest."""

    id: Uri
    time: Second
    product: Product
    level: Literal[1, 2, 3]
    reason: Text
    batches: Annotated[list[Batch], msgspec.Meta(min_length=1, max_length=PAPER_LINES_MAX)] | None = None


class _Deed(_Part, frozen=True, tag_field="act", kw_only=True):
    """What an officer does in a case; `act` says which of these it is."""


class Opening(_Deed, frozen=True, kw_only=True, tag="open"):
    """A case begins, with what is known: findings, seizures, or neither."""

    title: Text
    findings: FindingIds | None = None
    seizures: PaperIds | None = None


class Adding(_Deed, frozen=True, kw_only=True, tag="add"):
    """More belongs to the case: findings, seizure papers, or both."""

    findings: FindingIds | None = None
    seizures: PaperIds | None = None


class Claim(_Deed, frozen=True, kw_only=True, tag="claim"):
    """The station that signs works on the case from now on; a closed case is open again."""


class Note(_Deed, frozen=True, kw_only=True, tag="note"):
    """Something that others must know. It stays for good: no personal data."""

    text: NoteText


class Deadline(_Deed, frozen=True, kw_only=True, tag="deadline"):
    """By when the case must be decided."""

    until: Second


class HandOver(_Deed, frozen=True, kw_only=True, tag="hand-over"):
    """The case goes to another office, whose party URI is `to`."""

    to: Uri
    reason: NoteText


Cause = Literal[
    "family", "chronic-need", "lost-pack", "returned", "late-upload", "scanner", "clerical", "lawful-trade",
    "rule", "other",
]  # fmt: skip


class Outcome(_Deed, frozen=True, kw_only=True, tag="outcome"):
    """What came of it: of some findings when `findings` names them, else of the case, which is then closed.

    Attributes:
        cause: the innocent explanation; for a false alarm, and only then.
    """

    result: Literal["confirmed", "false-alarm", "unresolved"]
    cause: Cause | None = None
    findings: FindingIds | None = None
    text: NoteText | None = None


class AskName(_Deed, frozen=True, kw_only=True, tag="ask-name"):
    """An officer wants to know who a person is; another officer must allow it."""

    person: Pseudonym
    reason: NoteText


class AllowName(_Deed, frozen=True, kw_only=True, tag="allow-name"):
    """A second officer allows it; `ask` is the id of the action that asked."""

    ask: Uri


Deed = Opening | Adding | Claim | Note | Deadline | HandOver | Outcome | AskName | AllowName


class Action(_Part, frozen=True, kw_only=True, tag="action"):
    """What an officer did in a case, signed by the station of the office.

    Attributes:
        case: the id of the action that opened the case; in that action its own id.
        after: log index of the newest action that the officer saw; it counts only if that is the newest still.
    """

    id: Uri
    time: Second
    case: Uri
    do: Deed
    after: Count | None = None


class Publication(_Part, frozen=True, kw_only=True, tag="rule"):
    """A reconciliation rule comes into force, as the text with this digest.

    Attributes:
        rule: its id.
        version: SHA-256 of the rule's file.
        parameters: those that have another value than the file says.
    """

    id: Uri
    time: Second
    rule: Kebab
    version: Digest
    parameters: dict[Snake, int | Text] | None = None


class Look(_Part, frozen=True, kw_only=True, tag="look"):
    """An officer looked at what is known of a person; recorded before they saw it.

    Attributes:
        what: `acts`, what was done on the person's card; `name`, who it is.
        person: the pseudonym.
        case: the id of the action that opened the case for which it was needed.
        ask: of a name, the id of the action that asked for it.
    """

    id: Uri
    time: Second
    what: Literal["acts", "name"]
    person: Pseudonym
    case: Uri
    reason: NoteText
    ask: Uri | None = None


Content = Settlement | Prescription | Invoice | Seizure | Recall | Action | Publication | Look

_encoder: Final = msgspec.json.Encoder(order="sorted")


def is_canonical(content: msgspec.Struct, body: bytes) -> bool:
    """Say whether `body` is the one spelling of the typed value that was read from it.

    The same as `canonical.dumps(loads(body)) == body`, at a fifth of the cost: a typed value holds no float
    and no large integer, its keys are ASCII, and a key given twice would not print back.
    """
    if _encoder.encode(content) != body:
        return False
    return body.isascii() or unicodedata.is_normalized("NFC", body.decode())
