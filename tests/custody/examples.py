"""The two events that docs/formats/event.md shows."""

from __future__ import annotations

from ledger.custody.event import make_event

DISPENSING = make_event(
    "dispensing",
    event_id="urn:uuid:00000000-0000-4000-8000-000000000001",
    event_time=1_795_322_220,
    codes=["urn:nmpa:dtc:87709840000000015538"],
    site="https://id.example.org/site/31-2",
    batch="LOT7",
    expiry=20281231,
    settlement="insured",
    confidential=bytes.fromhex("ab" * 32),
)
PACKING = make_event(
    "packing",
    event_id="urn:uuid:00000000-0000-4000-8000-000000000002",
    event_time=1_788_240_000,
    codes=["urn:nmpa:dtc:87709840000000015538", "urn:nmpa:dtc:87709840000000015539"],
    parent="https://id.gs1.org/00/095212345432100010",
    site="https://id.example.org/site/10-1",
)
