"""Which statements, recorded since, made a finding go away: asked of the lake for all of them at once.

What can explain a finding:
    a correction of its evidence, or a reversal of a settlement among it, whatever it is about;
    of a pack: anything else said about the pack;
    of a person: anything else said about the person;
    of a party (institution, trade): an invoice or a receipt of goods that was still missing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import pyarrow as pa

from ledger.limits import EXPLAINING_STATEMENTS_MAX, RULE_SECONDS_MAX
from ledger.reconcile.findings.finding import Finding
from ledger.reconcile.rules.duck import DuckEngine
from ledger.reconcile.rules.views import query_of

__all__ = ["explain"]

_GONE: Final = pa.schema([("id", pa.string()), ("grain", pa.string()), ("subject", pa.string()), ("since", pa.int64())])
_PROOF: Final = pa.schema([("id", pa.string()), ("log_index", pa.int64())])

_CONCERNED: Final = """
WITH concerned AS (
    SELECT proof.id, correction.log_index
    FROM proof JOIN correction ON correction.corrects = proof.log_index
    UNION ALL
    SELECT proof.id, reversal.log_index
    FROM proof
    JOIN settlement ON settlement.log_index = proof.log_index
    JOIN settlement AS reversal
        ON reversal.reverses = settlement.id AND reversal.institution = settlement.institution
    UNION ALL
    SELECT gone.id, custody.log_index FROM gone JOIN custody ON custody.code = gone.subject
    WHERE gone.grain = 'pack'
    UNION ALL
    SELECT gone.id, settlement.log_index FROM gone JOIN settlement ON settlement.code = gone.subject
    WHERE gone.grain = 'pack'
    UNION ALL
    SELECT gone.id, custody.log_index FROM gone JOIN custody ON custody.person = gone.subject
    WHERE gone.grain = 'person'
    UNION ALL
    SELECT gone.id, settlement.log_index FROM gone JOIN settlement ON settlement.person = gone.subject
    WHERE gone.grain = 'person'
    UNION ALL
    SELECT gone.id, prescription.log_index FROM gone JOIN prescription ON prescription.person = gone.subject
    WHERE gone.grain = 'person'
    UNION ALL
    SELECT gone.id, custody.log_index FROM gone JOIN custody ON CAST(custody.party AS VARCHAR) = gone.subject
    WHERE gone.grain IN ('institution', 'trade') AND custody.act IN ('receiving', 'accepting')
    UNION ALL
    SELECT gone.id, invoice.log_index FROM gone JOIN invoice ON CAST(invoice.seller AS VARCHAR) = gone.subject
    WHERE gone.grain IN ('institution', 'trade')
    UNION ALL
    SELECT gone.id, invoice.log_index FROM gone JOIN invoice ON CAST(invoice.buyer AS VARCHAR) = gone.subject
    WHERE gone.grain IN ('institution', 'trade')
)
SELECT DISTINCT concerned.id, concerned.log_index
FROM concerned JOIN gone ON gone.id = concerned.id
WHERE concerned.log_index >= gone.since
ORDER BY concerned.id, concerned.log_index
"""


def explain(engine: DuckEngine, gone: Sequence[Finding], since: int) -> Mapping[str, Sequence[int]]:
    """Return, by finding id, the first log indexes from `since` on that concern what a finding was about."""
    named = [{"id": each.id, "grain": each.seen.grain, "subject": each.seen.subject, "since": since} for each in gone]
    proof = [{"id": each.id, "log_index": index} for each in gone for index in each.seen.evidence]
    engine.give("gone", pa.Table.from_pylist(named, schema=_GONE))
    engine.give("proof", pa.Table.from_pylist(proof, schema=_PROOF))
    rows = engine.ask(query_of(_CONCERNED), RULE_SECONDS_MAX)
    found: defaultdict[str, list[int]] = defaultdict(list)
    for name, index in zip(rows.column("id").to_pylist(), rows.column("log_index").to_pylist(), strict=True):
        if len(found[name]) < EXPLAINING_STATEMENTS_MAX:
            found[name].append(index)
    return found

