"""What a buyer owes for one delivery: an invoice, written now or late, and corrected when goods go back."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.nation.country import Country
from ledger.nation.places import Place
from ledger.nation.stock import Batch
from ledger.papers.contents import Invoice

__all__ = ["Bill"]


@dataclass(eq=False, slots=True)
class Bill:
    """So many packs of a batch, at so many per cent of the list price."""

    country: Country
    seller: Place
    buyer: Place
    batch: Batch
    packs: int
    percent: int
    invoice: Invoice | None = None

    def write(self) -> None:
        """Invoice what is not sent back."""
        if self.packs:
            self.invoice = self.country.invoice(
                self.seller,
                self.buyer,
                self.batch.goods,
                batch=self.batch,
                packs=self.packs,
                percent=self.percent,
            )

    def send_back(self, packs: int) -> None:
        """Take packs off the bill: what is invoiced already is cancelled, and what was kept invoiced anew."""
        self.packs -= packs
        if self.invoice is not None:
            self.country.cancel_invoice(self.seller, self.invoice)
            self.invoice = None
            self.write()
