"""The confidential part: the personal fields of an event or a paper, kept apart so that they can be erased.

    {"patient":{"id_number":"…","id_type":"identity_card"},"salt":"00112233445566778899aabbccddeeff"}

Canonical JSON with a random salt, so that nobody finds the number by trying all of them against the digest.
The body carries `"sha-256:<hex>"` of these bytes (`canonical.digest`). No error and no printed form shows a
value. The format is `docs/formats/confidential.md`.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, get_args

import msgspec

from ledger import canonical
from ledger.errors import FormatError, Misuse
from ledger.limits import CONFIDENTIAL_BYTES_MAX, IMPORT_FIELD_CHARACTERS_MAX, IMPORT_FIELDS_MAX, TEXT_CHARACTERS_MAX
from ledger.papers.contents import Text, is_canonical

__all__ = ["Confidential", "Person", "make_confidential", "parse_confidential", "person_named", "read_confidential"]

# Makes the part unguessable from its digest, however few people a number can belong to.
SALT_BYTES: Final = 16

IdType = Literal[
    "identity_card", "passport", "military", "insurance_card", "vaccination_card", "student", "other"
]  # the kinds that the national platform's retail upload knows

# One spelling of a number: printable ASCII without blanks, so that one person is one pseudonym.
IdNumber = Annotated[str, msgspec.Meta(pattern=r"^[!-~]+\Z", max_length=TEXT_CHARACTERS_MAX)]

Residence = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{9}\Z")]


FieldName = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,63}\Z")]
Field = Annotated[str, msgspec.Meta(max_length=IMPORT_FIELD_CHARACTERS_MAX)]
Others = Annotated[
    dict[FieldName, Field],
    msgspec.Meta(min_length=1, max_length=IMPORT_FIELDS_MAX),
]


class Person(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A person, by a document and its number."""

    id_type: IdType
    id_number: IdNumber

    def __repr__(self) -> str:
        return "Person(…)"


class Confidential(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """The personal fields.

    Attributes:
        patient: for whom the medicine is.
        prescriber: the prescriber's registration number.
        prescription, settlement: their numbers in the offices that issued them.
        pickup: who collected it, when not the patient.
        household: the number that the insurer knows the patient's household by.
        residence: where the patient lives: the division code of the street or village (GB/T 10114), nine
            digits, whose first six are the county's.
        others: what the sender's own form says besides, by the names that it has there.
    """

    patient: Person
    prescriber: Text | None = None
    prescription: Text | None = None
    settlement: Text | None = None
    pickup: Person | None = None
    household: IdNumber | None = None
    residence: Residence | None = None
    others: Others | None = None

    def __repr__(self) -> str:
        return "Confidential(…)"


class _Salted(Confidential, frozen=True, kw_only=True):
    salt: Annotated[str, msgspec.Meta(pattern=rf"^[0-9a-f]{{{2 * SALT_BYTES}}}\Z")]


_decoder: Final = msgspec.json.Decoder(_Salted, strict=True)


def person_named(id_type: str, id_number: str) -> Person:
    """Return the person with this document, as a confidential part would name them.

    Raises:
        Misuse: `person-malformed` when no confidential part could.
    """
    try:
        return msgspec.convert({"id_type": id_type, "id_number": id_number}, Person)
    except msgspec.ValidationError:  # its text may quote the number
        raise Misuse("person-malformed", f"the type is one of {', '.join(get_args(IdType))}") from None


def make_confidential(fields: Confidential, salt: bytes) -> bytes:
    """Return the bytes to keep apart; `salt` is 16 fresh random bytes.

    Raises:
        FormatError: `confidential-salt`; else as `parse_confidential`.
    """
    if len(salt) != SALT_BYTES:
        raise FormatError("confidential-salt", f"{len(salt)} bytes, not {SALT_BYTES}")
    data = canonical.dumps(msgspec.to_builtins(fields) | {"salt": salt.hex()})
    parse_confidential(data)
    return data


def parse_confidential(data: bytes) -> Confidential:
    """Read a confidential part; its bytes must be the one canonical spelling.

    Raises:
        FormatError: `json-…`; `confidential-too-large`; `confidential-not-canonical`; `confidential-member`
            for one that is missing, unknown or wrong.
    """
    if len(data) > CONFIDENTIAL_BYTES_MAX:
        raise FormatError("confidential-too-large", f"{len(data)} bytes, at most {CONFIDENTIAL_BYTES_MAX}")
    try:
        salted = _decoder.decode(data)
    except msgspec.ValidationError:
        # The library's message quotes values, and names members that a mistake could have made of values.
        raise FormatError("confidential-member", "a member is missing, unknown or wrong") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        canonical.loads(data)  # says what is wrong
        raise FormatError("confidential-not-canonical", "RFC 8785 spells this value otherwise") from None
    if not is_canonical(salted, data):
        raise FormatError("confidential-not-canonical", "RFC 8785 spells this value otherwise")
    return Confidential(
        patient=salted.patient,
        prescriber=salted.prescriber,
        prescription=salted.prescription,
        settlement=salted.settlement,
        pickup=salted.pickup,
        household=salted.household,
        residence=salted.residence,
        others=salted.others,
    )


def read_confidential(data: bytes) -> Confidential:
    """Read a recorded part, which was tested when it came in.

    Raises:
        FormatError: `confidential-member` when it is no such part, which no recorded one is.
    """
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise FormatError("confidential-member", "a member is missing, unknown or wrong") from None
