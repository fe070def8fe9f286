"""What events say, as rows: one a pack, read from the pages of links, where the ledger's judgement stands too."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import compress
from typing import Final

from ledger.chain.page import LinkPage
from ledger.codes import product_of
from ledger.custody.state import State, state_of
from ledger.custody.stated import EVENT_KINDS, Stated, read_stated
from ledger.reconcile.lake.batches import Batch
from ledger.reconcile.lake.corrections import corrected_by
from ledger.reconcile.lake.registered import Registered
from ledger.reconcile.lake.rows import Rows, Told
from ledger.store.database import Connection, Row

__all__ = ["CORRECTING", "add_events"]

CORRECTING: Final = "correcting"
"""The act of an event that takes another back; whatever it takes back, it does not happen a second time."""

_NO_PLACE: Final = -1
_EPOCH: Final = date(1970, 1, 1).toordinal()


def add_events(rows: Rows, registered: Registered, connection: Connection, batch: Batch) -> None:
    """Add the rows of a batch's events: custody, commissioned packs, corrections."""
    events = _Events(rows, registered, batch)
    if events.places:
        for page in batch.pages:
            events.add_page(page)
        for entry in events.corrections:
            void = corrected_by(connection, batch.pages, entry)
            rows.add("correction", events.places[entry[0]], len(void), corrects=void)


class _Events:
    """The events of one batch.

    Attributes:
        places: the place in `rows` of each event, by log index.
        corrections: the entries that take others back.
    """

    def __init__(self, rows: Rows, registered: Registered, batch: Batch) -> None:
        self._rows = rows
        self._registered = registered
        self._batch = batch
        self._births: dict[int, tuple[str, int | None]] = {}
        self.places: dict[int, int] = {}
        self.corrections: list[Row] = []
        for entry in batch.entries:
            if entry[1] in EVENT_KINDS:
                self._tell(entry)

    def _tell(self, entry: Row) -> None:
        index, kind, _, statement, body = entry
        stated = read_stated(body)
        signer = self._registered.signer(statement, index)
        site = self._registered.acting_site(signer, stated.site, index)
        if stated.corrects:
            self.corrections.append(entry)
            told = Told(index, stated.time, self._batch.recorded, signer.party, site, CORRECTING)
        else:
            told = Told(
                index, stated.time, self._batch.recorded, signer.party, site, kind,
                self._destination(kind, stated, index), _payment(kind, stated),
            )  # fmt: skip
            if kind == "commissioning":
                self._births[index] = stated.batch, _day(stated.expiry)
        self.places[index] = self._rows.tell(told)

    def _destination(self, kind: str, stated: Stated, index: int) -> int | None:
        return self._registered.place(stated.destination, index).party if kind == "shipping" else None

    def add_page(self, page: LinkPage) -> None:
        """Add the rows of a page's links, those whose statement is an event of this batch."""
        get = self.places.get
        places = [get(entry, _NO_PLACE) for entry in page.entries]
        codes, seqs, afters = page.codes, page.seqs, page.afters
        distinct = [state_of(data) for data in page.custodies]
        words = [state.word for state in distinct]
        states = [words[after] for after in afters]
        anomalies = self._anomalies(page)
        products = [product_of(code) or None for code in codes]
        if _NO_PLACE in places:
            ours = [place != _NO_PLACE for place in places]
            codes, seqs, states = list(compress(codes, ours)), list(compress(seqs, ours)), list(compress(states, ours))
            anomalies, products = list(compress(anomalies, ours)), list(compress(products, ours))
            places = list(compress(places, ours))
        self._rows.extend(
            "custody", places, code=codes, product=products, seq=seqs, state=states, anomalies=anomalies
        )
        if self._births:
            self._add_births(page, distinct)

    def _anomalies(self, page: LinkPage) -> list[str]:
        found = [""] * len(page)
        remarks = self._batch.remarks
        for at, names in page.anomalies:
            found[at] = ",".join(sorted({*names, *remarks.get(page.entries[at], ())}))
        if remarks:
            for at, entry in enumerate(page.entries):
                if entry in remarks and not found[at]:
                    found[at] = ",".join(sorted(set(remarks[entry])))
        return found

    def _add_births(self, page: LinkPage, states: Sequence[State]) -> None:
        """Add the packs that a commissioning brought into being: once each, and no cases."""
        codes, entries, befores, afters, births = page.codes, page.entries, page.befores, page.afters, self._births
        born = [
            at for at, entry in enumerate(entries)
            if entry in births and states[afters[at]] is State.ACTIVE and product_of(codes[at])
            and (befores[at] < 0 or states[befores[at]] is State.UNKNOWN)
        ]  # fmt: skip
        self._rows.extend(
            "pack", [self.places[entries[at]] for at in born],
            code=[codes[at] for at in born], product=[product_of(codes[at]) for at in born],
            batch=[births[entries[at]][0] or None for at in born], expiry=[births[entries[at]][1] for at in born],
        )  # fmt: skip


def _payment(kind: str, stated: Stated) -> str | None:
    if kind != "dispensing":
        return None
    return "insured" if stated.insured else "self_pay"


def _day(yyyymmdd: int) -> int | None:
    if not yyyymmdd:
        return None
    return date(yyyymmdd // 10_000, yyyymmdd // 100 % 100, yyyymmdd % 100).toordinal() - _EPOCH
