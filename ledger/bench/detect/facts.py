"""Plain counts over a lake's tables, that no rule has a part in: what the rules are held against.

    back      which packs of crimes were really sold or settled twice, or came back after an insured sale: a crime's
              codes are not all used to their end
    bought    on whose card each pack was first bought
    scans     how many statements stations made of packs that no crime was done with
    people    who is in the record at all
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import pyarrow as pa

from ledger.limits import REPEAT_SCAN_SECONDS_MAX
from ledger.reconcile.rules.duck import DuckEngine
from ledger.reconcile.rules.views import query_of

__all__ = ["back", "bought", "counted_twice", "many_providers", "people", "scans"]

_SECONDS: Final = 600

# What was declared an error counts nowhere. A double beep is no second sale, unless an insurer paid for the first and
# the patient for the second; a sale that is undone at the counter before the next one is none at all, however often
# it beeped, unless the insurer was not paid back, which is then a settlement too many; nor is the rest of a split pack.
_BACK: Final = f"""
WITH live AS (
    SELECT c.* FROM custody AS c JOIN criminal USING (code)
    WHERE NOT EXISTS (SELECT 1 FROM correction WHERE corrects = c.log_index)
),
beep AS (
    SELECT *, lag(act) OVER place AS act_before, lag(time) OVER place AS time_before,
        lag(payment) OVER place AS payment_before
    FROM live
    WHERE act IN ('dispensing', 'undoing-dispense')
    WINDOW place AS (PARTITION BY code, site ORDER BY time, log_index)
),
deed AS (
    SELECT *, lead(act) OVER (PARTITION BY code, site ORDER BY time, log_index) AS act_after FROM beep
    WHERE act <> 'dispensing' OR act_before IS NULL OR act_before <> 'dispensing'
       OR time - time_before > {REPEAT_SCAN_SECONDS_MAX} OR (payment_before = 'insured' AND payment = 'self_pay')
),
sold AS (
    SELECT * FROM deed WHERE act = 'dispensing' AND (act_after IS NULL OR act_after <> 'undoing-dispense')
),
paid AS (
    SELECT s.code, s.id FROM settlement AS s JOIN criminal USING (code)
    WHERE s.reverses IS NULL AND NOT s.split
      AND NOT EXISTS (SELECT 1 FROM settlement AS r WHERE r.reverses = s.id)
)
SELECT code FROM sold GROUP BY code HAVING count(*) > 1
UNION SELECT code FROM paid GROUP BY code HAVING count(DISTINCT id) > 1
UNION SELECT c.code FROM live AS c JOIN sold USING (code)
WHERE sold.payment = 'insured' AND c.log_index > sold.log_index AND c.time > sold.time AND c.party <> sold.party
  AND c.act IN ('shipping', 'receiving', 'accepting', 'packing', 'dispensing')
"""  # noqa: S608  a number
_BOUGHT: Final = """
SELECT code, min_by(person, (time, log_index)) AS person FROM (
    SELECT code, person, time, log_index FROM custody WHERE act = 'dispensing' AND person IS NOT NULL
    UNION ALL
    SELECT code, person, time, log_index FROM settlement WHERE code IS NOT NULL AND person IS NOT NULL
) JOIN criminal USING (code) GROUP BY code
"""
_PEOPLE: Final = """
SELECT person FROM custody WHERE person IS NOT NULL UNION SELECT person FROM settlement WHERE person IS NOT NULL
"""
_SCANS: Final = """
SELECT count(DISTINCT log_index) AS scans, count(DISTINCT log_index) FILTER (WHERE act = 'dispensing') AS sales
FROM custody WHERE log_index NOT IN (SELECT log_index FROM custody JOIN criminal USING (code))
"""
# What people would write first.
_TWICE: Final = """
SELECT code FROM custody WHERE act = 'dispensing' GROUP BY code HAVING count(*) >= 2
UNION SELECT code FROM settlement WHERE code IS NOT NULL GROUP BY code HAVING count(*) >= 2
"""
# The commonest published definition; within 180 days that begin with any of the person's own purchases.
_PROVIDERS: Final = """
WITH bought AS (
    SELECT DISTINCT person, prescriber, institution, day FROM settlement
    WHERE person IS NOT NULL AND prescriber IS NOT NULL
)
SELECT DISTINCT one.person FROM bought AS one JOIN bought AS other
    ON other.person = one.person AND other.day BETWEEN one.day AND one.day + 179
GROUP BY one.person, one.day
HAVING count(DISTINCT other.prescriber) >= 4 AND count(DISTINCT other.institution) >= 4
"""


def _ask(engine: DuckEngine, text: str, criminal: Collection[str] = ()) -> pa.Table:
    engine.give("criminal", pa.table({"code": pa.array(sorted(criminal), pa.string())}))
    return engine.ask(query_of(text), _SECONDS)


def back(engine: DuckEngine, packs: Collection[str]) -> set[str]:
    """Return which of these packs were sold or settled twice, or were in trade again after an insured sale."""
    return set(_ask(engine, _BACK, packs).column("code").to_pylist())


def bought(engine: DuckEngine, packs: Collection[str]) -> dict[str, str]:
    """Return on whose card each of these packs was first bought, as far as anybody is named."""
    rows = _ask(engine, _BOUGHT, packs).to_pylist()
    return {row["code"]: row["person"] for row in rows}


def people(engine: DuckEngine) -> set[str]:
    """Return everybody who ever bought a pack."""
    return set(_ask(engine, _PEOPLE).column("person").to_pylist())


def scans(engine: DuckEngine, packs: Collection[str]) -> tuple[int, int]:
    """Return how many statements name none of these packs, and how many of them are sales."""
    (row,) = _ask(engine, _SCANS, packs).to_pylist()
    return row["scans"], row["sales"]


def counted_twice(engine: DuckEngine) -> set[str]:
    """Return the packs that a plain count finds: dispensed at least twice, or settled at least twice."""
    return set(_ask(engine, _TWICE).column("code").to_pylist())


def many_providers(engine: DuckEngine) -> set[str]:
    """Return the persons with at least four prescribers and four dispensers within 180 days."""
    return set(_ask(engine, _PROVIDERS).column("person").to_pylist())
