"""The kinds of crime, one row each: what was done, how often in a country of which size, and what it takes."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Final, NamedTuple

from ledger.nation.crimes import (
    card_lent,
    card_ring,
    cards_kept_at_the_centre,
    cloned_codes,
    code_used_for_another_box,
    codes_photographed,
    department_surge,
    goods_without_invoice,
    makers_diversion,
    over_prescribing_doctor,
    paper_prescription_mill,
    remote_swipe,
    resold_after_insured_purchase,
    returned_not_refunded,
    settled_never_arrived,
    settled_twice_across_provinces,
    sold_twice,
    three_invoice_chain,
)
from ledger.nation.crimes.hand import Hand

__all__ = ["CRIMES", "CrimeRow"]


class CrimeRow(NamedTuple):
    """One kind of crime.

    Attributes:
        done: what was done, in a sentence.
        commit: puts it on the agenda.
        packs_min: the smallest country, in packs, that has it unless it is asked for by name.
        packs_per: a country has one of them for each so many packs.
        dealers: how many merchants with a pharmacy of their own it takes.
        hidden: whoever writes rules is not told of it: no page and no help text names it.
    """

    done: str
    commit: Callable[[Hand], None]
    packs_min: int
    packs_per: int
    dealers: int
    hidden: bool


def _row(
    crime: ModuleType, *, packs_min: int = 5_000, packs_per: int, dealers: int = 0, hidden: bool = False
) -> tuple[str, CrimeRow]:
    return crime.NAME, CrimeRow(crime.DONE, crime.commit, packs_min, packs_per, dealers, hidden)


# Three of them fit into the smallest country; the others want more people and stock than that has. How many
# there are follows what is known of such cases: shops that use a code twice are common, mills and rings rare.
CRIMES: Final[dict[str, CrimeRow]] = dict(
    (
        _row(sold_twice, packs_min=0, packs_per=20_000),
        _row(resold_after_insured_purchase, packs_min=0, packs_per=20_000),
        _row(card_ring, packs_min=0, packs_per=100_000, dealers=2),
        _row(code_used_for_another_box, packs_per=40_000),
        _row(codes_photographed, packs_per=40_000),
        _row(settled_twice_across_provinces, packs_per=40_000),
        _row(remote_swipe, packs_per=60_000),
        _row(card_lent, packs_per=10_000),
        _row(over_prescribing_doctor, packs_per=60_000),
        _row(paper_prescription_mill, packs_per=100_000),
        _row(department_surge, packs_per=100_000, dealers=1),
        _row(cloned_codes, packs_per=100_000, dealers=1),
        _row(settled_never_arrived, packs_per=60_000),
        _row(goods_without_invoice, packs_per=60_000),
        _row(three_invoice_chain, packs_per=100_000, dealers=1),
        _row(makers_diversion, packs_per=100_000, dealers=1),
        _row(returned_not_refunded, packs_per=60_000, hidden=True),
        _row(cards_kept_at_the_centre, packs_per=60_000, dealers=1, hidden=True),
    )
)
