"""What papers say, as rows: one a line, or one a code where codes are named.

A paper whose author has no standing to write it is no fact: the ledger keeps it, with its remark, and here it is
left out, so that nobody settles, reverses or recalls by signing what is not theirs to say.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from ledger.codes import product_of
from ledger.codes.code import keys_of
from ledger.identity.signer import Signer
from ledger.papers.contents import Invoice, Prescription, Recall, Seizure, Settlement, SettlementLine
from ledger.papers.paper import read_content
from ledger.reconcile.lake.registered import Registered
from ledger.reconcile.lake.rows import Rows, Told
from ledger.store.database import Row

__all__ = ["add_paper"]

_NO_STANDING: Final = "not-authorised"
_INSURER: Final = "insurer"


def add_paper(
    rows: Rows, registered: Registered, entry: Row, recorded: int, remarks: tuple[str, ...]
) -> None:
    """Add the rows of a recorded paper, an entry as in `Batch`, sealed at `recorded`, with these remarks."""
    index, kind, _, statement, body = entry
    if kind not in _ADD or _NO_STANDING in remarks:
        return
    time, content = read_content(kind, body)
    signer = registered.signer(statement, index)
    _ADD[kind](rows, registered, Told(index, time, recorded, signer.party), signer, content)


def _settlement(rows: Rows, registered: Registered, told: Told, signer: Signer, paper: Settlement) -> None:
    if paper.reverses is not None and _INSURER not in signer.roles:
        return  # only an insurer's word takes a settlement back
    site = registered.place(paper.site, told.index).site
    place = rows.tell(Told(told.index, told.time, told.recorded, told.party, site, payment=paper.payment))
    institution = registered.place(paper.institution, told.index).party
    amount, fund = _hundredths(paper.amount), _hundredths(paper.fund)
    for number, line in enumerate(paper.lines):
        codes: list[Any] = [None] if line.codes is None else keys_of(line.codes)
        count = len(codes)
        cents = _shared(_hundredths(line.amount), count)
        rows.add(
            "settlement", place, count,
            id=[paper.id] * count, line=[number] * count, code=codes, product=[line.product] * count,
            packs=[_packs(line)] * count, split=[line.split] * count, cents=cents,
            fund_cents=[fund * each // amount if amount else 0 for each in cents],
            institution=[institution] * count, prescription=[paper.prescription] * count,
            reverses=[paper.reverses] * count,
        )  # fmt: skip


def _packs(line: SettlementLine) -> int:
    return line.packs if line.codes is None else 1


def _shared(cents: int, count: int) -> list[int]:
    share, rest = divmod(cents, count)
    return [share + rest, *[share] * (count - 1)]


def _prescription(rows: Rows, registered: Registered, told: Told, signer: Signer, paper: Prescription) -> None:
    count = len(paper.lines)
    rows.add(
        "prescription", rows.tell(told), count,
        id=[paper.id] * count, line=list(range(count)), product=[line.product for line in paper.lines],
        packs=[line.packs for line in paper.lines], days=[line.days for line in paper.lines],
        medium=[paper.medium] * count, department=[paper.department] * count,
        institution=[registered.place(paper.institution, told.index).party] * count,
    )  # fmt: skip


def _invoice(rows: Rows, registered: Registered, told: Told, signer: Signer, paper: Invoice) -> None:
    count = len(paper.lines)
    rows.add(
        "invoice", rows.tell(told), count,
        id=[paper.id] * count, invoice_number=[paper.number] * count, line=list(range(count)),
        seller=[registered.place(paper.seller, told.index).party] * count,
        buyer=[registered.place(paper.buyer, told.index).party] * count,
        product=[line.product for line in paper.lines], batch=[line.batch for line in paper.lines],
        packs=[line.packs for line in paper.lines], cents=[_hundredths(line.amount) for line in paper.lines],
        reverses=[paper.reverses] * count,
    )  # fmt: skip


def _seizure(rows: Rows, registered: Registered, told: Told, signer: Signer, paper: Seizure) -> None:
    codes = keys_of(paper.codes or [])
    place = rows.tell(told)
    rows.add(
        "seizure", place, 1,
        id=[paper.id], file=[paper.case], place=[paper.place], codes=[len(codes)],
        unreadable=[paper.unreadable or 0],
        grams=[None if paper.kilograms is None else int(paper.kilograms.replace(".", ""))],
    )  # fmt: skip
    rows.add("seized", place, len(codes), code=codes, product=[product_of(code) or None for code in codes])


def _recall(rows: Rows, registered: Registered, told: Told, signer: Signer, paper: Recall) -> None:
    batches = paper.batches or ["*"]
    count = len(batches)
    rows.add(
        "recall", rows.tell(told), count,
        id=[paper.id] * count, product=[paper.product] * count, batch=batches, level=[paper.level] * count,
    )  # fmt: skip


def _hundredths(amount: str) -> int:
    return int(amount.replace(".", ""))


_ADD: Final[dict[str, Callable[[Rows, Registered, Told, Signer, Any], None]]] = {
    "settlement": _settlement,
    "prescription": _prescription,
    "invoice": _invoice,
    "seizure": _seizure,
    "recall": _recall,
}
