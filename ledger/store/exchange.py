"""The tables of EPCIS's interface, beside those of `tables.py` and in the same schema.

No evidence: what they lead to stands in the log, and is verified there.

    capture_job        one document that somebody sent: waiting until each of its events is recorded or refused
    gateway_statement  what the gateway signed for a party, once by each key: the same body again is found by it

    named_query        a query that a party asks by its name
    subscription       where its answers are sent, when, and how far they have been
    delivery           what is to be sent, until it was taken

Read from the log, and read again when they are emptied (`ledger.events`):

    event_index        an event, by what queries ask for; no body
    event_reader       whose event it is, and to whom it is addressed
    event_value        which words and places somebody's events hold
    event_progress     up to which size the log was read
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, SmallInteger, Table, Text

from ledger.store.columns import Ascii, metadata, number, required, table

__all__ = [
    "EXCHANGE", "capture_job", "delivery", "event_index", "event_progress", "event_reader", "event_value",
    "gateway_statement", "named_query", "subscription",
]  # fmt: skip

capture_job = Table(
    "capture_job",
    metadata,
    required("id", Ascii, primary_key=True),
    required("party_number", BigInteger),
    required("created", BigInteger),
    Column("finished", BigInteger),  # NULL while its events are not all recorded or refused
    required("behaviour", Ascii),
    required("media_type", Ascii),
    required("faults", LargeBinary),  # as `store.captures` writes them
    required("document", LargeBinary),  # b"" when finished: what it said is in the log, or was refused
)
Index("capture_job_party", capture_job.c.party_number, capture_job.c.created, capture_job.c.id)
Index("capture_job_finished", capture_job.c.finished)

gateway_statement = table(
    "gateway_statement",
    required("party_number", BigInteger, primary_key=True, autoincrement=False),
    required("event_id", Ascii, primary_key=True),
    required("digest", LargeBinary, primary_key=True),  # SHA-256 of the body
    required("kid", LargeBinary, primary_key=True),  # by which of the party's keys
    required("declares_error", SmallInteger),  # 1 when the event is an error declaration, else 0
    required("statement", LargeBinary),
)

event_index = table(
    "event_index",
    number("log_index"),
    required("issuer", BigInteger),
    required("event_id", Ascii),
    required("event_time", BigInteger),  # milliseconds
    required("recorded", BigInteger),
    required("type", Ascii),
    required("action", Ascii),  # this and the following: "" for none
    required("biz_step", Ascii),
    required("disposition", Ascii),
    required("read_point", Ascii),
    required("biz_location", Ascii),
    Column("declared", BigInteger),  # time of the error declaration, milliseconds
)
Index("event_index_id", event_index.c.event_id, event_index.c.log_index)
Index("event_index_time", event_index.c.event_time, event_index.c.log_index)
Index("event_index_record", event_index.c.recorded, event_index.c.log_index)
Index("event_index_place", event_index.c.biz_location, event_index.c.event_time, event_index.c.log_index)

event_reader = table(
    "event_reader",
    required("party", BigInteger, primary_key=True, autoincrement=False),
    required("event_time", BigInteger, primary_key=True, autoincrement=False),
    required("log_index", BigInteger, primary_key=True, autoincrement=False),
    required("recorded", BigInteger),
)
Index("event_reader_log", event_reader.c.party, event_reader.c.log_index)
Index("event_reader_record", event_reader.c.party, event_reader.c.recorded, event_reader.c.log_index)

event_value = table(
    "event_value",
    required("party", BigInteger, primary_key=True, autoincrement=False),  # 0 for everybody's events together
    required("name", Ascii, primary_key=True),
    required("value", Ascii, primary_key=True),
)

event_progress = table(
    "event_progress",
    number("size"),
)

named_query = table(
    "named_query",
    required("party_number", BigInteger, primary_key=True, autoincrement=False),
    required("name", Text, primary_key=True),
    required("created", BigInteger),
    required("definition", LargeBinary),  # JSON as it was sent, with the prefixes of GS1-Extensions
)

subscription = table(
    "subscription",
    required("id", Ascii, primary_key=True),
    required("party_number", BigInteger),
    required("query_name", Text),
    required("api_key", Ascii),  # by which it was made: what is seen is what that key sees
    required("created", BigInteger),
    required("controls", LargeBinary),  # destination, secret, schedule: `store.subscriptions.Controls`
    required("position", BigInteger),  # log index of the first event that was not sent
    required("due", BigInteger),  # when it is looked at next
    required("batch", Integer),  # events in a delivery
    required("resting", Ascii),  # why nothing is sent any more, "" while it is
)
Index("subscription_query", subscription.c.party_number, subscription.c.query_name)
Index("subscription_due", subscription.c.resting, subscription.c.due)

delivery = table(
    "delivery",
    required("subscription", Ascii, primary_key=True),
    required("position", BigInteger, primary_key=True, autoincrement=False),  # where its events begin
    required("id", Ascii),
    required("attempts", Integer),
    required("due", BigInteger),
    required("content", LargeBinary),
)
Index("delivery_due", delivery.c.due)

# Nobody believes them: they can be lost with nothing lost of the log.
EXCHANGE: Final = (
    "capture_job", "gateway_statement", "event_index", "event_reader", "event_value", "event_progress",
    "named_query", "subscription", "delivery",
)  # fmt: skip
