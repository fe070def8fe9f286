"""The examples of docs/formats/bill.md and sale.md: what comes in, and the event that it becomes.

    python -m tests.national.examples     writes them into the pages
"""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from ledger.national import Drawn, Sender, read_bill, read_sale, sales_in

PAGES: Final = Path(__file__).parents[2] / "docs" / "formats"
SENDER: Final = Sender(
    "https://distributor.example/",
    {"5069452c34b94a778abaa26c2b40b305": "https://pharmacy.example/", "H61080000001": "https://pharmacy.example/shop"},
    lambda data: sha256(data).digest()[:16],
)
BILL: Final[dict[str, Any]] = {
    "bill_code": "OUT-20261122-1", "bill_time": "2026-11-22 12:37:00", "bill_type": 201,
    "from_user_id": "320000000000127971", "to_user_id": "5069452c34b94a778abaa26c2b40b305",
    "trace_codes": ["87709840000000015538", "87709840000000015538", "8770984"],
    "order_code": "PO-17", "oper_ic_name": "张三", "colour_of_van": "blue",
}  # fmt: skip
MESSAGE: Final[dict[str, Any]] = {
    "infno": "3505", "fixmedins_code": "H61080000001",
    "input": {
        "selinfo": {
            "rtal_docno": "R-1", "mdtrt_setl_type": "1", "setl_id": "610000G0001", "psn_no": "6108000000001",
            "psn_name": "李四", "manu_lotnum": "B1", "expy_end": "2028-12-31", "trdn_flag": "0", "sel_retn_cnt": 1,
            "finl_trns_pric": 25.5, "sel_retn_time": "2026-11-22 12:37:00", "queue_no": "A17",
            "drugtracinfo": [{"drug_trac_codg": "87709840000000015538"}],
        },
    },
}  # fmt: skip


def bill() -> Drawn:
    """Return what the bill becomes."""
    return read_bill(BILL, SENDER)


def sale() -> Drawn:
    """Return what the one row of the message becomes."""
    (row,) = sales_in(MESSAGE)
    return read_sale(row, SENDER)


def parts(page: str) -> dict[str, str]:
    """Return the examples of a page, by their names."""
    made = bill() if page == "bill.md" else sale()
    given = BILL if page == "bill.md" else MESSAGE
    shown = {"given": json.dumps(given, ensure_ascii=False, indent=2), "event": _indented(made.body)}
    if made.confidential is not None:
        shown["confidential"] = _indented(made.confidential)
    return shown


def _indented(data: bytes) -> str:
    return json.dumps(json.loads(data), ensure_ascii=False, indent=2)


def with_examples(page: str, text: str) -> str:
    """Return a page's text with its examples written anew."""
    for name, shown in parts(page).items():
        pattern = re.compile(rf"(<!-- example: {name} -->\n```json\n).*?(^```)", re.DOTALL | re.MULTILINE)
        text, count = pattern.subn(lambda found, shown=shown: f"{found[1]}{shown}\n{found[2]}", text)
        assert count == 1, (page, name)
    return text


if __name__ == "__main__":
    for each in ("bill.md", "sale.md"):
        place = PAGES / each
        place.write_text(with_examples(each, place.read_text("utf-8")), "utf-8")
