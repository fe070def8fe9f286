"""What a rule may read: the tables of the lake, the same without what no longer counts, and the newest time.

    live_custody      custody without the events that a correction declares void
    live_settlement   settlement without those that were reversed, and without the reversals
    sale              one row a pack handed out: what the judge counts as such (`ledger.custody.judge`), so neither
                      double beeps nor the rest of a split pack nor what nobody with standing did; `taken_back` is
                      the time at which the same counter took it back (else null), `taken_back_recorded` when that
                      was recorded
    arrival           one row a pack and party that had it and did not make it: the first act that shows it there
    stock             how many packs of a batch came to a party, by the local day on which that was recorded
    as_of             one row: `recorded`, the newest time in the record, and `day`, its local day

A reversal counts for the institution that it names only: nobody makes another's settlement vanish.
Sales are told by the counter's own clock, so that a late upload falls into its place. What is a double beep depends
on the station and on who pays: the ledger said so when it recorded the scan, and its word is taken, unless the scan
that was repeated is void.
"""

from __future__ import annotations

from typing import Final

from sqlglot import exp, parse_one

from ledger.limits import OFFLINE_SECONDS_MAX, REPEAT_SCAN_SECONDS_MAX, UNDO_DISPENSE_SECONDS_MAX
from ledger.reconcile.facts import DAY_OFFSET_SECONDS, FACTS, KEPT_WHOLE
from ledger.reconcile.rules.key import CODE, key_of

__all__ = [
    "AS_OF", "COUNTED", "DERIVED", "MANIFOLD", "OF_CODE", "OF_DAY", "READABLE", "RECORDED_LAST", "REMEMBERED",
    "REVERSALS", "REVERSED", "query_of",
]  # fmt: skip

_SALE_COLUMNS: Final = (
    "code", "product", "log_index", "time", "recorded", "day", "party", "site", "payment", "anomalies", "person",
    "prescriber", "pickup",
)  # fmt: skip
_SALE: Final = ", ".join(_SALE_COLUMNS)
_AT_COUNTER: Final = "OVER (PARTITION BY code, party, site ORDER BY time, log_index)"
_AS_RECORDED: Final = "OVER (PARTITION BY code, party, site ORDER BY log_index)"

REVERSED: Final = "reversed"
REVERSALS: Final = """
    SELECT DISTINCT settlement.log_index, back.log_index AS reversed_by
    FROM settlement
    JOIN settlement AS back ON back.reverses = settlement.id AND back.institution = settlement.institution
"""
"""What `live_settlement` stands on: few rows, and never narrowed. Rules do not see it."""

