"""Facts told in the trade's language, as the tables that a lake holds.

    story = Story()
    shop, aspirin = story.pharmacy("Linden"), story.product("Aspirin", cents=2_500)
    pack = story.pack(aspirin)
    story.deliver(pack, shop, day=1)
    story.dispense(pack, shop, to="Li", day=3)
    hits = found("dispensed-twice", story)          # rules_kit

Every verb returns the log index of its statement: what a finding's evidence names.
`day` counts from the story's first day; `hour` and `minute` are local. `late_days` says how much later it was
recorded than it happened. Nobody speaks of a case's packs here: a case's packs have rows of their own.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pyarrow as pa

from ledger.reconcile.facts import DAY_OFFSET_SECONDS, FACTS, KEPT_WHOLE

__all__ = ["FIRST_DAY", "Product", "Shop", "Story", "person"]

FIRST_DAY = 20_458  # 2026-01-05, a Monday, in days since 1970-01-01
DAY = 86_400

STATES = {
    "commissioning": "active", "receiving": "active", "accepting": "active", "undoing-dispense": "active",
    "unpacking": "active", "packing": "active", "refusing": "active", "voiding-shipment": "active",
    "shipping": "in_transit", "dispensing": "dispensed", "destroying": "destroyed", "exporting": "exported",
    "sampling": "sampled", "loss": "lost", "theft": "stolen", "seizing": "seized",
}  # fmt: skip


def person(name: str) -> str:
    """Return the pseudonym of somebody, or of a household or street."""
    return hashlib.sha256(name.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Shop:
    """A party with its site, of any kind: the numbers under which both are registered."""

    party: int
    site: int
    region: str

    @property
    def text(self) -> str:
        """The party as the subject of a finding."""
        return str(self.party)


@dataclass(frozen=True)
class Product:
    """A product: its number on codes, its price, its maker."""

    id: str
    cents: int
    maker: Shop


@dataclass
class Story:
    """What happened, in the order in which it was recorded."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {name: [] for name in FACTS})
    size: int = 1  # entry 0 is the ledger's own
    begun: list[int] = field(default_factory=list)  # where each case begins, when many are told in one story
    _codes: dict[str, Product] = field(default_factory=dict)
    _seqs: dict[str, int] = field(default_factory=dict)
    _maker: Shop | None = None

    # -- registrations

    def party(
        self, name: str, roles: str, *, region: str = "110101", at: tuple[float, float] | None = None
    ) -> Shop:
        """Register a party and its site; `at` is latitude and longitude."""
        latitude, longitude = at or (None, None)
        number = self._next()
        self._register("party", number=number, uri=f"urn:example:{name}", name_en=name, name_zh=name, roles=roles,
                       region=region)  # fmt: skip
        return self.branch(Shop(number, 0, region), name, at=(latitude, longitude))

    def branch(self, owner: Shop, name: str, *, region: str = "", at: tuple[Any, Any] = (None, None)) -> Shop:
        """Register one more site of a party."""
        site = self._next()
        self._register("site", number=site, uri=f"urn:example:{name}:site", party=owner.party, name_en=name,
                       name_zh=name, region=region or owner.region, latitude=at[0], longitude=at[1])  # fmt: skip
        return Shop(owner.party, site, region or owner.region)

    def maker(self, name: str = "Maker") -> Shop:
        """Register a manufacturer."""
        return self.party(name, "manufacturer")

    def distributor(self, name: str, **where: Any) -> Shop:
        """Register a distributor."""
        return self.party(name, "distributor", **where)

    def pharmacy(self, name: str, **where: Any) -> Shop:
        """Register a pharmacy, a hospital or a health centre: whoever hands out medicine."""
        return self.party(name, "dispenser", **where)

    def product(
        self, name: str = "Aspirin", *, cents: int = 2_500, days: int = 30, maker: Shop | None = None
    ) -> Product:
        """Register a product; its maker is the story's only one unless another is named."""
        if maker is None:
            self._maker = maker = self._maker or self.maker()
        number = self._next()
        product = Product(f"8{number:06d}", cents, maker)
        self._register("product", number=number, id=product.id, party=maker.party, name_en=name, name_zh=name,
                       cents=cents, milligrams=40_000, days=days)  # fmt: skip
        return product

    @cached_property
    def here(self) -> Shop:
        """A pharmacy."""
        return self.pharmacy("Here", at=(39.9, 116.4))

    @cached_property
    def near(self) -> Shop:
        """Another pharmacy, in the same city."""
        return self.pharmacy("Near", region="110105", at=(39.95, 116.5))

    @cached_property
    def far(self) -> Shop:
        """A pharmacy 1,900 kilometres away, in another province."""
        return self.pharmacy("Far", region="440106", at=(23.1, 113.3))

    @cached_property
    def wholesaler(self) -> Shop:
        """A distributor."""
        return self.distributor("Wholesaler")

    @cached_property
    def aspirin(self) -> Product:
        """A product."""
        return self.product()

    def forget_names(self) -> None:
        """Begin another case in the same story: what it calls `here` or `aspirin` are others than before."""
        self._maker = None
        self.begun.append(self.size)
        for name in ("here", "near", "far", "wholesaler", "aspirin"):
            self.__dict__.pop(name, None)

    def packs_of(self, product: Product) -> list[str]:
        """Return the packs that were made of a product, in the order of the record."""
        return [row["code"] for row in self.rows["pack"] if row["product"] == product.id]

    # -- packs and events

    def pack(self, product: Product, *, batch: str = "B1", expiry: int | None = 1_000, **when: Any) -> str:
        """Let the maker commission a pack; return its code. `expiry` is a day of the story."""
        code = f"{product.id}{len(self._codes):09d}0000"
        self._codes[code] = product
        last = None if expiry is None else FIRST_DAY + expiry
        index = self.event("commissioning", code, product.maker, **when)
        stated = {name: self.rows["custody"][-1][name] for name in ("log_index", "time", "recorded", "day")}
        assert stated["log_index"] == index
        self._add("pack", **stated, code=code, product=product.id, batch=batch, expiry=last,
                  party=product.maker.party)  # fmt: skip
        return code

    def event(
        self, act: str, code: str | list[str], where: Shop, *, day: float = 0, hour: int = 9, minute: int = 0,
        late_days: float = 0, destination: Shop | None = None, payment: str | None = None, to: str | None = None,
        prescriber: str | None = None, pickup: str | None = None, anomalies: str = "", state: str | None = None,
    ) -> int:  # fmt: skip
        """State one event about one pack or several."""
        stated = self._stated(day, hour, minute, late_days)
        for each in [code] if isinstance(code, str) else code:
            seq = self._seqs[each] = self._seqs.get(each, -1) + 1
            self._add("custody", **stated, code=each, product=each[:7], seq=seq, act=act, party=where.party,
                      site=where.site, destination=destination.party if destination else None, payment=payment,
                      state=state or STATES.get(act, "active"), anomalies=anomalies,
                      **_patient(to, prescriber, pickup))  # fmt: skip
        return int(stated["log_index"])

    def ship(self, code: str | list[str], sender: Shop, receiver: Shop, **when: Any) -> int:
        """Send packs to another party."""
        return self.event("shipping", code, sender, destination=receiver, **when)

    def receive(self, code: str | list[str], where: Shop, **when: Any) -> int:
        """Take packs into stock."""
        return self.event("receiving", code, where, **when)

    def deliver(self, code: str | list[str], receiver: Shop, *, day: float = 0, sender: Shop | None = None) -> int:
        """Send and receive on one day; the maker is the sender unless another is named."""
        first = code if isinstance(code, str) else code[0]
        self.ship(code, sender or self._codes[first].maker, receiver, day=day, hour=8)
        return self.receive(code, receiver, day=day, hour=10)

    def dispense(self, code: str | list[str], where: Shop, *, to: str | None = "Li", insured: bool = True,
                 split: bool = False, **when: Any) -> int:  # fmt: skip
        """Hand out packs."""
        return self.event("dispensing", code, where, to=to, payment="insured" if insured else "self_pay",
                          state="partially_dispensed" if split else None, **({"hour": 11} | when))  # fmt: skip

    def beep(self, code: str | list[str], where: Shop, **what: Any) -> int:
        """Scan packs again that were handed out a moment ago; the ledger says so."""
        return self.dispense(code, where, anomalies="repeat-scan", **what)

    def undo(self, code: str | list[str], where: Shop, **when: Any) -> int:
        """Take a dispensed pack back at the same counter."""
        return self.event("undoing-dispense", code, where, **({"hour": 12} | when))

    def stock(self, product: Product, where: Shop, *, day: float = 0) -> str:
        """Make a pack and deliver it: on a shelf, ready to be handed out."""
        code = self.pack(product, day=day, hour=7)
        self.deliver(code, where, day=day)
        return code

    def sell(self, code: str, where: Shop, *, to: str = "Li", day: float = 1, insured: bool = True,
             **when: Any) -> tuple[int, int]:  # fmt: skip
        """Hand out a pack and settle it: an honest sale. Returns both log indexes."""
        sold = self.dispense(code, where, to=to, day=day, insured=insured, **when)
        return sold, self.settle(code, where, to=to, day=day, insured=insured)

    def correct(self, wrong: int, **when: Any) -> int:
        """Declare an event void, as its author."""
        stated = self._stated(**({"day": 0, "hour": 18, "minute": 0, "late_days": 0} | when))
        self._add("correction", **stated, corrects=wrong)
        return int(stated["log_index"])

    # -- papers

    def settle(
        self, code: str | list[str] | None, where: Shop, *, to: str | None = "Li", day: float = 1, hour: int = 13,
        minute: int = 0, late_days: float = 0, product: Product | None = None, packs: int = 1, cents: int | None = None,
        insured: bool = True, split: bool = False, prescription: str | None = None, reverses: int | None = None,
        prescriber: str | None = None, pickup: str | None = None,
    ) -> int:  # fmt: skip
        """State a settlement: one row a code, or one row with so many packs when no code was scanned."""
        stated = self._stated(day, hour, minute, late_days)
        codes = [code] if code is None or isinstance(code, str) else code
        for each in codes:
            sold = product or self._codes[str(each)]
            amount = sold.cents * packs if cents is None else cents
            self._add("settlement", **stated, id=f"urn:example:settlement:{stated['log_index']}", line=0, code=each,
                      product=sold.id, packs=packs, split=split, cents=amount, fund_cents=amount * 7 // 10,
                      payment="insured" if insured else "self_pay", institution=where.party, site=where.site,
                      prescription=prescription,
                      reverses=None if reverses is None else f"urn:example:settlement:{reverses}",
                      **_patient(to, prescriber, pickup))  # fmt: skip
        return int(stated["log_index"])

    def reverse(self, settlement: int, **when: Any) -> int:
        """Take a settlement back in full: the same lines, with the reversal's own id."""
        taken = [row for row in self.rows["settlement"] if row["log_index"] == settlement]
        stated = self._stated(**({"day": 1, "hour": 14, "minute": 0, "late_days": 0} | when))
        for row in taken:
            self._add("settlement", **row | stated | {
                "id": f"urn:example:settlement:{stated['log_index']}", "reverses": row["id"],
            })  # fmt: skip
        return int(stated["log_index"])

    def prescribe(
        self, where: Shop, product: Product, *, to: str = "Li", by: str = "Dr Wang", packs: int = 1, days: int = 30,
        medium: str = "electronic", department: str | None = None, day: float = 1, hour: int = 10, minute: int = 0,
        late_days: float = 0,
    ) -> str:  # fmt: skip
        """State a prescription of one line; return its id."""
        stated = self._stated(day, hour, minute, late_days)
        name = f"urn:example:prescription:{stated['log_index']}"
        self._add("prescription", **stated, id=name, line=0, product=product.id, packs=packs, days=days,
                  medium=medium, institution=where.party, department=department, person=person(to),
                  prescriber=person(by))  # fmt: skip
        return name

    def invoice(
        self, seller: Shop, buyer: Shop, product: Product, *, packs: int = 1, cents: int | None = None,
        batch: str | None = None, number: str = "", day: float = 1, hour: int = 15, minute: int = 0,
        late_days: float = 0, reverses: int | None = None,
    ) -> int:  # fmt: skip
        """State an invoice of one line."""
        stated = self._stated(day, hour, minute, late_days)
        index = int(stated["log_index"])
        self._add("invoice", **stated, id=f"urn:example:invoice:{index}", invoice_number=number or str(index), line=0,
                  party=seller.party, seller=seller.party, buyer=buyer.party, product=product.id, batch=batch,
                  packs=packs, cents=product.cents * packs if cents is None else cents,
                  reverses=None if reverses is None else f"urn:example:invoice:{reverses}")  # fmt: skip
        return index

    def recall(self, product: Product, by: Shop, *, batch: str = "*", level: int = 1, day: float = 1, hour: int = 8,
               minute: int = 0, late_days: float = 0) -> int:  # fmt: skip
        """Call a batch back."""
        stated = self._stated(day, hour, minute, late_days)
        self._add("recall", **stated, id=f"urn:example:recall:{stated['log_index']}", party=by.party,
                  product=product.id, batch=batch, level=level)  # fmt: skip
        return int(stated["log_index"])

    def seize(self, codes: list[str], by: Shop, *, unreadable: int = 0, day: float = 1, hour: int = 8,
              minute: int = 0, late_days: float = 0) -> int:  # fmt: skip
        """State a seizure list."""
        stated = self._stated(day, hour, minute, late_days)
        self._add("seizure", **stated, id=f"urn:example:seizure:{stated['log_index']}", party=by.party, file="F-1",
                  place="warehouse", codes=len(codes), unreadable=unreadable, grams=40 * len(codes))  # fmt: skip
        for code in codes:
            self._add("seized", **stated, code=code, product=code[:7])
        return int(stated["log_index"])

    def lives(self, name: str, *, household: str, street: str = "", region: str = "110101", said_in: int | None = None,
              day: float = 0, hour: int = 8, minute: int = 0, late_days: float = 0) -> int:  # fmt: skip
        """State where somebody lives; `said_in` is the sale that says it, else it is a statement of its own."""
        if said_in is None:
            stated = self._stated(day, hour, minute, late_days)
        else:
            sale = next(row for row in self.rows["custody"] if row["log_index"] == said_in)
            stated = {column: sale[column] for column in ("log_index", "time", "recorded", "day")}
        self._add("residence", **stated, person=person(name), household=person(household),
                  street=person(street or household), region=region)  # fmt: skip
        return int(stated["log_index"])

    def passes(self, day: float) -> int:
        """Let time pass: somebody records something of no account, so that the record's newest time is that day."""
        elsewhere = Product("8999999", 1, self._maker or self.maker())
        return self.pack(elsewhere, day=day) and self.size - 1

    # -- out

    def facts(self, size: int | None = None) -> dict[str, pa.Table]:
        """Return the tables; with `size`, as they were when the log had so many statements."""
        key = {name: "number" if name in KEPT_WHOLE else "log_index" for name in FACTS}
        kept = {
            name: [row for row in rows if size is None or row[key[name]] < size] for name, rows in self.rows.items()
        }
        return {name: pa.Table.from_pylist(rows, schema=FACTS[name]) for name, rows in kept.items()}

    def recorded(self, size: int) -> int:
        """Return the newest time in the record when the log had so many statements."""
        tables = (rows for name, rows in self.rows.items() if name not in KEPT_WHOLE)
        return max((row["recorded"] for rows in tables for row in rows if row["log_index"] < size), default=0)

    def _stated(self, day: float, hour: int, minute: int, late_days: float) -> dict[str, int]:
        local = int((FIRST_DAY + day) * DAY) + hour * 3_600 + minute * 60
        time = local - DAY_OFFSET_SECONDS
        return {"log_index": self._next(), "time": time, "recorded": time + int(late_days * DAY), "day": local // DAY}

    def _next(self) -> int:
        self.size += 1
        return self.size - 1

    def _add(self, table: str, **row: Any) -> None:
        assert row.keys() == set(FACTS[table].names), row.keys() ^ set(FACTS[table].names)
        self.rows[table].append(row)

    def _register(self, table: str, **row: Any) -> None:
        self._add(table, **row)


def _patient(to: str | None, prescriber: str | None, pickup: str | None) -> dict[str, str | None]:
    names = {"person": to, "prescriber": prescriber, "pickup": pickup}
    return {column: None if name is None else person(name) for column, name in names.items()}
