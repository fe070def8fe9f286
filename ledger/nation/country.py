"""The country while it is played: its places, people and stock, and the deeds that all trade is made of.

Honest trade (`supply.py`, `care.py`), honest noise (`noise.py`) and crimes all act through this one object,
so a crime can do nothing that somebody at a real station could not do.
"""

from __future__ import annotations

from collections import defaultdict, deque
from random import Random
from typing import Final, Literal, NamedTuple

import msgspec

from ledger.clock import iso
from ledger.nation.deeds import EventDeed, PaperDeed
from ledger.nation.goods import Goods
from ledger.nation.orders import Orders
from ledger.nation.people import People, Person
from ledger.nation.places import Place, Places
from ledger.nation.stage import Stage
from ledger.nation.stock import Batch, Pack, Shelves
from ledger.papers.confidential import Confidential
from ledger.papers.confidential import Person as Holder
from ledger.papers.contents import (
    Content,
    Invoice,
    InvoiceLine,
    Prescription,
    PrescriptionLine,
    Settlement,
    SettlementLine,
)

__all__ = ["Country", "Sale", "Script", "yuan"]

_REMEMBERED_SALES: Final = 200  # what a crooked shop can look back on
_FUND_PERCENT: Final = 70
_TAX_PERCENT: Final = 13
_PRESCRIBERS: Final = 4  # at each health centre and hospital


class Script(NamedTuple):
    """A prescription: the number of whoever wrote it, and the paper's id."""

    prescriber: str
    id: str


class Sale(NamedTuple):
    """Packs that were handed out together, and the settlement when an insurer paid."""

    shop: Place
    person: Person
    packs: list[Pack]
    deed: EventDeed
    settlement: Settlement | None

    @property
    def time(self) -> int:
        """When they were handed out."""
        return self.deed.time