DERIVED: Final[dict[str, str]] = {
    "live_custody": """
        SELECT custody.* FROM custody
        WHERE NOT EXISTS (SELECT 1 FROM correction WHERE correction.corrects = custody.log_index)
    """,
    "live_settlement": """
        SELECT settlement.* FROM settlement
        WHERE settlement.reverses IS NULL
            AND NOT EXISTS (SELECT 1 FROM reversed WHERE reversed.log_index = settlement.log_index)
    """,
    # The facts are read once. Most packs are scanned once at a counter; only the others need to be put in order.
    "sale": f"""
        WITH counter AS (
            SELECT {_SALE}, act, state, anomalies LIKE '%already-dispensed%' AS is_again FROM live_custody
            WHERE act IN ('dispensing', 'undoing-dispense') AND NOT anomalies LIKE '%not-authorised%'
        ),
        often AS (
            SELECT code FROM counter GROUP BY code HAVING count(*) > 1
        ),
        scan AS (
            SELECT counter.*,
                lag(act) {_AS_RECORDED} AS act_before,
                lag(time) {_AS_RECORDED} AS time_before,
                lag(is_again) {_AS_RECORDED} AS was_again
            FROM counter
            WHERE code IN (SELECT code FROM often)
        ),
        deed AS (
            SELECT *, lag(state) OVER (PARTITION BY code, party ORDER BY time, log_index) AS state_before
            FROM scan
            WHERE NOT anomalies LIKE '%repeat-scan%' OR act_before IS NULL OR act_before <> act
                OR abs(time - time_before) > {REPEAT_SCAN_SECONDS_MAX} OR is_again <> was_again
        ),
        followed AS (
            SELECT *,
                lead(act) {_AT_COUNTER} AS act_after,
                lead(time) {_AT_COUNTER} AS time_after,
                lead(recorded) {_AT_COUNTER} AS recorded_after
            FROM deed
            WHERE state_before IS NULL OR state_before <> 'partially_dispensed' OR act <> 'dispensing' OR is_again
        ),
        handed AS (
            SELECT *,
                act_after = 'undoing-dispense'
                    AND greatest(time_after, recorded_after - {OFFLINE_SECONDS_MAX}) - time
                        BETWEEN 0 AND {UNDO_DISPENSE_SECONDS_MAX} AS undone
            FROM followed WHERE act = 'dispensing'
        )
        SELECT {_SALE}, CAST(NULL AS BIGINT) AS taken_back, CAST(NULL AS BIGINT) AS taken_back_recorded
        FROM counter WHERE act = 'dispensing' AND NOT code IN (SELECT code FROM often)
        UNION ALL
        SELECT {_SALE},
            CASE WHEN undone THEN time_after END AS taken_back,
            CASE WHEN undone THEN recorded_after END AS taken_back_recorded
        FROM handed
    """,  # noqa: S608  our own names
    "arrival": """
        SELECT
            live_custody.code, pack.product, pack.batch, live_custody.party,
            min(live_custody.log_index) AS log_index, min(live_custody.recorded) AS recorded,
            min(live_custody.time) AS time, min(live_custody.day) AS day
        FROM live_custody
        JOIN pack ON pack.code = live_custody.code
        WHERE live_custody.act IN ('receiving', 'accepting', 'dispensing') AND live_custody.party <> pack.party
        GROUP BY live_custody.code, pack.product, pack.batch, live_custody.party
    """,
    "stock": f"""
        SELECT party, product, batch, CAST((recorded + {DAY_OFFSET_SECONDS}) // 86400 AS INTEGER) AS day,
            count(*) AS packs
        FROM arrival
        GROUP BY party, product, batch, CAST((recorded + {DAY_OFFSET_SECONDS}) // 86400 AS INTEGER)
    """,  # noqa: S608  our own names
}
"""Views over the tables, in DuckDB's dialect."""

REMEMBERED: Final = {"sale": CODE, "arrival": CODE, "stock": key_of(["party", "product", "batch"])}
"""Views that are remembered from run to run, and what a row of each depends on."""

COUNTED: Final = tuple(REMEMBERED)
"""Views that are computed once in a run, on first use."""

AS_OF: Final = "as_of"
READABLE: Final = frozenset({*FACTS, *DERIVED, AS_OF})
"""Every name that a rule may read from."""

_STATED: Final = tuple(name for name in FACTS if name not in KEPT_WHOLE)
RECORDED_LAST: Final = f"""
    SELECT max(recorded) AS recorded, CAST((max(recorded) + {DAY_OFFSET_SECONDS}) // 86400 AS INTEGER) AS day
    FROM ({" UNION ALL ".join(f"SELECT max(recorded) AS recorded FROM {name}" for name in _STATED)})
"""  # noqa: S608  our own names
"""The row of `as_of`; null for an empty lake."""

OF_CODE: Final = tuple(name for name, schema in FACTS.items() if "code" in schema.names)
OF_DAY: Final = _STATED
MANIFOLD: Final = frozenset({"stock"})
"""The tables that tell of a pack, those that tell of a day; and views that tell of no single pack."""


def query_of(text: str) -> exp.Query:
    """Parse a query of our own, in DuckDB's dialect."""
    query = parse_one(text, read="duckdb")
    assert isinstance(query, exp.Query)
    return query
