"""What offices may ask of the lake: each a query of our own, in DuckDB's dialect, with its parameters.

No text of a caller becomes SQL: values are bound as typed literals (`reconcile.rules.bound`), and a text that is
compared is compared as it stands: `%` and `_` are letters like others. An empty text, and 0, ask for everything.

    flows.shipped     who sent what to whom, by month and region
    flows.invoiced    who invoiced what to whom, by month and region
    product.batches   the batches of a product: how many packs, until when good, whether recalled
    batch.places      where the packs of a batch are, and how they stand
    party.months      what a party did, by month
    person.parts      where a person's confidential parts are
    person.acts       what was handed out, prescribed and settled on a person's card
"""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = ["VIEWS", "View"]

_MONTH: Final = "CAST(strftime(DATE '1970-01-01' + day, '%Y%m') AS BIGINT)"


class View(NamedTuple):
    """A query, and what its columns are, by name."""

    sql: str
    columns: dict[str, str]


_FLOW_COLUMNS: Final = {
    "month": "like 202603, in the country's own time",
    "seller_region": "division code of six digits",
    "seller": "URI of the party",
    "seller_name": "in the language asked for",
    "buyer_region": "division code of six digits",
    "buyer": "URI of the party",
    "buyer_name": "in the language asked for",
    "product": "seven digits, or a GTIN",
    "packs": "how many",
    "cents": "what they cost: by the registered price when shipped, as invoiced when invoiced",
}


def _flow(moved: str) -> str:
    """Return who moved what to whom; `moved` has month, seller, buyer, product, packs and cents."""
    return f"""
        WITH moved AS ({moved})
        SELECT
            m.month, s.region AS seller_region, s.uri AS seller,
            CASE WHEN $language = 'zh' THEN s.name_zh ELSE s.name_en END AS seller_name,
            b.region AS buyer_region, b.uri AS buyer,
            CASE WHEN $language = 'zh' THEN b.name_zh ELSE b.name_en END AS buyer_name,
            m.product, CAST(sum(m.packs) AS BIGINT) AS packs, CAST(sum(m.cents) AS BIGINT) AS cents
        FROM moved AS m
        JOIN party AS s ON s.number = m.seller
        JOIN party AS b ON b.number = m.buyer
        WHERE ($first = 0 OR m.month >= $first) AND ($last = 0 OR m.month <= $last)
            AND ($product = '' OR m.product = $product)
            AND ($seller = '' OR s.uri = $seller) AND ($buyer = '' OR b.uri = $buyer)
            AND ($region = '' OR starts_with(s.region, $region) OR starts_with(b.region, $region))
        GROUP BY ALL
        ORDER BY m.month, seller_region, seller, buyer_region, buyer, m.product
    """  # noqa: S608  our own text


