"""The forms of China's systems, as far as they are published: in, as events of the ledger; each line with its faults.

    rows     what both have in common: a document cut into rows, a row's fields, and the event that is made of it
    bills    the traceability platform's circulation and retail bills (docs/formats/bill.md)
    sales    the medical insurance's uploads of sales and of returns, 3505 and 3506 (docs/formats/sale.md)

Pure: who sends, whom numbers stand for, and what cannot be guessed come as arguments (`Sender`).
"""

from __future__ import annotations

from ledger.national.bills import BILLS, read_bill
from ledger.national.rows import Drawn, RowFault, Sender, cut
from ledger.national.sales import read_sale, sales_in

__all__ = ["BILLS", "Drawn", "RowFault", "Sender", "cut", "read_bill", "read_sale", "sales_in"]
