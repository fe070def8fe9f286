"""Bills of the traceability platform: what came in, what went out, what was sold; see `docs/formats/bill.md`.

    {"bill_code":"OUT-20261122-1","bill_time":"2026-11-22 12:37:00","bill_type":201,
     "from_user_id":"320000…","to_user_id":"5069452c…","trace_codes":["87709840000000015538"],"order_code":"PO-17"}

Each type of bill is an act of the custody table, one row here. A type whose act the ledger has no word for is recorded
as one without effect: that the bill was, is evidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final, NamedTuple

from ledger.errors import FormatError
from ledger.limits import IMPORT_CODES_MAX
from ledger.national.rows import Drawn, Fields, Making, RowFault, Sender, codes_of, draw, fields_of, instant
from ledger.papers.confidential import Confidential, IdType, Person

__all__ = ["BILLS", "Bill", "read_bill"]


class Bill(NamedTuple):
    """One type of bill: its name on the platform, and the act that it reports."""

    zh: str
    en: str
    act: str


BILLS: Final[dict[str, Bill]] = {
    "101": Bill("生产入库", "production", "commissioning"),
    "102": Bill("采购入库", "purchase", "receiving"),
    "103": Bill("退货入库", "return", "receiving"),
    "104": Bill("调拨入库", "transfer", "receiving"),
    "106": Bill("零头入库", "remnant", "other"),
    "107": Bill("供应入库", "supply", "receiving"),
    "108": Bill("召回入库", "recall", "receiving"),
    "110": Bill("赠品入库", "gift", "receiving"),
    "111": Bill("盘盈入库", "stock gain", "other"),
    "112": Bill("报废入库", "scrap", "other"),
    "113": Bill("其他入库", "other", "other"),
    "116": Bill("消费者退货入库", "consumer's return", "undoing-dispense"),
    "201": Bill("销售出库", "sale", "shipping"),
    "202": Bill("退货出库", "return", "shipping"),
    "203": Bill("调拨出库", "transfer", "shipping"),
    "204": Bill("返工出库", "rework", "other"),
    "205": Bill("销毁出库", "destruction", "destroying"),
    "206": Bill("抽检出库", "sampling", "sampling"),
    "207": Bill("直调出库", "direct delivery", "shipping"),
    "208": Bill("生产出库", "production", "other"),
    "209": Bill("供应出库", "supply", "shipping"),
    "211": Bill("召回出库", "recall", "shipping"),
    "212": Bill("赠品出库", "gift", "shipping"),
    "214": Bill("盘亏出库", "stock loss", "loss"),
    "215": Bill("损坏出库", "damage", "other"),
    "216": Bill("报废出库", "scrap", "other"),
    "217": Bill("其他出库", "other", "other"),
    "237": Bill("直调退货", "direct delivery returned", "shipping"),
    "321": Bill("零售出库", "retail", "dispensing"),
    "322": Bill("疫苗接种", "vaccination", "dispensing"),
    "323": Bill("零售出库", "retail", "dispensing"),
}

_CODES: Final = "trace_codes"
_DOCUMENTED: Final = frozenset(
    {
        "agent_ref_user_id", "bill_code", "bill_time", "bill_type", "cancel_reason_code", "cancel_reason_des",
        "client_type", "deliver_code", "dest_user_id", "dis_ref_ent_id", "drug_id", "from_address", "from_user_id",
        "network_bill_flag", "oper_ic_code", "order_code", "order_source", "physic_type", "ref_user_id",
        "return_reason_code", "return_reason_des", "to_address", "to_user_id", "warehouse_id",
    }
)  # fmt: skip
_PERSONAL: Final = frozenset(
    {
        "customer_id", "customer_id_type", "executer_code", "executer_name", "medic_dispenser", "medic_doctor",
        "oper_ic_name", "superviser_code", "superviser_name", "user_agent", "user_name", "user_tel",
    }
)  # fmt: skip
_ID_TYPES: Final[dict[str, IdType]] = {
    "1": "identity_card", "2": "passport", "3": "military", "4": "insurance_card", "5": "vaccination_card",
    "6": "student", "9": "other",
}  # fmt: skip


def read_bill(row: Mapping[str, Any], sender: Sender) -> Drawn:
    """Return what a bill becomes.

    Raises:
        FormatError: `import-type` for a type that is not the platform's; `import-field` for one that is missing or
            wrong; `import-time`; `import-codes` for too many of them; as `make_event` and `make_confidential`.
    """
    fields, faults = fields_of({name: value for name, value in row.items() if name != _CODES})
    bill = BILLS.get(fields.get("bill_type", ""))
    if bill is None:
        raise FormatError("import-type", "bill_type")
    number = fields.get("bill_code")
    if number is None:
        raise FormatError("import-field", "bill_code is missing")
    codes, unread = codes_of(row.get(_CODES) or [])
    if len(codes) + len(unread) > IMPORT_CODES_MAX:
        raise FormatError("import-codes", f"at most {IMPORT_CODES_MAX} codes a bill")
    if not codes and not unread:
        raise FormatError("import-field", f"{_CODES} is missing")
    # The platform takes each number of a party once, and so does the ledger: it is the event's id.
    name = sha256(f"bill\0{sender.party}\0{number}".encode()).hexdigest()
    patient = _patient(fields, faults)
    making = Making(
        kind=bill.act, event_id=f"urn:packledger:national:bill:{name[:40]}", time=instant(fields.get("bill_time", "")),
        codes=codes, faults=[*unread, *faults], members=_members(bill, fields, sender), patient=patient,
    )  # fmt: skip
    return draw(sender, making, fields, _PERSONAL, _DOCUMENTED)


def _members(bill: Bill, fields: Fields, sender: Sender) -> dict[str, Any]:
    members: dict[str, Any] = {}
    if bill.act in ("shipping", "receiving") and "from_user_id" in fields:
        members["source"] = sender.named(fields["from_user_id"])
    if bill.act == "shipping" and "to_user_id" in fields:
        members["destination"] = sender.named(fields["to_user_id"])
    return members


def _patient(fields: Fields, faults: list[RowFault]) -> Confidential | None:
    """Return the purchaser of a retail bill, by document; None when it names none that can be read."""
    number = fields.get("customer_id", "")
    if not number:
        return None
    kind = _ID_TYPES.get(fields.get("customer_id_type", ""), "other")
    if not number.isascii() or not number.isprintable() or " " in number:
        faults.append(RowFault("customer_id", "import-field"))
        return None
    return Confidential(patient=Person(id_type=kind, id_number=number), prescriber=fields.get("medic_doctor"))
