"""`subscriptions`: queries that parties name, and answers that are sent to them as events come in.

    1. a subscription that is due looks from where it was on: what its query finds becomes a delivery, and the
       subscription moves on, in one transaction; nothing is passed over, and nothing is sent before it is kept
    2. the first delivery of each subscription is taken in hand, sent, and forgotten when the answer is 2xx
    3. else it is tried again, each time later; 413 asks for smaller ones; 410, or the last attempt, lets the
       subscription rest, with what waits
    4. what is sent is what the API key by which it was made may see at that moment; when that key has ended, it rests

Deliveries come at least once, and in order: a receiver knows one that it has by its `webhook-id`.
Decision: docs/decisions/0033-answers-are-sent-from-an-outbox.md.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event as Flag
from threading import Thread
from typing import Any, Final

from ledger.access import caller_of
from ledger.answers import Answers
from ledger.clock import Clock, Randomness
from ledger.custody.epcis.faults import QueryFault
from ledger.custody.epcis.output import Answer, query_document
from ledger.custody.epcis.query.parameters import Query, parse_definition
from ledger.custody.epcis.query.schedule import next_moment, parse_schedule
from ledger.errors import LedgerError, Misuse, Unavailable
from ledger.events import catch_up
from ledger.identity.access import Caller
from ledger.limits import (
    DELIVERY_ATTEMPTS_MAX,
    DELIVERY_EVENTS_MAX,
    DELIVERY_SECONDS_MAX,
    QUERIES_PER_PARTY_MAX,
    SIGNATURE_TOKEN_CHARACTERS_MAX,
    SIGNATURE_TOKEN_CHARACTERS_MIN,
    SUBSCRIPTIONS_PER_PARTY_MAX,
)
from ledger.store.access import find_api_keys
from ledger.store.database import Database
from ledger.store.subscriptions import (
    Controls,
    Definition,
    Delivery,
    Subscription,
    claim_delivery,
    count_queries,
    count_subscriptions,
    delete_query,
    delete_subscription,
    drop_delivery,
    due_deliveries,
    due_subscriptions,
    find_query,
    find_subscription,
    first_recorded,
    insert_query,
    insert_subscription,
    list_queries,
    list_subscriptions,
    move_on,
    postpone,
    rest,
    rewind,
)
from ledger.webhook import Sender, signature_headers

__all__ = ["Queries", "Subscriptions", "query_of"]

_ROUND_SECONDS: Final = 1.0
_STREAM_SECONDS: Final = 1
_AT_ONCE: Final = 64
_OF_ONE_PARTY: Final = 8  # deliveries a round: whose receivers are slow does not keep the others waiting
_SENDERS: Final = 4
# After 5 s, 5 min, 30 min, 2, 5, 10, 14, 20 and 24 hours (Standard Webhooks): some three days in all.
_AGAIN_SECONDS: Final = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)


def query_of(definition: Definition, more: dict[str, Any] | None = None) -> Query:
    """Return the query that a definition asks; parameters of `more` take the place of its own.

    Raises:
        QueryFault: as `parse_definition`.
    """
    return parse_definition(
        {"name": definition.name, "query": {**definition.query, **(more or {})}}, definition.extensions
    )[1]


class Queries:
    """Named queries and subscriptions of parties: those of others are answered like none.

    Args:
        database: where they are kept.
        sender: says where answers may be sent.
        clock, random: times and ids.
    """

    def __init__(self, database: Database, sender: Sender, clock: Clock, random: Randomness) -> None:
        self._database = database
        self._sender = sender
        self._clock = clock
        self._random = random

    def name(self, party: int, definition: Definition) -> None:
        """Keep a query under a name.

        Raises:
            QueryFault: as `query_of`.
            Misuse: `query-name-exists`, `named-queries-too-many`.
        """
        query_of(definition)
        with self._database.write() as connection:
            if find_query(connection, party, definition.name) is not None:
                raise Misuse("query-name-exists", definition.name)
            if count_queries(connection, party) >= QUERIES_PER_PARTY_MAX:
                raise Misuse("named-queries-too-many", f"at most {QUERIES_PER_PARTY_MAX}")
            insert_query(connection, party, definition, self._clock())

    def all(self, party: int) -> list[Definition]:
        """Return a party's queries, by name."""
        with self._database.read() as connection:
            return list_queries(connection, party)

    def get(self, party: int, name: str) -> Definition:
        """Return a query.

        Raises:
            Misuse: `query-name-unknown`.
        """
        with self._database.read() as connection:
            found = find_query(connection, party, name)
        if found is None:
            raise Misuse("query-name-unknown")
        return found

    def forget(self, party: int, name: str) -> None:
        """Forget a query and its subscriptions.

        Raises:
            Misuse: `query-name-unknown`.
        """
        self.get(party, name)
        with self._database.write() as connection:
            delete_query(connection, party, name)

    def subscribe(self, caller: Caller, name: str, controls: Controls, since: int | None) -> Subscription:
        """Have the answers of a query sent, from now on or from a time of record on (seconds since the epoch).

        Raises:
            Misuse: `query-name-unknown`, `subscriptions-too-many`, `subscription-needs-key`, `webhook-address`.
            QueryFault: `subscription-controls`.
        """
        self.get(caller.party, name)
        if not SIGNATURE_TOKEN_CHARACTERS_MIN <= len(controls.token) <= SIGNATURE_TOKEN_CHARACTERS_MAX:
            fits = f"{SIGNATURE_TOKEN_CHARACTERS_MIN} to {SIGNATURE_TOKEN_CHARACTERS_MAX} characters"
            raise QueryFault("subscription-controls", f"signatureToken: {fits}")
        self._sender.require(controls.dest)
        now = self._clock()
        due = now if controls.schedule is None else next_moment(parse_schedule(controls.schedule), now)
        assert due is not None  # a schedule that was read comes to a moment
        size = catch_up(self._database)
        with self._database.write() as connection:
            if caller.name not in find_api_keys(connection, [caller.name]):
                raise Misuse("subscription-needs-key", "a token of a sign-on service ends within the hour")
            if count_subscriptions(connection, caller.party) >= SUBSCRIPTIONS_PER_PARTY_MAX:
                raise Misuse("subscriptions-too-many", f"at most {SUBSCRIPTIONS_PER_PARTY_MAX}")
            row = Subscription(
                id=self._random(16).hex(), party_number=caller.party, query_name=name, api_key=caller.name,
                created=now, controls=controls, due=due, batch=DELIVERY_EVENTS_MAX,
                position=size if since is None else first_recorded(connection, since, size),
            )  # fmt: skip
            insert_subscription(connection, row)
        return row

    def subscribed(self, party: int, name: str) -> list[Subscription]:
        """Return the subscriptions to a query.

        Raises:
            Misuse: `query-name-unknown`.
        """
        self.get(party, name)
        with self._database.read() as connection:
            return list_subscriptions(connection, party, name)

    def subscription(self, party: int, name: str, subscription_id: str) -> Subscription:
        """Return one subscription.

        Raises:
            Misuse: `subscription-unknown`.
        """
        with self._database.read() as connection:
            found = find_subscription(connection, subscription_id)
        if found is None or (found.party_number, found.query_name) != (party, name):
            raise Misuse("subscription-unknown")
        return found

    def unsubscribe(self, party: int, name: str, subscription_id: str) -> None:
        """End a subscription.

        Raises:
            Misuse: `subscription-unknown`.
        """
        self.subscription(party, name, subscription_id)
        with self._database.write() as connection:
            delete_subscription(connection, subscription_id)


