"""Sole events: of those that the gateway signs for a party, one alone enters under an id.

Two documents may use one id at the same moment. Whoever signs asks what the log holds, and cannot know what is on its
way there; so it is asked again here, inside the writer's lock, where nothing else is on its way.
Decision: docs/decisions/0047-an-id-is-claimed-in-the-commit.md.
"""

from __future__ import annotations

from collections.abc import Sequence

from ledger.errors import Refusal
from ledger.log.merkle import leaf_hash
from ledger.recording.admit import Admitted
from ledger.store.captures import signed_by_event
from ledger.store.database import Connection, Database
from ledger.store.log import find_leaves

__all__ = ["Sole", "recorded_under"]


def recorded_under(
    database: Database, connection: Connection, party: int, event_ids: Sequence[str]
) -> dict[str, bytes]:
    """Return, of these ids, those under which the log holds an event that the gateway signed for this party.

    Returns:
        The leaf hash of that event, by id. An event that declares an error does not count.
    """
    signed = [(event_id, leaf_hash(statement)) for event_id, statement in signed_by_event(connection, party, event_ids)]
    recorded = find_leaves(database, connection, [leaf for _, leaf in signed])
    return {event_id: leaf for event_id, leaf in signed if leaf in recorded}


class Sole:
    """Which event holds each id, in one transaction: as the log says, and as its own statements enter.

    Args:
        submitted: what is not in the log yet.
    """

    def __init__(self, database: Database, connection: Connection, submitted: Sequence[Admitted]) -> None:
        by_party: dict[int, list[str]] = {}
        for each in submitted:
            if each.submission.is_sole and each.signer is not None:
                by_party.setdefault(each.signer.party, []).append(each.statement.subject)
        self._holders = {
            (party, event_id): leaf
            for party, event_ids in by_party.items()
            for event_id, leaf in recorded_under(database, connection, party, event_ids).items()
        }

    def require(self, answer: Admitted) -> None:
        """Require that no other event holds the id of this one.

        Raises:
            Refusal: `event-exists`.
        """
        if answer.submission.is_sole and answer.signer is not None:
            event_id = answer.statement.subject
            if (answer.signer.party, event_id) in self._holders:
                raise Refusal("event-exists", event_id)

    def enter(self, answer: Admitted) -> None:
        """Let this one hold its id from now on."""
        if answer.submission.is_sole and answer.signer is not None:
            self._holders[answer.signer.party, answer.statement.subject] = answer.leaf
