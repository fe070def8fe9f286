"""The synthetic country: honest trade with honest noise, and known crimes with a truth file.

    nation = build(packs=10_000, months=3, seed=1, start=1_795_300_000)
    nation.registrations()      parties, sites, stations, keys, products, for the ledger to sign
    nation.uploads()            everybody's signed submissions, in the order in which they reach the ledger
    nation.truth()              what was really done: which packs, whose cards, where, how much

What it makes enters a ledger through the same door as anybody's. It knows no rule of reconciliation: if it
did, a green test would prove only that two files agree.

Read `supply.py` and `care.py` for the trade, `noise.py` for what goes wrong without anybody's fault, and
`crimes/` for what was done on purpose.
"""

from __future__ import annotations

from ledger.nation.crimes import THIRTY_TONS_PACKS
from ledger.nation.nation import Nation, build
from ledger.nation.truth import Crime, Kind, Truth, parse_truth, print_truth

__all__ = ["THIRTY_TONS_PACKS", "Crime", "Kind", "Nation", "Truth", "build", "parse_truth", "print_truth"]
