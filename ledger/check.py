"""`check`: what anybody who holds a pack may know of it: no person, no shop, nothing of its way.

    1. the heads of all packs that are asked about, in one look-up
    2. the custody rules, as if a patient had inspected the pack now; nothing is kept
    3. the first sale that stands: its day and its district, and how many sales there were

Checks that arrive together share one look-up, as verdicts do (`ledger.ask`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, get_args

import msgspec

from ledger.clock import iso
from ledger.codes import Code, product_of
from ledger.custody.acts import Act, Actor, Circumstances
from ledger.custody.state import Custody, State
from ledger.recording.batch import Batch
from ledger.store.database import Connection, Database
from ledger.store.registry import Registry, names_of, region_of_site

__all__ = ["CHECK_ACT", "Checked", "Checker", "Sold", "Warned"]

CHECK_ACT: Final = "inspecting"

Warned = Literal[
    "recalled", "expired", "out-of-trade", "sold-more-than-once", "product-unknown", "batch-differs", "expiry-differs"
]
"""What a patient is warned of; the gravest first."""

_WARNED_OF: Final[dict[str, Warned]] = {
    "recalled": "recalled",
    "expired": "expired",
    "after-final-state": "out-of-trade",
    "product-mismatch": "product-unknown",
    "batch-mismatch": "batch-differs",
    "expiry-mismatch": "expiry-differs",
}
_PATIENT: Final = Actor(party=0, roles=frozenset({"public"}))
_ZONE_SECONDS: Final = 28_800  # days are those of the country's wall clocks, UTC+8


class Sold(msgspec.Struct, frozen=True, kw_only=True):
    """The first sale that stands: its day as 2026-11-22, and the division code of the place, six digits."""

    day: str
    region: str


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of one pack.

    Attributes:
        code: its key.
        is_known: its maker registered it.
        product, maker: (English, Chinese) names; empty texts when not registered.
        batch, expiry: as its maker registered them; yyyymmdd, 0 when never said.
        warnings: the gravest first.
        sold: None when no sale stands.
        sales: how many there were.
        custody: where it stands; None when the ledger never heard of it. Never told.
    """

    code: str
    is_known: bool
    product: tuple[str, str]
    maker: tuple[str, str]
    batch: str
    expiry: int
    warnings: tuple[Warned, ...]
    sold: Sold | None
    sales: int
    custody: Custody | None


class Checker:
    """Answers checks; for one thread at a time.

    Args:
        database: where the ledger lies; only read.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._registry = Registry()

    def answer(self, codes: Sequence[Code], now: int) -> list[Checked]:
        """Return what is told of each of these packs, in the order asked."""
        with self._database.read() as connection:
            self._registry.refresh(connection)
            batch = Batch(self._database, connection, self._registry)
            # 1.
            batch.fetch(sorted({code.key for code in codes}))
            return [self._check(connection, batch, code, now) for code in codes]

    def _check(self, connection: Connection, batch: Batch, code: Code, now: int) -> Checked:
        custody = batch.custody_of(code.key)
        product = product_of(code.key)
        if custody is None or custody.state is State.UNKNOWN:
            name = self._registry.product_name(connection, product) if product else ("", "")
            return Checked(
                code=code.key, is_known=False, product=name, maker=("", ""), batch="", expiry=0, warnings=(),
                sold=None, sales=0, custody=custody,
            )  # fmt: skip
        # 2.
        act = Act(CHECK_ACT, now, batch=code.batch, expiry=code.expiry)
        (ruling,) = batch.judge(act, Circumstances(_PATIENT, 0, now), {code.key: "named"})
        warnings = {_WARNED_OF[name] for name in ruling.anomalies if name in _WARNED_OF}
        if custody.dispensings > 1:
            warnings.add("sold-more-than-once")
        # 3.
        sold = None
        if custody.dispensed_at:
            day = iso(custody.dispensed_at + _ZONE_SECONDS)[:10]
            sold = Sold(day=day, region=region_of_site(connection, custody.dispensed_site))
        maker = self._registry.facts(connection, product).maker if product else 0
        return Checked(
            code=code.key, is_known=True,
            product=self._registry.product_name(connection, product) if product else ("", ""),
            maker=names_of(connection, self._registry, maker, 0)[0], batch=custody.batch, expiry=custody.expiry,
            warnings=tuple(each for each in get_args(Warned) if each in warnings), sold=sold,
            sales=custody.dispensings, custody=custody,
        )  # fmt: skip
