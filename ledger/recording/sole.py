"""Sole events: of those that the gateway signs for a party, each body enters once, and one alone under an id.

Two documents may use one id at the same moment, and one body may be signed by a key that ends and again by the next.
Whoever signs asks what the log holds, and cannot know what is on its way there; so it is asked again here, inside the
writer's lock, where nothing else is on its way.
Decision: docs/decisions/0047-an-id-is-claimed-in-the-commit.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ledger.custody.event import Event
from ledger.errors import Refusal
from ledger.log.merkle import leaf_hash
from ledger.recording.admit import Admitted
from ledger.store.captures import Signed, signed_under
from ledger.store.database import Connection, Database
from ledger.store.log import find_leaves

__all__ = ["Sole", "places_of"]


def places_of(
    database: Database, connection: Connection, signed: Iterable[Signed]
) -> list[tuple[Signed, int]]:
    """Return those of these that the log holds, each with its log index."""
    by_leaf = {leaf_hash(each.statement): each for each in signed}
    return [(by_leaf[leaf], index) for leaf, index in find_leaves(database, connection, list(by_leaf)).items()]


class Sole:
    """Where each body of the gateway stands, and which ids are held: as the log says, and as statements enter.

    An event that declares an error holds no id.

    Args:
        submitted: what is not in the log yet.
    """

    def __init__(self, database: Database, connection: Connection, submitted: Sequence[Admitted]) -> None:
        self._places: dict[tuple[int | None, bytes], int] = {}
        self._held: set[tuple[int | None, str]] = set()
        ids_by_party: dict[int, list[str]] = {}
        for answer in submitted:
            party = _party_of(answer)
            if party is not None:
                ids_by_party.setdefault(party, []).append(answer.statement.subject)
        for party, event_ids in ids_by_party.items():
            for signed, index in places_of(database, connection, signed_under(connection, party, event_ids)):
                self._places[party, signed.digest] = index
                if not signed.declares_error:
                    self._held.add((party, signed.event_id))

    def place_of(self, answer: Admitted) -> int | None:
        """Return the log index of this body, signed for this party by whichever key; None when it has none."""
        return self._places.get((_party_of(answer), answer.statement.digest))

    def require(self, answer: Admitted) -> None:
        """Require that no other event holds the id of this one.

        Raises:
            Refusal: `event-exists`.
        """
        if not _declares_error(answer) and (_party_of(answer), answer.statement.subject) in self._held:
            raise Refusal("event-exists", answer.statement.subject)

    def enter(self, answer: Admitted, index: int) -> None:
        """Let this one have its place, and hold its id, from now on."""
        party = _party_of(answer)
        if party is None:
            return
        self._places[party, answer.statement.digest] = index
        if not _declares_error(answer):
            self._held.add((party, answer.statement.subject))


def _party_of(answer: Admitted) -> int | None:
    """Return the party that the gateway signed this for; None when somebody signed it himself."""
    return answer.signer.party if answer.signer is not None and answer.submission.from_gateway else None


def _declares_error(answer: Admitted) -> bool:
    return isinstance(answer.content, Event) and answer.content.corrects
