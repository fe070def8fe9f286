"""Findings, as far as an office may see them: which, and of each what."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from ledger.errors import Misuse
from ledger.identity.access import Caller
from ledger.identity.sight import grains_of, may_see_finding, sees_persons
from ledger.reconcile.findings.finding import SEVERITIES, Finding, Severity, decode_finding
from ledger.store.database import Connection
from ledger.store.findings import events_of, finding_runs, findings_by_id, findings_page

__all__ = ["Told", "visible_finding", "visible_findings"]


class Told(NamedTuple):
    """A finding with its history: (seconds since the epoch, what, reason), oldest first."""

    finding: Finding
    history: list[tuple[int, str, str]]


def visible_findings(
    connection: Connection, caller: Caller, *, rule: str, severity: Severity | None, after: str, count: int
) -> list[Finding]:
    """Return some open findings that the caller may see: the gravest first, then the surest, then the dearest.

    Args:
        connection: inside the fence.
        caller: who asks.
        rule, severity: only those; empty and None for all.
        after: the id of the last one that was seen; empty to begin.
        count: how many at most.
    """
    place = None if severity is None else SEVERITIES.index(severity)
    last = bytes.fromhex(after)
    rows = findings_page(connection, grains_of(caller), rule=rule, severity=place, after=last, count=count)
    return [_as_seen_by(caller, decode_finding(row.data)) for row in rows]


def visible_finding(connection: Connection, caller: Caller, name: str) -> Told:
    """Return a finding, open or closed, with its history.

    Raises:
        Misuse: `finding-unknown`, whether there is none of this id or the caller may not see it.
    """
    row = next(findings_by_id(connection, [bytes.fromhex(name)]), None)
    finding = None if row is None else decode_finding(row.data)
    if finding is None or not may_see_finding(caller, finding.seen.grain):
        raise Misuse("finding-unknown", name)
    runs = finding_runs(connection)
    events = events_of(connection, bytes.fromhex(name))
    return Told(_as_seen_by(caller, finding), [(runs[run].at, what, reason) for run, what, reason in events])


def _as_seen_by(caller: Caller, finding: Finding) -> Finding:
    """Leave out who is touched, for those who never see persons; and every number that is one of them."""
    if sees_persons(caller):
        return finding
    hidden = {*finding.seen.persons}
    numbers = {name: value for name, value in finding.seen.numbers.items() if value not in hidden}
    seen = msgspec.structs.replace(finding.seen, persons=(), numbers=numbers)
    return msgspec.structs.replace(finding, seen=seen)
