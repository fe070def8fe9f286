"""The crimes of the synthetic country: one file each, named as in the truth file.

A file says what was done, never what should be found: no crime knows a rule. Its function
`commit(country, record)` puts on the agenda what is to be done, and writes packs, cards and institutions into
the record as it is done: the truth is what happened, not what was planned.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from ledger.nation.country import Country
from ledger.nation.crimes import card_ring, resold_after_insured_purchase, sold_twice
from ledger.nation.crimes.record import Record

__all__ = ["CRIMES", "CrimeRow", "Record"]


class CrimeRow(NamedTuple):
    """One kind of crime: what was done, and the function that does it."""

    done: str
    commit: Callable[[Country, Record], None]


CRIMES: Final = {
    crime.NAME: CrimeRow(crime.DONE, crime.commit)
    for crime in (sold_twice, resold_after_insured_purchase, card_ring)
}
