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
from ledger.nation.rates import Chance
from ledger.nation.staff import department_at, prescriber_at
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

__all__ = ["Country", "Medium", "Sale", "Script", "yuan"]

Medium = Literal["electronic", "paper"]

# What crooked shops can look back on: the newest sales of the shops of so many towns, evenly spread.
_REMEMBERED_SALES: Final = 120
_REMEMBERED_TOWNS: Final = 100
_FUND_PERCENT: Final = 70
_TAX_PERCENT: Final = 13


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
    settled_at: int = 0

    @property
    def time(self) -> int:
        """When they were handed out."""
        return self.deed.time


class Country:
    """Everything that is shared while the country is played.

    Attributes:
        chances: the table of rates, asked and counted.
        sold: for the number of a shop, its newest sales; only some towns' shops are remembered.
        looked_back_on: whether anybody wants to know those.
    """

    def __init__(
        self, places: Places, people: People, stage: Stage, seed: int, chances: dict[str, Chance]
    ) -> None:
        self.places = places
        self.people = people
        self.stage = stage
        self.chances = chances
        self.shelves = Shelves()
        self.orders = Orders()
        self.sold: defaultdict[int, deque[Sale]] = defaultdict(lambda: deque(maxlen=_REMEMBERED_SALES))
        self.looked_back_on = True
        self._forgetful = -(-len(places.shops) // _REMEMBERED_TOWNS)
        self._seed = seed
        self._invoices = 0

    def dice(self, purpose: str) -> Random:
        """Return a generator of this country for one purpose, so that no purpose disturbs another."""
        return Random(f"{self._seed}/{purpose}")  # noqa: S311 - a game, not a secret

    def remembers(self, town: int) -> bool:
        """Say whether the shops of a town can look back on what they sold."""
        return town % self._forgetful == 0

    def remember(self, sale: Sale) -> None:
        """Let the shop look back on a sale."""
        if self.looked_back_on and self.remembers(sale.shop.town):
            self.sold[sale.shop.number].append(sale)

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
        partial: bool = False,
        personal: Confidential | None = None,
    ) -> EventDeed:
        """Let an event happen at a place, now or later; with `batch`, its author speaks of the goods."""
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
            partial=partial,
            personal=personal,
        )
        self.stage.do(deed)
        return deed

    def take_back(self, deed: EventDeed) -> None:
        """Let the author of an event declare now that it did not happen."""
        self.stage.do(msgspec.structs.replace(deed, time=self.stage.now, happened=deed.time))

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
    ) -> Invoice:
        """Invoice packs at so many per cent of their list price; the codes are left to the shipment."""
        self._invoices += 1
        cents = goods.cents * packs * percent // 100
        line = InvoiceLine(
            product=goods.product,
            packs=packs,
            amount=yuan(cents),
            batch=None if batch is None else batch.name,
        )
        content = Invoice(
            id=self.stage.new_id(),
            time=iso(self.stage.now),
            number=f"SYN-{self._invoices:08d}",
            seller=seller.party,
            buyer=buyer.party,
            currency="CNY",
            amount=yuan(cents),
            tax=yuan(cents * _TAX_PERCENT // (100 + _TAX_PERCENT)),
            lines=[line],
        )
        self.paper(seller, "invoice", self.stage.now, content)
        return content

    def cancel_invoice(self, seller: Place, invoice: Invoice) -> None:
        """Cancel an invoice in full: a red-letter invoice."""
        self._invoices += 1
        content = msgspec.structs.replace(
            invoice,
            id=self.stage.new_id(),
            time=iso(self.stage.now),
            number=f"SYN-{self._invoices:08d}",
            reverses=invoice.id,
        )
        self.paper(seller, "invoice", self.stage.now, content)

    # -- handing out medicine

    def dispense(
        self,
        shop: Place,
        person: Person,
        packs: list[Pack],
        *,
        insured: bool,
        minutes: int,
        medium: Medium = "electronic",
        pickup: Person | None = None,
        late: int = 0,
        site: str | None = None,
    ) -> Sale:
        """Hand out packs to the holder of a card: on a prescription when an insurer pays.

        The prescription is written now, the packs are handed out `minutes` later, and the insurer settles
        when it has heard of that, or `late` seconds after, for the shop's own site when no other is given.
        """
        time = self.stage.now + 60 * minutes
        if not insured:
            deed = self.hand_out(shop, person, packs, time=time, pickup=pickup)
            return Sale(shop, person, packs, deed, None)
        script = self.prescribe_all(self.office_of(shop), person, _counted(packs), medium=medium)
        deed = self.hand_out(shop, person, packs, time=time, script=script, pickup=pickup)
        settled_at = self.stage.received_at(shop, time) + 60 + late
        settlement = self.settle(shop, person, packs, time=settled_at, script=script, pickup=pickup, site=site)
        return Sale(shop, person, packs, deed, settlement, settled_at)

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
        medium: Medium = "electronic",
        department: str | None = None,
    ) -> Script:
        """Prescribe so many packs now, for the days that they last when nothing else is said."""
        return self.prescribe_all(
            office,
            person,
            {goods: packs},
            days=days,
            prescriber=prescriber,
            medium=medium,
            department=department,
        )

    def prescribe_all(
        self,
        office: Place,
        person: Person,
        packs: dict[Goods, int],
        *,
        days: int | None = None,
        prescriber: str | None = None,
        medium: Medium = "electronic",
        department: str | None = None,
    ) -> Script:
        """Prescribe so many packs of each product now, in the department of the first."""
        first = next(iter(packs))
        if prescriber is None:
            prescriber = prescriber_at(office, person, first)
        now = self.stage.now
        content = Prescription(
            id=self.stage.new_id(),
            time=iso(now),
            institution=office.party,
            medium=medium,
            lines=[
                PrescriptionLine(
                    product=goods.product, packs=count, days=goods.days * count if days is None else days
                )
                for goods, count in packs.items()
            ],
            department=department_at(office, first) if department is None else department,
        )
        personal = Confidential(patient=_holder(person), prescriber=prescriber)
        self.paper(office, "prescription", now, content, personal)
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
        partial: bool = False,
    ) -> EventDeed:
        """Record that packs were handed out: an insurer is going to pay when there is a prescription."""
        personal = Confidential(
            patient=_holder(person),
            prescriber=None if script is None else script.prescriber,
            prescription=None if script is None else f"SYN-P-{script.id[-12:]}",
            pickup=None if pickup is None else _holder(pickup),
            household=None if script is None else person.household,
            residence=None if script is None else person.residence_at(time),
        )
        payment = "self_pay" if script is None else "insured"
        codes = [pack.uri for pack in packs]
        return self.event(
            shop, "dispensing", codes, time=time, settlement=payment, partial=partial, personal=personal
        )

    def settle(
        self,
        shop: Place,
        person: Person,
        packs: list[Pack],
        *,
        time: int,
        script: Script,
        goods: Goods | None = None,
        pickup: Person | None = None,
        parts: int = 1,
        site: str | None = None,
    ) -> Settlement:
        """Let the insurer pay a shop for packs.

        Args:
            goods: what the settlement calls the packs, whatever they are.
            site: what it calls the place, when not the shop's own.
            parts: into how many parts each pack was split; one of them is paid for.
        """
        named: dict[Goods, list[Pack]] = {}
        for pack in packs:
            named.setdefault(pack.batch.goods if goods is None else goods, []).append(pack)
        total = sum(each.cents * len(some) // parts for each, some in named.items())
        content = Settlement(
            id=self.stage.new_id(),
            time=iso(time),
            institution=shop.party,
            site=shop.site if site is None else site,
            payment="insured",
            currency="CNY",
            amount=yuan(total),
            fund=yuan(total * _FUND_PERCENT // 100),
            lines=[_line(each, some, parts) for each, some in named.items()],
            prescription=script.id,
        )
        self.write_settlement(person, time, content, pickup)
        return content

    def settle_back(self, sale: Sale, time: int) -> None:
        """Let the insurer take back the settlement of a sale, if there was one."""
        if sale.settlement is None:
            return
        content = msgspec.structs.replace(
            sale.settlement, id=self.stage.new_id(), time=iso(time), reverses=sale.settlement.id
        )
        self.write_settlement(sale.person, time, content)

    def write_settlement(
        self, person: Person, time: int, content: Settlement, pickup: Person | None = None
    ) -> None:
        """Let the insurer write a settlement, with what it knows of the person."""
        personal = Confidential(
            patient=_holder(person),
            settlement=f"SYN-S-{content.id[-12:]}",
            pickup=None if pickup is None else _holder(pickup),
            household=person.household,
            residence=person.residence_at(time),
        )
        self.paper(self.places.insurer, "settlement", time, content, personal)


def yuan(cents: int) -> str:
    """Print an amount of money as papers do."""
    return f"{cents // 100}.{cents % 100:02d}"


def _holder(person: Person) -> Holder:
    return Holder(id_type="insurance_card", id_number=person.card)


def _counted(packs: list[Pack]) -> dict[Goods, int]:
    found: dict[Goods, int] = {}
    for pack in packs:
        found[pack.batch.goods] = found.get(pack.batch.goods, 0) + 1
    return found


def _line(goods: Goods, packs: list[Pack], parts: int) -> SettlementLine:
    return SettlementLine(
        product=goods.product,
        packs=len(packs),
        amount=yuan(goods.cents * len(packs) // parts),
        codes=sorted(pack.uri for pack in packs),
        split=parts > 1,
    )
