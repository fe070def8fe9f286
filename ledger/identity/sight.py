"""What each role may see: rows, and parts of them. The one place; `access` says what may be done.

    packs       all of them, or its own: those that it holds, that are under way to it, that it made
    grains      about what it sees findings
    persons     whether it is shown pseudonyms at all; without, they are left out of every row
    looks       all looks at personal data, since the persons are its own; or those of its own officers

A case is seen by the offices that hold or held it. What one may not see is answered as what does not exist.
On PostgreSQL the same lines stand a second time as policies of the tables (`migrations/versions/0003_fence.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

import msgspec

from ledger.custody.state import Custody
from ledger.identity.access import Caller
from ledger.identity.registration import Role

__all__ = [
    "SIGHT", "Sight", "grains_of", "may_see_case", "may_see_finding", "may_see_look", "may_see_pack",
    "sees_every_pack", "sees_persons",
]  # fmt: skip

Packs = Literal["all", "own", "none"]
Looks = Literal["all", "own", "none"]
_EVERYTHING: Final = frozenset({"pack", "person", "institution", "trade", "network"})
_TRADE: Final = frozenset({"pack", "institution", "trade"})


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """What one role sees; the module says what each member means."""

    packs: Packs = "none"
    grains: frozenset[str] = frozenset()
    persons: bool = False
    looks: Looks = "none"


_TRADER: Final = Sight(packs="own")
_INVESTIGATOR: Final = Sight(packs="all", grains=_EVERYTHING, persons=True, looks="own")

SIGHT: Final[dict[Role, Sight]] = {
    "manufacturer": _TRADER,
    "distributor": _TRADER,
    "dispenser": _TRADER,
    "insurer": Sight(packs="all", grains=_EVERYTHING, persons=True, looks="all"),
    "medicine": _INVESTIGATOR,
    "commerce": Sight(packs="all", grains=_TRADE),
    "tax": Sight(packs="all", grains=_TRADE),
    "police": _INVESTIGATOR,
    "auditor": Sight(packs="all"),
    "operator": Sight(),
    "public": Sight(),
}


def sees_every_pack(caller: Caller) -> bool:
    """Say whether a caller follows packs wherever they are."""
    return any(SIGHT[role].packs == "all" for role in caller.roles)


def may_see_pack(caller: Caller, custody: Custody, maker: int) -> bool:
    """Say whether a caller may see a pack's chain.

    Args:
        caller: who asks.
        custody: where the pack stands.
        maker: the number of its product's maker; 0 when unknown.
    """
    if sees_every_pack(caller):
        return True
    if not caller.party or not any(SIGHT[role].packs == "own" for role in caller.roles):
        return False
    made = "manufacturer" in caller.roles and maker == caller.party
    return made or caller.party in (custody.holder, custody.destination)


def sees_persons(caller: Caller) -> bool:
    """Say whether a caller is shown persons, as pseudonyms."""
    return any(SIGHT[role].persons for role in caller.roles)


def grains_of(caller: Caller) -> frozenset[str]:
    """Return about what a caller may see findings."""
    return frozenset().union(*(SIGHT[role].grains for role in caller.roles))


def may_see_finding(caller: Caller, grain: str) -> bool:
    """Say whether a caller may see a finding about such a subject."""
    return grain in grains_of(caller)


def may_see_case(caller: Caller, offices: Iterable[int]) -> bool:
    """Say whether a caller may see a case that these parties hold or held."""
    return caller.party != 0 and caller.party in offices


def may_see_look(caller: Caller, party: int) -> bool:
    """Say whether a caller may see that an officer of this party looked at personal data."""
    seen = {SIGHT[role].looks for role in caller.roles}
    return "all" in seen or ("own" in seen and caller.party == party != 0)
