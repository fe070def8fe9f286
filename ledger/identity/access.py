"""Who may do what at the ledger's door, as a table: role by action. What no row grants is denied.

A caller is a party, through one of its API keys or tokens, or nobody in particular: the public. What a caller
may do is what its roles grant, within the actions that its key is limited to.
What it may *see* is another question, answered in `sight`, and nowhere else.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

import msgspec

from ledger.errors import Denied
from ledger.identity.registration import Role

__all__ = ["ACTIONS", "GRANTS", "PUBLIC", "ROLES", "Action", "Caller", "require_allowed"]

Action = Literal[
    "cases.act",
    "cases.read",
    "checkpoints.report",
    "entries.read",
    "events.capture",
    "events.read",
    "findings.read",
    "imports.submit",
    "log.read",
    "looks.read",
    "metrics.read",
    "names.read",
    "packs.check",
    "packs.read",
    "pedigrees.read",
    "persons.read",
    "queries.keep",
    "recalls.issue",
    "service.read",
    "snapshot.read",
    "statements.submit",
    "stations.enrol",
    "trade.read",
    "verdicts.ask",
]

ROLES: Final[tuple[Role, ...]] = get_args(Role)

ACTIONS: Final[dict[Action, str]] = {
    "cases.act": "do something in a case, as an officer",
    "cases.read": "read the cases that one's office holds or held",
    "checkpoints.report": "say which checkpoint one has seen",
    "entries.read": "read the statements of the log, which name who did what kind of act, and when",
    "events.capture": "hand in EPCIS events, for the gateway to sign, and ask what became of them",
    "events.read": "query events, and have answers sent: one's own, and those about packs that one may see",
    "findings.read": "read what the rules found, as far as one may see it",
    "imports.submit": "hand in bills and uploads in the national forms, for the gateway to sign",
    "log.read": "read checkpoints, hashes, proofs, receipts and the ledger's key",
    "looks.read": "read which officers looked at whose personal data",
    "metrics.read": "read how the service fares",
    "names.read": "be told a person's name, once a second officer allowed it",
    "packs.check": "ask what anybody who holds a pack may know of it",
    "packs.read": "read a pack's story",
    "pedigrees.read": "read the whole chain of a pack that one may see",
    "persons.read": "read what was done on a person's card, under the pseudonym",
    "queries.keep": "keep questions to the lake under a name, and ask them",
    "recalls.issue": "call batches of a product back, as an officer",
    "service.read": "ask whether the service lives, and read its description",
    "snapshot.read": "read product names, recalls and the stop list for offline use",
    "statements.submit": "hand in signed statements",
    "stations.enrol": "enrol a station with its one-time code",
    "trade.read": "read of products, batches and parties, and who sold what to whom",
    "verdicts.ask": "ask for a verdict without recording anything",
}

_EVERYBODY: Final = frozenset[Action](
    {"checkpoints.report", "log.read", "packs.check", "service.read", "stations.enrol"}
)
_TRADER: Final = _EVERYBODY | frozenset[Action](
    {
        "events.capture", "events.read", "imports.submit", "pedigrees.read", "snapshot.read", "statements.submit",
        "verdicts.ask",
    }
)
_OFFICE: Final = _EVERYBODY | frozenset[Action](
    {"cases.act", "cases.read", "findings.read", "packs.read", "queries.keep", "statements.submit", "trade.read"}
)
_PERSONS: Final = frozenset[Action]({"looks.read", "names.read", "persons.read"})
_INVESTIGATOR: Final = _TRADER | _OFFICE | _PERSONS | frozenset[Action]({"entries.read"})

GRANTS: Final[dict[Role, frozenset[Action]]] = {
    "manufacturer": _TRADER,
    "distributor": _TRADER,
    "dispenser": _TRADER,
    "insurer": _OFFICE | _PERSONS | frozenset[Action]({"verdicts.ask"}),
    "medicine": _INVESTIGATOR | frozenset[Action]({"recalls.issue"}),
    "commerce": _OFFICE,
    "tax": _OFFICE,
    "police": _INVESTIGATOR,
    "auditor": _EVERYBODY | frozenset[Action]({"entries.read", "events.read", "pedigrees.read"}),
    "operator": _EVERYBODY | frozenset[Action]({"entries.read", "metrics.read"}),
    "public": _EVERYBODY,
}


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
