/*
id = "stock-settlement-mismatch"
grain = "institution"
severity = "medium"
scope = "all"
source = "Stock and purchases that do not match the settlement ledger are an offence by themselves (provincial regulation); the statutory stock uploads exist for this comparison"
[title]
en = "More settled than was ever in stock"
zh = "结算数量超过进货数量"
[why]
en = "Who is paid for packs that never came in has sold something else, or nothing."
zh = "从未进货却已结算，说明售出的是其他物品，或根本没有交付。"
[not_proof]
en = "Deliveries that nobody scanned, packs opened and settled in parts, and stock from before packs carried codes make a difference too; split packs are left out, and some packs are allowed."
zh = "未扫码的到货、拆零结算、赋码前的库存都会造成差异；拆零已排除，并留有余量。"
[sentence]
en = "Of product {product} {settled} {settled:pack was|packs were} settled and {received} had come in until then: {missing} more than {allowed} that may be explained."
zh = "产品{product}已结算{settled}盒，而截至当时仅进货{received}盒，超出{missing}盒，可解释的余量为{allowed}盒。"
[parts]
moved = ["log_index"]
monthly = ["institution", "product", "time // 2419200 AS period"]
[parameters.packs_allowed]
default = 10
unit = "packs"
why = "a case that nobody scanned, or what stood on the shelf before"
[parameters.percent_allowed]
default = 10
unit = "per cent"
why = "the drift between book and shelf that honest counters show in stock-takes"
*/
WITH moved AS (
  SELECT party AS institution, product, time, recorded, log_index, count(*) AS packs, 0 AS settled,
    CAST(0 AS BIGINT) AS cents, max(CASE WHEN act = 'commissioning' THEN 0 ELSE 1 END) AS came
  FROM live_custody
  WHERE act IN ('receiving', 'accepting', 'commissioning') AND party IS NOT NULL AND product IS NOT NULL
  GROUP BY party, product, time, recorded, log_index
  UNION ALL
  SELECT party, product, time, recorded, log_index, -count(*), 0, 0, 0
  FROM live_custody
  WHERE act = 'shipping' AND party IS NOT NULL AND product IS NOT NULL
  GROUP BY party, product, time, recorded, log_index
  UNION ALL
  SELECT institution, product, time, recorded, log_index, 0, CAST(sum(packs) AS BIGINT), CAST(sum(cents) AS BIGINT), 0
  FROM live_settlement
  WHERE NOT split AND institution IS NOT NULL
  GROUP BY institution, product, time, recorded, log_index
),
weeks AS (  -- four weeks by themselves: how much more was settled than came in since they began
  SELECT moved.*, time // 2419200 AS period, sum(settled - packs) OVER (
      PARTITION BY institution, product, time // 2419200 ORDER BY time, log_index
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS lack
  FROM moved
),
monthly AS (
  SELECT institution, product, period, max(came) AS came, CAST(sum(settled - packs) AS BIGINT) AS lack,
    CAST(max(CASE WHEN settled > 0 THEN lack END) AS BIGINT) AS most
  FROM weeks
  GROUP BY institution, product, period
),
counts AS (  -- only institutions that scan what comes in: others have no stock to compare with
  SELECT institution FROM monthly GROUP BY institution HAVING max(came) = 1 AND max(most) IS NOT NULL
),
begun AS (
  SELECT monthly.*, sum(monthly.lack) OVER (
      PARTITION BY monthly.institution, monthly.product ORDER BY monthly.period
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS lack_before
  FROM monthly
  JOIN counts ON counts.institution = monthly.institution
),
doubtful AS (  -- few: only they are looked at settlement by settlement
  SELECT DISTINCT institution, product FROM begun WHERE coalesce(lack_before, 0) + most > $packs_allowed
),
balance AS (
  SELECT moved.*, sum(moved.packs) OVER past AS received, sum(moved.settled) OVER past AS settled_so_far
  FROM moved
  JOIN doubtful ON doubtful.institution = moved.institution AND doubtful.product = moved.product
  WINDOW past AS (PARTITION BY moved.institution, moved.product ORDER BY moved.time, moved.log_index
    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
short AS (
  SELECT *, settled_so_far - received AS missing,
    $packs_allowed + greatest(received, 0) * $percent_allowed // 100 AS allowed
  FROM balance
  WHERE settled > 0
),
worst AS (
  SELECT institution, product, min(recorded) AS recorded, max(missing - allowed) AS missing,
    arg_max(settled_so_far, missing - allowed) AS settled, arg_max(received, missing - allowed) AS received,
    arg_max(allowed, missing - allowed) AS allowed, sum(cents) AS cents, list(log_index) AS evidence
  FROM short
  WHERE missing > allowed
  GROUP BY institution, product
),
ranked AS (
  SELECT *, row_number() OVER (PARTITION BY institution ORDER BY missing DESC, product) AS place FROM worst
)
SELECT
  CAST(institution AS VARCHAR) AS subject,
  min(recorded) AS time,
  CAST(least(95, 50 + max(missing) // 2) AS INTEGER) AS score,
  CAST(sum(cents) AS BIGINT) AS cents,
  flatten(list(evidence)) AS evidence,
  CAST([] AS VARCHAR[]) AS persons,
  [institution] AS institutions,
  max(CASE WHEN place = 1 THEN product END) AS product,
  CAST(max(CASE WHEN place = 1 THEN settled END) AS BIGINT) AS settled,
  CAST(max(CASE WHEN place = 1 THEN received END) AS BIGINT) AS received,
  CAST(max(missing) AS BIGINT) AS missing,
  CAST(max(CASE WHEN place = 1 THEN allowed END) AS BIGINT) AS allowed
FROM ranked
GROUP BY institution
