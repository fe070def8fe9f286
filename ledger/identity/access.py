"""Who may do what at the ledger's door, as a table: role by action. What no row grants is denied.

A caller is a party, through one of its API keys or tokens, or nobody in particular: the public. What a caller
may do is what its roles grant, within the actions that its key is limited to.
What it may *see* of a pack is another question, answered in `may_see_pack`, and nowhere else.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

import msgspec

from ledger.custody.state import Custody
from ledger.errors import Denied
from ledger.identity.registration import Role

__all__ = ["ACTIONS", "GRANTS", "PUBLIC", "ROLES", "Action", "Caller", "may_see_pack", "require_allowed"]

Action = Literal[
    "checkpoints.report",
    "entries.read",
    "events.capture",
    "imports.submit",
    "log.read",
    "metrics.read",
    "packs.check",
    "pedigrees.read",
    "service.read",
    "snapshot.read",
    "statements.submit",
    "stations.enrol",
    "verdicts.ask",
]

ROLES: Final[tuple[Role, ...]] = get_args(Role)

ACTIONS: Final[dict[Action, str]] = {
    "checkpoints.report": "say which checkpoint one has seen",
    "entries.read": "read the statements of the log, which name who did what kind of act, and when",
    "events.capture": "hand in EPCIS events, for the gateway to sign, and ask what became of them",
    "imports.submit": "hand in bills and uploads in the national forms, for the gateway to sign",
    "log.read": "read checkpoints, hashes, proofs, receipts and the ledger's key",
    "metrics.read": "read how the service fares",
    "packs.check": "ask what anybody who holds a pack may know of it",
    "pedigrees.read": "read the whole chain of a pack that one may see",
    "service.read": "ask whether the service lives, and read its description",
    "snapshot.read": "read product names, recalls and the stop list for offline use",
    "statements.submit": "hand in signed statements",
    "stations.enrol": "enrol a station with its one-time code",
    "verdicts.ask": "ask for a verdict without recording anything",
}

_EVERYBODY: Final = frozenset[Action](
    {"checkpoints.report", "log.read", "packs.check", "service.read", "stations.enrol"}
)
_TRADER: Final = _EVERYBODY | frozenset[Action](
    {"events.capture", "imports.submit", "pedigrees.read", "snapshot.read", "statements.submit", "verdicts.ask"}
)
_OFFICE: Final = _EVERYBODY | frozenset[Action]({"statements.submit"})
_INVESTIGATOR: Final = _TRADER | frozenset[Action]({"entries.read"})

GRANTS: Final[dict[Role, frozenset[Action]]] = {
    "manufacturer": _TRADER,
    "distributor": _TRADER,
    "dispenser": _TRADER,
    "insurer": _OFFICE | frozenset[Action]({"verdicts.ask"}),
    "medicine": _INVESTIGATOR,
    "commerce": _OFFICE,
    "tax": _OFFICE,
    "police": _INVESTIGATOR,
    "auditor": _EVERYBODY | frozenset[Action]({"entries.read", "pedigrees.read"}),
    "operator": _EVERYBODY | frozenset[Action]({"entries.read", "metrics.read"}),
    "public": _EVERYBODY,
}

# These follow packs wherever they are; everybody else sees those that are theirs.
_SEES_EVERY_PACK: Final = frozenset[Role]({"auditor", "medicine", "police"})


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks.

    Attributes:
        name: the id of the API key or of the token's subject, for logs and rates; empty for the public.
        party, site, station: numbers of their registrations; 0 for none.
        roles: as which the caller asks; all of them are the party's own.
        limited: the actions that the key is limited to; None when it is not.
    """

    name: str = ""
    party: int = 0
    site: int = 0
    station: int = 0
    roles: frozenset[Role] = frozenset({"public"})
    limited: frozenset[Action] | None = None

    @property
    def is_public(self) -> bool:
        """Whether nobody in particular asks."""
        return not self.name

    def may(self, action: Action) -> bool:
        """Say whether this caller may do this."""
        granted = any(action in GRANTS[role] for role in self.roles)
        return granted and (self.limited is None or action in self.limited or action in _EVERYBODY)

    @property
    def sees_every_pack(self) -> bool:
        """Whether this caller follows packs wherever they are."""
        return not self.roles.isdisjoint(_SEES_EVERY_PACK)


PUBLIC: Final = Caller()
"""Whoever shows neither key nor token."""


def require_allowed(caller: Caller, action: Action) -> None:
    """Require that this caller may do this.

    Raises:
        Denied: `access-missing` when a key or token might help; `access-denied` when this one does not.
    """
    if caller.may(action):
        return
    if caller.is_public:
        raise Denied("access-missing", f"{action} is not for everybody")
    raise Denied("access-denied", f"this key or token does not allow {action}")


def may_see_pack(caller: Caller, custody: Custody, maker: int) -> bool:
    """Say whether a caller may see a pack's chain.

    A party sees packs while it holds them, or when they are under way to it; a maker sees those of its products.

    Args:
        caller: who asks.
        custody: where the pack stands.
        maker: the number of its product's maker; 0 when unknown.
    """
    if caller.sees_every_pack:
        return True
    if not caller.party:
        return False
    made = "manufacturer" in caller.roles and maker == caller.party
    return made or caller.party in (custody.holder, custody.destination)
