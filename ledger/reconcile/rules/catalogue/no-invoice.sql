/*
id = "no-invoice"
grain = "trade"
severity = "medium"
scope = "all"
source = "Good supply practice and invoice law: a sale has an invoice; Ulanqab: neither delivery note nor invoice for the codes; purchase and sale must match (Shanghai regulation)"
[title]
en = "Goods without an invoice"
zh = "有货无票"
[why]
en = "A trader has more packs of a batch than anybody has invoiced to it. Goods bought back from patients, stolen or counterfeit come without an invoice."
zh = "经营者持有某批次药品的数量超过向其开具发票的数量。从患者处收购、被盗或假冒的药品没有发票。"
[not_proof]
en = "An invoice that is late or names no batch; goods moved between parties of one group; gifts and samples."
zh = "发票迟到或未写批号；集团内部调拨；赠品和样品。"
[sentence]
en = "{having_party} had {packs} {packs:pack|packs} of {batches} {batches:batch|batches} more than {packs:was|were} invoiced to it, {waited} {waited:day|days} after the last of them came in."
zh = "{having_party}持有的{batches}个批次的药品比发票数量多{packs}盒，最后一批入库已过{waited}天。"
[parts]
uncovered = ["product", "batch"]
[parameters.wait_days]
default = 60
unit = "days"
why = "Trade invoices monthly, and a month later at the latest."
at_least = 1
at_most = 366
[parameters.packs_min]
default = 5
unit = "packs"
why = "One bundle: fewer are a miscount."
at_least = 1
*/
WITH uncovered AS (  -- few: by all invoices that name the batch, less than came
  SELECT stock.party, stock.product, stock.batch
  FROM stock
  LEFT JOIN (
    SELECT buyer, product, batch, sum(packs) AS packs FROM invoice WHERE reverses IS NULL GROUP BY buyer, product, batch
  ) AS named ON named.buyer = stock.party AND named.product = stock.product AND named.batch = stock.batch
  GROUP BY stock.party, stock.product, stock.batch
  HAVING sum(stock.packs) > coalesce(max(named.packs), 0)
),
held AS (  -- long enough for an invoice to have come
  SELECT stock.party, stock.product, stock.batch, sum(stock.packs) AS packs, max(stock.day) AS day
  FROM stock
  JOIN uncovered
    ON uncovered.party = stock.party AND uncovered.product = stock.product AND uncovered.batch = stock.batch
  CROSS JOIN as_of
  WHERE stock.day + $wait_days <= as_of.day
    AND stock.product IN (SELECT product FROM invoice)  -- what is traded by itself: cases are invoiced as packs
  GROUP BY stock.party, stock.product, stock.batch
),
billed AS (  -- reversed ones too: the goods had their invoice once
  SELECT buyer, product, batch, sum(packs) AS packs FROM invoice WHERE reverses IS NULL GROUP BY buyer, product, batch
),
missing AS (
  SELECT
    held.party, held.product, held.batch, held.day,
    held.packs - coalesce(named.packs, 0) - coalesce(unnamed.packs, 0) AS packs
  FROM held
  LEFT JOIN billed AS named
    ON named.buyer = held.party AND named.product = held.product AND named.batch = held.batch
  LEFT JOIN billed AS unnamed
    ON unnamed.buyer = held.party AND unnamed.product = held.product AND unnamed.batch IS NULL
),
short AS (
  SELECT missing.* FROM missing WHERE missing.packs > 0
),
price AS (
  SELECT id, max(cents) AS cents FROM product GROUP BY id
),
total AS (
  SELECT
    short.party, max(short.day) AS day, sum(short.packs) AS packs, count(*) AS batches,
    sum(short.packs * coalesce(price.cents, 0)) AS cents
  FROM short
  LEFT JOIN price ON price.id = short.product
  GROUP BY short.party
  HAVING sum(short.packs) >= $packs_min
),
proof AS (
  SELECT short.party, list(DISTINCT arrival.log_index) AS evidence
  FROM short
  JOIN total ON total.party = short.party
  JOIN arrival ON arrival.party = short.party AND arrival.product = short.product AND arrival.batch = short.batch
  GROUP BY short.party
)
SELECT
  CAST(total.party AS VARCHAR) AS subject,
  (total.day + $wait_days) * 86400 AS time,
  least(95, 60 + total.packs) AS score,
  total.cents AS cents,
  proof.evidence AS evidence,
  CAST([] AS VARCHAR[]) AS persons,
  [total.party] AS institutions,
  total.party AS having_party,
  total.packs AS packs,
  total.batches AS batches,
  $wait_days AS waited
FROM total
JOIN proof ON proof.party = total.party
