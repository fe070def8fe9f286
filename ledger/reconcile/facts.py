"""The facts: the tables that a lake holds and rules read. One row here is one thing that somebody stated.

    custody       one pack and one event about it (a case's packs included), in the order of the record
    correction    an event that declares an earlier one void
    settlement    one code (or one line without codes) of a settlement
    prescription  one line of a prescription
    invoice       one line of an invoice
    seizure       one seizure; `seized` has its codes
    recall        one batch called back
    pack          one pack that a commissioning brought into being (cases are none)
    residence     what a confidential part says about where a person lives, if it says anything
    product party site      the registrations

In every table:
    log_index     the statement: what evidence names
    time          the author's claim, seconds since the epoch; `recorded` is the ledger's word (the seal's time)
    day           the local day of `time`: days since 1970-01-01 at UTC+8, the one civil time of the country
    party, site … log index of the registration: short, stable, joined with the tables `party` and `site`;
                  null for a URI that nobody registered
    person …      pseudonyms, 32 hexadecimal digits; null where the part says nothing, is missing or erased
    cents         money in hundredths of the currency; grams, days, packs are whole numbers too
    line          of a paper, counted from 0

A row speaks of its own time: who registers later is not in it. There are no floats but coordinates, so that every
engine counts the same. An event that takes another back has an act of its own, `correcting`: it is no second
dispensing. A paper by somebody without standing is no fact: a settlement by a distributor, a reversal by anybody
but an insurer, a recall of another's product (the ledger keeps them, with the remark `not-authorised`).
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

__all__ = ["DAY_OFFSET_SECONDS", "FACTS", "KEPT_WHOLE", "PERSONAL"]

# China has one civil time; a country with several takes that of its ledger.
DAY_OFFSET_SECONDS: Final = 8 * 3_600

_STATED: Final = [
    ("log_index", pa.int64()),
    ("time", pa.int64()),
    ("recorded", pa.int64()),
    ("day", pa.int32()),
]
_PATIENT: Final = [
    ("person", pa.string()),
    ("prescriber", pa.string()),
    ("pickup", pa.string()),  # who collected it, when not the patient
]


def _fact(*columns: tuple[str, pa.DataType]) -> pa.Schema:
    return pa.schema([*_STATED, *columns])


def _register(*columns: tuple[str, pa.DataType]) -> pa.Schema:
    return pa.schema([("number", pa.int64()), *columns])


FACTS: Final[dict[str, pa.Schema]] = {
    "custody": _fact(
        ("code", pa.string()),  # canonical key of the pack, as in the table `pack`
        ("product", pa.string()),  # seven digits, or GTIN-14; null for a case, which has rows of its own
        ("seq", pa.int32()),  # the position in the pack's chain
        ("act", pa.string()),  # a row of the custody table: commissioning, dispensing, …; or correcting
        ("party", pa.int64()),  # who says so
        ("site", pa.int64()),
        ("destination", pa.int64()),  # to which party, when shipped
        ("payment", pa.string()),  # insured | self_pay, when dispensed
        ("state", pa.string()),  # the pack's state after the event
        ("anomalies", pa.string()),  # of pack and event: names, ascending, joined by a comma; empty for none
        *_PATIENT,
    ),
    "correction": _fact(("corrects", pa.int64())),  # log index of the event that no longer counts
    "settlement": _fact(
        ("id", pa.string()),
        ("line", pa.int32()),
        ("code", pa.string()),  # null when the line names none
        ("product", pa.string()),  # what the line says, whatever the code's own product is
        ("packs", pa.int32()),  # 1 for a row with a code
        ("split", pa.bool_()),
        ("cents", pa.int64()),  # the line's amount, shared evenly among its rows, the rest on the first
        ("fund_cents", pa.int64()),  # the insurer's part of it, in proportion, rounded down
        ("payment", pa.string()),  # insured | self_pay
        ("institution", pa.int64()),
        ("site", pa.int64()),
        ("prescription", pa.string()),  # id of the prescription it fulfils
        ("reverses", pa.string()),  # id of the settlement that it takes back in full
        *_PATIENT,
    ),
    "prescription": _fact(
        ("id", pa.string()),
        ("line", pa.int32()),
        ("product", pa.string()),
        ("packs", pa.int32()),
        ("days", pa.int32()),  # of supply
        ("medium", pa.string()),  # electronic | paper
        ("institution", pa.int64()),
        ("department", pa.string()),
        ("person", pa.string()),
        ("prescriber", pa.string()),
    ),
    "invoice": _fact(
        ("id", pa.string()),
        ("invoice_number", pa.string()),
        ("line", pa.int32()),
        ("party", pa.int64()),  # who says so
        ("seller", pa.int64()),
        ("buyer", pa.int64()),
        ("product", pa.string()),
        ("batch", pa.string()),
        ("packs", pa.int32()),
        ("cents", pa.int64()),
        ("reverses", pa.string()),
    ),
    "seizure": _fact(
        ("id", pa.string()),
        ("party", pa.int64()),
        ("file", pa.string()),  # the file number of the office
        ("place", pa.string()),
        ("codes", pa.int32()),
        ("unreadable", pa.int32()),
        ("grams", pa.int64()),
    ),
    "seized": _fact(("code", pa.string()), ("product", pa.string())),
    "recall": _fact(
        ("id", pa.string()),
        ("party", pa.int64()),
        ("product", pa.string()),
        ("batch", pa.string()),  # * for all batches
        ("level", pa.int32()),
    ),
    "pack": _fact(
        ("code", pa.string()),
        ("product", pa.string()),
        ("batch", pa.string()),
        ("expiry", pa.int32()),  # the last local day on which it may be used; null when the label says none
        ("party", pa.int64()),  # who commissioned it
    ),
    "residence": _fact(
        ("person", pa.string()),
        ("household", pa.string()),  # pseudonym of the household's number
        ("street", pa.string()),  # pseudonym of the division code of the street or village
        ("region", pa.string()),  # six digits of it, the county: where the person lives, no nearer
    ),
    "product": _register(
        ("id", pa.string()),
        ("party", pa.int64()),  # the maker
        ("name_en", pa.string()),
        ("name_zh", pa.string()),
        ("cents", pa.int64()),
        ("milligrams", pa.int64()),
        ("days", pa.int32()),  # of supply in one pack
    ),
    "party": _register(
        ("uri", pa.string()),
        ("name_en", pa.string()),
        ("name_zh", pa.string()),
        ("roles", pa.string()),  # names joined by a comma
        ("region", pa.string()),
    ),
    "site": _register(
        ("uri", pa.string()),
        ("party", pa.int64()),
        ("name_en", pa.string()),
        ("name_zh", pa.string()),
        ("region", pa.string()),
        ("latitude", pa.float64()),  # degrees, null when the registration names no location
        ("longitude", pa.float64()),
    ),
}
"""Each table's columns, in order; every column may be null but those that say what the row is about."""

# Small, and read with everything: written whole with each manifest instead of in segments.
KEPT_WHOLE: Final = ("product", "party", "site")

# The columns that an erasure empties.
PERSONAL: Final = ("person", "prescriber", "pickup", "household", "street")