class Subscriptions:
    """Sends answers, in threads of its own, until it is closed.

    Args:
        database: where subscriptions and deliveries are kept.
        answers: finds what is to be sent.
        sender: sends it.
        clock, random: times and ids.
        on_fault: told of a fault of the program, after which the next round is tried.
    """

    def __init__(
        self, database: Database, answers: Answers, sender: Sender, clock: Clock, random: Randomness,
        on_fault: Callable[[Exception], None],
    ) -> None:  # fmt: skip
        self._database = database
        self._answers = answers
        self._sender = sender
        self._clock = clock
        self._random = random
        self._on_fault = on_fault
        self._ending = Flag()
        self._senders = ThreadPoolExecutor(_SENDERS, "deliver")
        self._rounds = Thread(target=self._run, name="subscriptions", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._rounds.start()

    def close(self) -> None:
        """End after the deliveries at work."""
        self._ending.set()
        if self._rounds.is_alive():
            self._rounds.join()
        self._senders.shutdown()

    def _run(self) -> None:
        while not self._ending.wait(_ROUND_SECONDS):
            try:
                self.round()
            except Unavailable:
                continue  # nothing is lost: what is to be sent is kept
            except Exception as error:
                self._on_fault(error)

    def round(self) -> None:
        """Look once at what is due, and send it.

        Raises:
            Unavailable: the database failed.
        """
        # 1.
        with self._database.read() as connection:
            due = due_subscriptions(connection, self._clock(), _AT_ONCE)
        for row in due:
            self._look(row)
        # 2.
        with self._database.read() as connection:
            waiting = due_deliveries(connection, self._clock(), _AT_ONCE, _OF_ONE_PARTY)
        for done in [self._senders.submit(self._deliver, row) for row in waiting]:
            done.result()

    def _look(self, row: Subscription) -> None:
        now = self._clock()
        with self._database.read() as connection:
            # 4.
            whose = find_api_keys(connection, [row.api_key]).get(row.api_key)
            definition = find_query(connection, row.party_number, row.query_name)
        caller = None if whose is None else caller_of(whose, now)
        if caller is None or definition is None or not caller.may("events.read"):
            self._rest(row.id, "key-ended")
            return
        try:
            query = query_of(definition)
        except LedgerError:
            self._rest(row.id, "query-malformed")  # named under an older version of this program
            return
        found = self._answers.since(caller, query, row.position, row.batch)
        schedule = row.controls.schedule
        following = now + _STREAM_SECONDS if schedule is None else next_moment(parse_schedule(schedule), now)
        assert following is not None
        content = None
        if found.events or (schedule is not None and row.controls.report_if_empty and not found.has_more):
            content = query_document(Answer(found.events, now, row.query_name, row.id))
        with self._database.write() as connection:
            due = now if found.has_more else following
            move_on(connection, row, found.position, due, content, self._random(16).hex())

    def _deliver(self, row: Delivery) -> None:
        now = self._clock()
        with self._database.write() as connection:
            found = find_subscription(connection, row.subscription)
            if found is None or found.resting or not claim_delivery(connection, row, now + 2 * DELIVERY_SECONDS_MAX):
                return
        try:
            headers = signature_headers(found.controls.token, row.id, now, row.content)
            status = self._sender.send(found.controls.dest, row.content, headers)
        except (Unavailable, Misuse):
            status = 0
        # 3.
        with self._database.write() as connection:
            if 200 <= status < 300:
                drop_delivery(connection, row)
            elif status == 413 and found.batch > 1:
                rewind(connection, row, max(1, found.batch // 2), now)
            elif status == 410 or row.attempts + 1 >= DELIVERY_ATTEMPTS_MAX:
                rest(connection, row.subscription, "gone" if status == 410 else "not-taken")
            else:
                postpone(connection, row, now + _AGAIN_SECONDS[row.attempts])

    def _rest(self, subscription_id: str, why: str) -> None:
        with self._database.write() as connection:
            rest(connection, subscription_id, why)
