"""Tracing what was seized: all packs of a list in a few joins over the lake; nothing is asked pack by pack.

Of several sales of a pack the newest that an insurer paid counts, else the newest. Sales that were undone or
corrected, and settlements that were reversed, count nowhere. What is said of each pack, and why one may not be
traced: `traced`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pyarrow as pa

from ledger.codes import product_of
from ledger.limits import RULE_SECONDS_MAX, TRACED_ROWS_MAX
from ledger.reconcile.rules.duck import DuckEngine
from ledger.reconcile.rules.views import query_of
from ledger.reconcile.seizure.traced import REASONS, TracedBy, Tracing

__all__ = ["trace_packs"]

_TRACED: Final = """
WITH mine AS (
    SELECT custody.code, custody.log_index, custody.act, custody.party FROM custody JOIN listed USING (code)
    WHERE custody.act <> 'seizing'
),
known AS (
    SELECT code, max(log_index) AS last_index, arg_max(party, log_index) AS holder FROM mine GROUP BY code
),
sold AS (
    SELECT * FROM (
        SELECT
            sale.code, sale.log_index, sale.party, sale.day, sale.person, sale.payment,
            row_number() OVER (
                PARTITION BY sale.code
                ORDER BY CASE WHEN sale.payment = 'insured' THEN 0 ELSE 1 END, sale.time DESC, sale.log_index DESC
            ) AS place,
            count(*) OVER (PARTITION BY sale.code) AS times
        FROM sale JOIN listed USING (code)
        WHERE sale.taken_back IS NULL
    ) WHERE place = 1
),
settled AS (
    SELECT * FROM (
        SELECT
            s.code, s.log_index, s.institution, s.day, s.person, s.payment, s.cents, s.fund_cents,
            row_number() OVER (
                PARTITION BY s.code
                ORDER BY CASE WHEN s.payment = 'insured' THEN 0 ELSE 1 END, s.time DESC, s.log_index DESC
            ) AS place
        FROM live_settlement AS s JOIN listed USING (code)
    ) WHERE place = 1
),
goods AS (
    SELECT id, max(cents) AS cents, max(milligrams) AS milligrams, max(name_en) AS name_en, max(name_zh) AS name_zh
    FROM product GROUP BY id
)
SELECT
    listed.code,
    listed.product,
    CASE
        WHEN known.code IS NULL AND settled.code IS NULL THEN 'never-recorded'
        WHEN sold.code IS NULL AND settled.code IS NULL THEN 'never-dispensed'
        WHEN coalesce(settled.person, sold.person) IS NULL THEN 'nobody-named'
        ELSE ''
    END AS reason,
    sold.log_index AS sold_index,
    settled.log_index AS settled_index,
    coalesce(settled.institution, sold.party) AS institution,
    CASE WHEN sold.code IS NULL AND settled.code IS NULL THEN known.holder END AS holder,
    coalesce(settled.person, sold.person) AS person,
    coalesce(sold.day, settled.day) AS day,
    CASE WHEN coalesce(settled.payment, sold.payment) = 'insured' THEN 1 ELSE 0 END AS insured,
    coalesce(sold.times, 0) AS sales,
    coalesce(settled.cents, goods.cents, 0) AS cents,
    coalesce(settled.fund_cents, 0) AS fund_cents,
    coalesce(goods.milligrams, 0) AS milligrams
FROM listed
LEFT JOIN known ON known.code = listed.code
LEFT JOIN sold ON sold.code = listed.code
LEFT JOIN settled ON settled.code = listed.code
LEFT JOIN goods ON goods.id = listed.product
"""
_SUM: Final = """
    count(*) AS packs, count(DISTINCT person) AS persons, count(DISTINCT institution) AS institutions,
    CAST(coalesce(sum(cents), 0) AS BIGINT) AS cents, CAST(coalesce(sum(fund_cents), 0) AS BIGINT) AS fund_cents,
    CAST(coalesce(sum(milligrams), 0) AS BIGINT) AS milligrams, min(day) AS first_day, max(day) AS last_day
"""
_TOTAL: Final = f"SELECT '' AS name, {_SUM} FROM traced"  # noqa: S608  our own text
_GROUPED: Final[Mapping[str, str]] = {
    "by_institution": "CAST(institution AS VARCHAR)",
    "by_person": "person",
    "by_product": "product",
    "by_month": "strftime(DATE '1970-01-01' + day, '%Y-%m')",
    "by_holder": "CAST(holder AS VARCHAR)",
}


def trace_packs(engine: DuckEngine, codes: Sequence[str], tree_size: int) -> tuple[Tracing, pa.Table]:
    """Trace the packs with these keys.

    Args:
        engine: over the lake.
        codes: each once.
        tree_size: how far the lake reaches.

    Returns:
        The summary, and a row for each pack: code, product, reason (empty when traced), log indexes of sale and
        settlement, institution, holder, person, day, insured, sales, cents, fund_cents, milligrams; by code.
    """
    products = [product_of(code) for code in codes]
    engine.give("listed", pa.table({"code": pa.array(codes, pa.string()), "product": pa.array(products, pa.string())}))
    rows = engine.ask(query_of(_TRACED), RULE_SECONDS_MAX).sort_by("code")
    engine.give("traced", rows)
    counts = _one(engine, "SELECT sum(insured) AS insured, count(*) FILTER (WHERE sales > 1) AS again FROM traced")
    reasons = engine.ask(
        query_of("SELECT reason, count(*) AS packs FROM traced WHERE reason <> '' GROUP BY reason"), RULE_SECONDS_MAX
    ).to_pylist()
    untraced = {row["reason"]: row["packs"] for row in reasons}
    groups = {name: _groups(engine, column, in_order=name == "by_month") for name, column in _GROUPED.items()}
    summary = Tracing(
        tree_size=tree_size,
        total=TracedBy(**_one(engine, _TOTAL)),
        traced=TracedBy(**_one(engine, f"{_TOTAL} WHERE reason = ''")),
        untraced={reason: untraced[reason] for reason in REASONS if reason in untraced},
        insured=int(counts["insured"] or 0),
        sold_again=int(counts["again"]),
        **groups,
    )
    return summary, rows


def _one(engine: DuckEngine, query: str) -> dict[str, Any]:
    (row,) = engine.ask(query_of(query), RULE_SECONDS_MAX).to_pylist()
    return dict(row)


def _groups(engine: DuckEngine, column: str, *, in_order: bool) -> list[TracedBy]:
    order = "name" if in_order else "packs DESC, name"
    query = (
        f"SELECT {column} AS name, {_SUM} FROM traced WHERE {column} IS NOT NULL"  # noqa: S608  our own names
        f" GROUP BY 1 ORDER BY {order} LIMIT {TRACED_ROWS_MAX}"
    )
    return [TracedBy(**row) for row in engine.ask(query_of(query), RULE_SECONDS_MAX).to_pylist()]
