"""The crimes of the synthetic country: one file each, named as in the truth file.

A file says what was done, never what should be found: no crime knows a rule. Its function `commit(hand)` puts
on the agenda what is to be done. Whatever the hand does is written into its record as it is done: the truth is
what happened, not what was planned.

The table of kinds is `kinds.py`; `hand.py` is what a crime can do, `fence.py` how packs come back into trade.
"""

from __future__ import annotations

from ledger.nation.crimes.kinds import CRIMES, CrimeRow
from ledger.nation.crimes.plan import Choice, Committed, choose, commit, dealers, told
from ledger.nation.crimes.record import Record
from ledger.nation.crimes.seizure import list_lines
from ledger.nation.crimes.thirty_tons import PACKS as THIRTY_TONS_PACKS
from ledger.nation.crimes.thirty_tons import made_for

__all__ = [
    "CRIMES",
    "THIRTY_TONS_PACKS",
    "Choice",
    "Committed",
    "CrimeRow",
    "Record",
    "choose",
    "commit",
    "dealers",
    "list_lines",
    "made_for",
    "told",
]
