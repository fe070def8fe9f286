"""Named queries, subscriptions, and what is to be sent. Times are seconds since the epoch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, delete, func, select, update

from ledger.store.exchange import delivery, event_index, named_query, subscription

__all__ = [
    "Controls", "Definition", "Delivery", "Subscription", "claim_delivery", "count_queries", "count_subscriptions",
    "delete_query", "delete_subscription", "drop_delivery", "due_deliveries", "due_subscriptions", "find_query",
    "find_subscription", "first_recorded", "insert_query", "insert_subscription", "list_queries",
    "list_subscriptions", "move_on", "postpone", "rest", "rewind",
]  # fmt: skip

_query = named_query.c
_sub = subscription.c
_delivery = delivery.c


class Definition(msgspec.Struct, frozen=True):
    """A named query as it was sent, and the prefixes that came with it."""

    name: str
    query: dict[str, Any]
    extensions: dict[str, str]


class Controls(msgspec.Struct, frozen=True):
    """Where answers are sent, how they are signed, and when: by the schedule, or as they come when there is none."""

    dest: str
    token: str
    schedule: dict[str, str] | None
    report_if_empty: bool


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `subscription`."""

    id: str
    party_number: int
    query_name: str
    api_key: str
    created: int
    controls: Controls
    position: int
    due: int
    batch: int
    resting: str = ""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `delivery`."""

    subscription: str
    position: int
    id: str
    attempts: int
    due: int
    content: bytes


_encode: Final = msgspec.json.Encoder().encode
_definition: Final = msgspec.json.Decoder(Definition).decode
_controls: Final = msgspec.json.Decoder(Controls).decode


def insert_query(connection: Connection, party: int, definition: Definition, created: int) -> None:
    """Keep a named query."""
    row = {"party_number": party, "name": definition.name, "created": created, "definition": _encode(definition)}
    connection.execute(named_query.insert(), row)


def find_query(connection: Connection, party: int, name: str) -> Definition | None:
    """Return a party's query of this name, or None."""
    query = select(_query.definition).where(_query.party_number == party, _query.name == name)
    found = connection.execute(query).scalar_one_or_none()
    return None if found is None else _definition(bytes(found))


def list_queries(connection: Connection, party: int) -> list[Definition]:
    """Return a party's queries by name; their number is bounded."""
    query = select(_query.definition).where(_query.party_number == party).order_by(_query.name)
    return [_definition(bytes(found)) for found in connection.execute(query).scalars()]


def count_queries(connection: Connection, party: int) -> int:
    """Return how many queries a party has named."""
    return connection.execute(select(func.count()).where(_query.party_number == party)).scalar_one()


def delete_query(connection: Connection, party: int, name: str) -> None:
    """Forget a query, its subscriptions, and what was still to be sent for them."""
    for each in list_subscriptions(connection, party, name):
        delete_subscription(connection, each.id)
    connection.execute(delete(named_query).where(_query.party_number == party, _query.name == name))


def insert_subscription(connection: Connection, row: Subscription) -> None:
    """Keep a subscription."""
    connection.execute(subscription.insert(), msgspec.structs.asdict(row) | {"controls": _encode(row.controls)})


def list_subscriptions(connection: Connection, party: int, name: str) -> list[Subscription]:
    """Return the subscriptions to a party's query, the oldest first."""
    query = select(subscription).where(_sub.party_number == party, _sub.query_name == name)
    return [_subscription(row._asdict()) for row in connection.execute(query.order_by(_sub.created, _sub.id))]


def find_subscription(connection: Connection, subscription_id: str) -> Subscription | None:
    """Return the subscription with this id, or None."""
    row = connection.execute(select(subscription).where(_sub.id == subscription_id)).one_or_none()
    return None if row is None else _subscription(row._asdict())


def count_subscriptions(connection: Connection, party: int) -> int:
    """Return how many subscriptions a party has."""
    return connection.execute(select(func.count()).where(_sub.party_number == party)).scalar_one()


def delete_subscription(connection: Connection, subscription_id: str) -> None:
    """Forget a subscription, and what was still to be sent for it."""
    connection.execute(delete(delivery).where(_delivery.subscription == subscription_id))
    connection.execute(delete(subscription).where(_sub.id == subscription_id))


def _subscription(row: Mapping[str, Any]) -> Subscription:
    return Subscription(**{**row, "controls": _controls(bytes(row["controls"]))})


