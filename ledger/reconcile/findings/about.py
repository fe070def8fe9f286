"""Which open findings are about these packs."""

from __future__ import annotations

from collections.abc import Set

from ledger.reconcile.findings.finding import decode_finding
from ledger.store.database import Connection
from ledger.store.findings import open_findings

__all__ = ["findings_about"]


def findings_about(connection: Connection, codes: Set[str]) -> list[str]:
    """Return the ids of the open findings whose subject is one of these packs, ascending."""
    return sorted(
        row.id.hex() for row in open_findings(connection) if decode_finding(row.data).seen.subject in codes
    )