VIEWS: Final[dict[str, View]] = {
    "flows.shipped": View(
        _flow(f"""
            SELECT {_MONTH} AS month, c.party AS seller, c.destination AS buyer, c.product, 1 AS packs,
                coalesce(p.cents, 0) AS cents
            FROM live_custody AS c LEFT JOIN product AS p ON p.id = c.product
            WHERE c.act = 'shipping' AND c.product IS NOT NULL
        """),  # noqa: S608  our own text
        _FLOW_COLUMNS,
    ),
    "flows.invoiced": View(
        _flow(f"""
            SELECT {_MONTH} AS month, seller, buyer, product, packs, cents FROM invoice AS i
            WHERE reverses IS NULL AND NOT EXISTS (
                SELECT 1 FROM invoice AS r WHERE r.reverses = i.id AND r.seller = i.seller
            )
        """),  # noqa: S608  our own text
        _FLOW_COLUMNS,
    ),
    "product.batches": View(
        """
            SELECT
                p.batch, min(p.expiry) AS expiry, count(*) AS packs,
                coalesce(bool_or(r.batch IS NOT NULL), false) AS recalled
            FROM pack AS p
            LEFT JOIN recall AS r ON r.product = p.product AND r.batch IN (p.batch, '*')
            WHERE p.product = $product
            GROUP BY p.batch ORDER BY p.batch
        """,
        {
            "batch": "as on the packs", "expiry": "the last day of use, days since 1970-01-01",
            "packs": "how many were commissioned", "recalled": "whether a recall names it, or all batches",
        },
    ),
    "batch.places": View(
        """
            WITH mine AS (SELECT code FROM pack WHERE product = $product AND batch = $batch),
            here AS (
                SELECT c.code, arg_max(c.state, c.seq) AS state, arg_max(c.party, c.seq) AS party
                FROM live_custody AS c JOIN mine ON mine.code = c.code GROUP BY c.code
            )
            SELECT
                y.region, y.uri AS party, CASE WHEN $language = 'zh' THEN y.name_zh ELSE y.name_en END AS party_name,
                h.state, count(*) AS packs
            FROM here AS h JOIN party AS y ON y.number = h.party
            GROUP BY ALL ORDER BY y.region, y.uri, h.state
        """,
        {
            "region": "of the party", "party": "whose word on the pack is the newest", "party_name": "its name",
            "state": "of the packs, after that", "packs": "how many",
        },
    ),
    "party.months": View(
        f"""
            WITH own AS (SELECT number FROM party WHERE uri = $party),
            done AS (
                SELECT {_MONTH} AS month, act, product, 1 AS packs, CAST(0 AS BIGINT) AS cents
                FROM live_custody WHERE party = (SELECT number FROM own) AND product IS NOT NULL
                UNION ALL
                SELECT {_MONTH}, 'settlement', product, packs, cents
                FROM live_settlement WHERE institution = (SELECT number FROM own)
                UNION ALL
                SELECT {_MONTH}, 'invoice', product, packs, cents
                FROM invoice WHERE seller = (SELECT number FROM own) AND reverses IS NULL
            )
            SELECT month, act, product, CAST(sum(packs) AS BIGINT) AS packs, CAST(sum(cents) AS BIGINT) AS cents
            FROM done GROUP BY ALL ORDER BY month, act, product
        """,  # noqa: S608  our own text
        {
            "month": "like 202603", "act": "shipping, receiving, dispensing …; `settlement`; `invoice`",
            "product": "seven digits, or a GTIN", "packs": "how many", "cents": "money, of settlements and invoices",
        },
    ),
    "person.parts": View(
        """
            SELECT DISTINCT log_index FROM (
                SELECT log_index FROM custody WHERE person = $person
                UNION ALL SELECT log_index FROM settlement WHERE person = $person
                UNION ALL SELECT log_index FROM prescription WHERE person = $person
            ) ORDER BY log_index DESC
        """,
        {"log_index": "of a statement with a confidential part of the person, the newest first"},
    ),
    "person.acts": View(
        f"""
            WITH acts AS (
                SELECT log_index, time, {_MONTH} AS month, act, party, product, code, 1 AS packs,
                    CAST(0 AS BIGINT) AS cents
                FROM live_custody WHERE person = $person
                UNION ALL
                SELECT log_index, time, {_MONTH}, 'settlement', institution, product, code, packs, cents
                FROM live_settlement WHERE person = $person
                UNION ALL
                SELECT log_index, time, {_MONTH}, 'prescription', institution, product, NULL, packs, 0
                FROM prescription WHERE person = $person
            )
            SELECT
                a.log_index, a.time, a.month, a.act, y.uri AS party,
                CASE WHEN $language = 'zh' THEN y.name_zh ELSE y.name_en END AS party_name,
                a.product, a.code, CAST(a.packs AS BIGINT) AS packs, a.cents
            FROM acts AS a LEFT JOIN party AS y ON y.number = a.party
            ORDER BY a.time, a.log_index, a.code
        """,  # noqa: S608  our own text
        {
            "log_index": "of the statement", "time": "claimed, seconds since the epoch", "month": "like 202603",
            "act": "dispensing …; `settlement`; `prescription`", "party": "URI of where", "party_name": "its name",
            "product": "seven digits, or a GTIN", "code": "key of the pack, when one is named", "packs": "how many",
            "cents": "money, of settlements",
        },
    ),
}