def due_subscriptions(connection: Connection, now: int, count: int) -> list[Subscription]:
    """Return subscriptions that are to be looked at now, the longest due first."""
    query = select(subscription).where(_sub.resting == "", _sub.due <= now).order_by(_sub.due, _sub.id).limit(count)
    return [_subscription(row._asdict()) for row in connection.execute(query)]


def move_on(
    connection: Connection, row: Subscription, position: int, due: int, content: bytes | None, delivery_id: str
) -> None:
    """Say how far a subscription has been, and keep what is to be sent; nothing happens when somebody was faster."""
    moved = connection.execute(
        update(subscription)
        .where(_sub.id == row.id, _sub.position == row.position, _sub.due == row.due, _sub.resting == "")
        .values(position=position, due=due)
    )
    if moved.rowcount and content is not None:
        # Where nothing came since, an empty report may wait at this place: this one says the same, and more.
        connection.execute(
            delete(delivery).where(_delivery.subscription == row.id, _delivery.position == row.position)
        )
        connection.execute(delivery.insert(), {
            "subscription": row.id, "position": row.position, "id": delivery_id, "attempts": 0, "due": 0,
            "content": content,
        })  # fmt: skip


def due_deliveries(connection: Connection, now: int, count: int, each_party: int) -> list[Delivery]:
    """Return the first delivery of each subscription that is due; a later one waits for those before it.

    Each party's first stands before anybody's second, and no party has more than its share.

    Args:
        count: how many at most.
        each_party: how many of one party at most.
    """
    earlier = delivery.alias()
    turn = func.row_number().over(partition_by=_sub.party_number, order_by=(_delivery.due, _delivery.subscription))
    due = (
        select(_delivery.subscription, _delivery.position, turn.label("turn"))
        .join(subscription, _sub.id == _delivery.subscription)
        .where(_delivery.due <= now)
        .where(
            ~select(earlier.c.position)
            .where(earlier.c.subscription == _delivery.subscription, earlier.c.position < _delivery.position)
            .exists()
        )
        .subquery()
    )
    same = (due.c.subscription == _delivery.subscription) & (due.c.position == _delivery.position)
    query = select(delivery).join(due, same).where(due.c.turn <= each_party)
    rows = connection.execute(query.order_by(due.c.turn, _delivery.due, _delivery.subscription).limit(count))
    return [Delivery(**{**row._asdict(), "content": bytes(row.content)}) for row in rows]


def claim_delivery(connection: Connection, row: Delivery, due: int) -> bool:
    """Take a delivery in hand until that time, unless somebody else has; it counts as one more attempt."""
    claimed = connection.execute(
        update(delivery)
        .where(_delivery.subscription == row.subscription, _delivery.position == row.position)
        .where(_delivery.id == row.id, _delivery.attempts == row.attempts, _delivery.due == row.due)
        .values(attempts=row.attempts + 1, due=due)
    )
    return bool(claimed.rowcount)


def postpone(connection: Connection, row: Delivery, due: int) -> None:
    """Let a delivery that was not taken wait until that time."""
    connection.execute(
        update(delivery)
        .where(_delivery.subscription == row.subscription, _delivery.id == row.id)
        .values(due=due)
    )


def drop_delivery(connection: Connection, row: Delivery) -> None:
    """Forget a delivery that was taken."""
    connection.execute(
        delete(delivery).where(
            _delivery.subscription == row.subscription, _delivery.position == row.position, _delivery.id == row.id
        )
    )


def rewind(connection: Connection, row: Delivery, batch: int, due: int) -> None:
    """Let a subscription begin anew where this delivery begins, with smaller ones."""
    connection.execute(
        delete(delivery).where(_delivery.subscription == row.subscription, _delivery.position >= row.position)
    )
    connection.execute(
        update(subscription).where(_sub.id == row.subscription).values(position=row.position, batch=batch, due=due)
    )


def rest(connection: Connection, subscription_id: str, why: str) -> None:
    """Let a subscription rest: nothing is sent any more, and what waits is kept until it is deleted."""
    connection.execute(update(subscription).where(_sub.id == subscription_id).values(resting=why))


def first_recorded(connection: Connection, time: int, size: int) -> int:
    """Return the log index of the first event that was recorded at or after this time; the size when there is none."""
    index = event_index.c
    query = select(index.log_index).where(index.recorded >= time).order_by(index.recorded, index.log_index).limit(1)
    found = connection.execute(query).scalar_one_or_none()
    return size if found is None else int(found)