class Country:
    """Everything that is shared while the country is played."""

    def __init__(self, places: Places, people: People, stage: Stage, seed: int) -> None:
        self.places = places
        self.people = people
        self.stage = stage
        self.shelves = Shelves()
        self.orders = Orders()
        self.sold: defaultdict[int, deque[Sale]] = defaultdict(lambda: deque(maxlen=_REMEMBERED_SALES))
        self._seed = seed
        self._invoices = 0

    def dice(self, purpose: str) -> Random:
        """Return a generator of this country for one purpose, so that no purpose disturbs another."""
        return Random(f"{self._seed}/{purpose}")  # noqa: S311 - a game, not a secret

    # -- what anybody can do

    def event(
        self,
        place: Place,
        kind: str,
        codes: list[str],
        *,
        time: int | None = None,
        parent: str | None = None,
        destination: Place | None = None,
        batch: Batch | None = None,
        settlement: str | None = None,
        personal: Confidential | None = None,
    ) -> EventDeed:
        """Let an event happen at a place, now or later; with `batch`, a maker speaks of the goods."""
        deed = EventDeed(
            id=self.stage.new_id(),
            place=place,
            kind=kind,
            time=self.stage.now if time is None else time,
            codes=codes,
            parent=parent,
            destination=None if destination is None else destination.party,
            batch="" if batch is None else batch.name,
            expiry=0 if batch is None else batch.expiry,
            settlement=settlement,
            personal=personal,
        )
        self.stage.do(deed)
        return deed

    def paper(
        self, place: Place, kind: str, time: int, content: Content, personal: Confidential | None = None
    ) -> None:
        """Let a paper be written at a place."""
        self.stage.do(PaperDeed(place=place, kind=kind, time=time, content=content, personal=personal))

    def invoice(
        self,
        seller: Place,
        buyer: Place,
        goods: Goods,
        *,
        batch: Batch | None,
        packs: int,
        percent: int,
    ) -> None:
        """Invoice packs at so many per cent of their list price; the codes are left to the shipment."""
        self._invoices += 1
        cents = goods.cents * packs * percent // 100
        now = self.stage.now
        line = InvoiceLine(
            product=goods.product,
            packs=packs,
            amount=yuan(cents),
            batch=None if batch is None else batch.name,
        )
        content = Invoice(
            id=self.stage.new_id(),
            time=iso(now),
            number=f"SYN-{self._invoices:08d}",
            seller=seller.party,
            buyer=buyer.party,
            currency="CNY",
            amount=yuan(cents),
            tax=yuan(cents * _TAX_PERCENT // (100 + _TAX_PERCENT)),
            lines=[line],
        )
        self.paper(seller, "invoice", now, content)

    # -- handing out medicine

    def dispense(
        self, shop: Place, person: Person, packs: list[Pack], *, insured: bool, minutes: int
    ) -> Sale:
        """Hand out packs of one product to the holder of a card: on a prescription when an insurer pays.

        The prescription is written now, the packs are handed out `minutes` later, and the insurer settles
        when it has heard of that.
        """
        time = self.stage.now + 60 * minutes
        if not insured:
            return Sale(shop, person, packs, self.hand_out(shop, person, packs, time=time), None)
        script = self.prescribe(self.office_of(shop), person, packs[0].batch.goods, len(packs))
        deed = self.hand_out(shop, person, packs, time=time, script=script)
        settled_at = self.stage.received_at(shop, time) + 60
        settlement = self.settle(shop, person, packs, time=settled_at, script=script)
        return Sale(shop, person, packs, deed, settlement)

    def office_of(self, shop: Place) -> Place:
        """Return who prescribes what a shop hands out: for a pharmacy the health centre of its town."""
        return self.places.shops[shop.town][0] if shop.kind == "pharmacy" else shop

    def prescribe(
        self,
        office: Place,
        person: Person,
        goods: Goods,
        packs: int,
        *,
        days: int | None = None,
        prescriber: str | None = None,
        medium: Literal["electronic", "paper"] = "electronic",
        department: str | None = None,
    ) -> Script:
        """Prescribe so many packs now, for the days that they last when nothing else is said."""
        if prescriber is None:
            prescriber = f"SYN-D-{office.number:05d}-{int(person.card[4:]) % _PRESCRIBERS + 1}"
        content = Prescription(
            id=self.stage.new_id(),
            time=iso(self.stage.now),
            institution=office.party,
            medium=medium,
            lines=[
                PrescriptionLine(
                    product=goods.product, packs=packs, days=goods.days * packs if days is None else days
                )
            ],
            department=department,
        )
        personal = Confidential(patient=_holder(person), prescriber=prescriber)
        self.paper(office, "prescription", self.stage.now, content, personal)
        return Script(prescriber, content.id)

    def hand_out(
        self,
        shop: Place,
        person: Person,
        packs: list[Pack],
        *,
        time: int,
        script: Script | None = None,
        pickup: Person | None = None,
    ) -> EventDeed:
        """Record that packs were handed out: an insurer is going to pay when there is a prescription."""
        personal = Confidential(
            patient=_holder(person),
            prescriber=None if script is None else script.prescriber,
            prescription=None if script is None else f"SYN-P-{script.id[-12:]}",
            pickup=None if pickup is None else _holder(pickup),
        )
        payment = "self_pay" if script is None else "insured"
        codes = [pack.uri for pack in packs]
        return self.event(shop, "dispensing", codes, time=time, settlement=payment, personal=personal)

    def settle(
        self,
        shop: Place,
        person: Person,
        packs: list[Pack],
        *,
        time: int,
        script: Script,
        goods: Goods | None = None,
    ) -> Settlement:
        """Let the insurer pay a shop for packs; `goods` is what the settlement calls them."""
        goods = packs[0].batch.goods if goods is None else goods
        cents = goods.cents * len(packs)
        line = SettlementLine(
            product=goods.product,
            packs=len(packs),
            amount=yuan(cents),
            codes=sorted(pack.uri for pack in packs),
        )
        content = Settlement(
            id=self.stage.new_id(),
            time=iso(time),
            institution=shop.party,
            site=shop.site,
            payment="insured",
            currency="CNY",
            amount=yuan(cents),
            fund=yuan(cents * _FUND_PERCENT // 100),
            lines=[line],
            prescription=script.id,
        )
        self._write_settlement(person, time, content)
        return content

    def settle_back(self, sale: Sale, time: int) -> None:
        """Let the insurer take back the settlement of a sale, if there was one."""
        if sale.settlement is None:
            return
        content = msgspec.structs.replace(
            sale.settlement, id=self.stage.new_id(), time=iso(time), reverses=sale.settlement.id
        )
        self._write_settlement(sale.person, time, content)

    def _write_settlement(self, person: Person, time: int, content: Settlement) -> None:
        personal = Confidential(patient=_holder(person), settlement=f"SYN-S-{content.id[-12:]}")
        self.paper(self.places.insurer, "settlement", time, content, personal)


def yuan(cents: int) -> str:
    """Print an amount of money as papers do."""
    return f"{cents // 100}.{cents % 100:02d}"


def _holder(person: Person) -> Holder:
    return Holder(id_type="insurance_card", id_number=person.card)
