"""The tables of EPCIS's interface, beside those of `tables.py` and in the same schema.

No evidence: what they lead to stands in the log, and is verified there.

    capture_job        one document that somebody sent: waiting until each of its events is recorded or refused
    gateway_statement  what the gateway signed for a party: the same body again gets the same statement
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, LargeBinary, SmallInteger, Table

from ledger.store.columns import Ascii, metadata, required, table

__all__ = ["EXCHANGE", "capture_job", "gateway_statement"]

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
    required("digest", LargeBinary, primary_key=True),  # SHA-256 of the body
    required("event_id", Ascii),
    required("declares_error", SmallInteger),  # 1 when the event is an error declaration, else 0
    required("statement", LargeBinary),
)
Index("gateway_statement_event", gateway_statement.c.party_number, gateway_statement.c.event_id)

# Nobody believes them: they can be lost with nothing lost of the log.
EXCHANGE: Final = ("capture_job", "gateway_statement")
