"""Sales and returns as institutions upload them to the medical insurance: 3505 and 3506; see `docs/formats/sale.md`.

    {"infno":"3505","fixmedins_code":"H61080000001","input":{"selinfo":{"rtal_docno":"R-1","mdtrt_setl_type":"1",
     "setl_id":"610000G0001","psn_no":"6108000000001","manu_lotnum":"B1","expy_end":"2028-12-31","trdn_flag":"0",
     "sel_retn_cnt":1,"sel_retn_time":"2026-11-22 12:37:00",
     "drugtracinfo":[{"drug_trac_codg":"87709840000000015538"}]}}}

A sale is a dispensing, and says whether the insurance is to pay; a return undoes one. What the fund paid stands in no
upload, so no settlement is made of one: that is the insurer's own word.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from ledger import canonical
from ledger.errors import FormatError
from ledger.limits import IMPORT_CODES_MAX
from ledger.national.rows import Drawn, Fields, Making, RowFault, Sender, codes_of, draw, fields_of, instant
from ledger.papers.confidential import Confidential, Person

__all__ = ["read_sale", "sales_in"]

_ACTS: Final = {"3505": "dispensing", "3505A": "dispensing", "3506": "undoing-dispense", "3506A": "undoing-dispense"}
_ROWS: Final = ("selinfo", "selinfoDetail", "selinfodetail", "data")
_CODES: Final = ("drugtracinfo", "drug_trac_codg")
_DOCUMENTED: Final = frozenset(
    {
        "bchno", "drug_prod_barc", "expy_end", "finl_trns_pric", "fixmedins_bchno", "fixmedins_code",
        "fixmedins_hilist_id", "fixmedins_hilist_name", "hi_feesetl_type", "infno", "manu_date", "manu_lotnum",
        "mdtrt_setl_type", "med_list_codg", "medins_prod_sel_no", "rtal_docno", "rx_circ_flag", "rx_flag",
        "sel_retn_cnt", "sel_retn_time", "shelf_posi", "stoout_no", "trdn_flag",
    }
)  # fmt: skip
_PERSONAL: Final = frozenset(
    {
        "certno", "mdtrt_sn", "memo", "phar_cert_type", "phar_certno", "phar_name", "phar_prac_cert_no",
        "prsc_dr_cert_type", "prsc_dr_certno", "prsc_dr_name", "psn_cert_type", "psn_name", "psn_no", "rxno",
        "sel_retn_opter_name", "setl_id",
    }
)  # fmt: skip


def sales_in(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of one message, each with the number of its interface and of the institution.

    Raises:
        FormatError: `import-type` for another interface; `import-field` when it holds no rows.
    """
    infno = message.get("infno")
    if not isinstance(infno, str) or infno not in _ACTS:
        raise FormatError("import-type", "infno is none of 3505, 3505A, 3506, 3506A")
    inner = message.get("input")
    inner = inner if isinstance(inner, dict) else {}
    given = next((inner[name] for name in _ROWS if inner.get(name)), None)
    named = given if isinstance(given, list) else [given]
    rows = [row for row in named if isinstance(row, dict)]
    if len(rows) < len(named):
        raise FormatError("import-field", "input holds no selinfo")
    head = {name: message[name] for name in ("infno", "fixmedins_code") if message.get(name)}
    # Some senders put the codes beside the row that they belong to.
    beside = {"drugtracinfo": inner["drugtracinfo"]} if len(rows) == 1 and "drugtracinfo" in inner else {}
    return [{**beside, **row, **head} for row in rows]


def read_sale(row: Mapping[str, Any], sender: Sender) -> Drawn:
    """Return what a row becomes.

    Raises:
        FormatError: `import-field` for a field that is missing or wrong; `import-time`; `import-codes`; as
            `make_event` and `make_confidential`.
    """
    fields, faults = fields_of({name: value for name, value in row.items() if name not in _CODES})
    codes, unread = codes_of(row.get("drugtracinfo") or row.get("drug_trac_codg") or [], "drug_trac_codg")
    if len(codes) + len(unread) > IMPORT_CODES_MAX:
        raise FormatError("import-codes", f"at most {IMPORT_CODES_MAX} codes a row")
    is_split = fields.get("trdn_flag") == "1"
    if not is_split and _count(fields) not in (None, len(codes)):
        faults.append(RowFault("sel_retn_cnt", "import-count", fields["sel_retn_cnt"]))
    # An id that can be told by nobody from the row's personal fields, and is the same each time.
    line = canonical.dumps({"codes": codes, "fields": dict(sorted(fields.items()))})
    members = _members(fields, faults, sender, is_split=is_split)
    making = Making(
        kind=_ACTS[fields["infno"]], event_id=UUID(bytes=sender.secret(b"id\0" + line), version=4).urn,
        time=instant(fields.get("sel_retn_time", "")), codes=codes, faults=[*unread, *faults],
        members=members, patient=_patient(fields),
    )  # fmt: skip
    return draw(sender, making, fields, _PERSONAL, _DOCUMENTED)


def _count(fields: Fields) -> int | None:
    """Return how many packs the row speaks of; None when it is no whole number."""
    whole, _, rest = fields.get("sel_retn_cnt", "").partition(".")
    return int(whole) if whole.isascii() and whole.isdigit() and len(whole) < 9 and not rest.strip("0") else None


def _members(fields: Fields, faults: list[RowFault], sender: Sender, *, is_split: bool) -> dict[str, Any]:
    members: dict[str, Any] = {}
    code = fields.get("fixmedins_code", "")
    if code in sender.names:
        members["site"] = sender.names[code]
    if fields["infno"].startswith("3505"):
        insured = fields.get("mdtrt_setl_type") == "1" or ("mdtrt_setl_type" not in fields and "setl_id" in fields)
        members |= {"settlement": "insured" if insured else "self_pay", "partial": is_split}
    batch, expiry = fields.get("manu_lotnum", ""), fields.get("expy_end", "")[:10]
    if 0 < len(batch) <= 20 and batch.isascii() and batch.isprintable():
        members["batch"] = batch
    elif batch:
        faults.append(RowFault("manu_lotnum", "import-field"))
    if expiry:
        try:
            instant(expiry)
            members["expiry"] = int(expiry.replace("-", ""))
        except FormatError:
            faults.append(RowFault("expy_end", "import-time"))
    return members


def _patient(fields: Fields) -> Confidential | None:
    """Return the insured person, by the insurance's number, else by their document; None when neither is there."""
    number, kind = fields.get("psn_no", ""), "insurance_card"
    if not number:
        number = fields.get("certno", "")
        kind = "identity_card" if len(number) == 18 and number[:17].isdigit() else "other"
    if not number or not number.isascii() or not number.isprintable() or " " in number:
        return None
    return Confidential(
        patient=Person(id_type=kind, id_number=number),  # type: ignore[arg-type]
        prescriber=fields.get("prsc_dr_certno"), prescription=fields.get("rxno"), settlement=fields.get("setl_id"),
    )  # fmt: skip
