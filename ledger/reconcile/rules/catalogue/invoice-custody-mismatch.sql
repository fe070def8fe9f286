/*
id = "invoice-custody-mismatch"
grain = "trade"
severity = "medium"
scope = "all"
source = "Invoice law: an invoice without the sale is a false invoice (虚开发票); purchase and sale must match (Shanghai regulation)"
[title]
en = "Invoiced goods that never moved"
zh = "有票无货"
[why]
en = "A seller invoiced packs of a batch that never came to the buyer. Such invoices cover goods from elsewhere, and settlements of medicine that does not exist."
zh = "销售方开具了发票，购买方却从未收到相应批次的药品。此类发票用于掩盖来路不明的药品和虚假结算。"
[not_proof]
en = "Goods refused, recalled or still on the way; deliveries that nobody scanned."
zh = "拒收、召回或在途的货物；未扫码的配送。"
[sentence]
en = "{selling_party} invoiced {invoiced} {invoiced:pack|packs} of {batches} {batches:batch|batches}, {packs} more than its {buyers} {buyers:buyer|buyers} ever had."
zh = "{selling_party}就{batches}个批次开具{invoiced}盒的发票，比{buyers}家购买方实际持有的多{packs}盒。"
[parts]
refused_pack = ["code"]
doubtful = ["product", "batch"]
[parameters.wait_days]
default = 30
unit = "days"
why = "Goods are on the way for days, and stations may be offline for ten."
at_least = 1
at_most = 366
[parameters.packs_min]
default = 10
unit = "packs"
why = "A bundle that was lost, or invoiced twice by mistake, is no pattern."
at_least = 1
*/
WITH refused_pack AS (  -- came, too; perhaps it came again later, and is counted twice, to the seller's good
  SELECT DISTINCT c.code, c.party, pack.product, pack.batch
  FROM live_custody AS c
  JOIN pack ON pack.code = c.code
  WHERE c.act = 'refusing'
),
refused AS (
  SELECT party, product, batch, count(*) AS packs FROM refused_pack GROUP BY party, product, batch
),
had AS (
  SELECT party, product, batch, sum(packs) AS packs FROM stock GROUP BY party, product, batch
),
doubtful AS (  -- few: by all invoices that there are, more than came
  SELECT i.buyer, i.product, i.batch
  FROM invoice AS i
  LEFT JOIN had ON had.party = i.buyer AND had.product = i.product AND had.batch = i.batch
  LEFT JOIN refused ON refused.party = i.buyer AND refused.product = i.product AND refused.batch = i.batch
  WHERE i.reverses IS NULL AND i.batch IS NOT NULL AND i.seller IS NOT NULL AND i.buyer IS NOT NULL
  GROUP BY i.buyer, i.product, i.batch
  HAVING sum(i.packs) > coalesce(max(had.packs), 0) + coalesce(max(refused.packs), 0)
),
billed AS (
  SELECT i.seller, i.buyer, i.product, i.batch, i.packs, i.cents, i.log_index, i.recorded
  FROM invoice AS i
  JOIN doubtful ON doubtful.buyer = i.buyer AND doubtful.product = i.product AND doubtful.batch = i.batch
  CROSS JOIN as_of
  WHERE i.reverses IS NULL AND i.batch IS NOT NULL AND i.seller IS NOT NULL AND i.buyer IS NOT NULL
    AND i.recorded + $wait_days * 86400 <= as_of.recorded
    AND NOT EXISTS (SELECT 1 FROM invoice AS r WHERE r.reverses = i.id AND r.seller = i.seller)
    AND NOT EXISTS (
      SELECT 1 FROM recall WHERE recall.product = i.product AND (recall.batch = '*' OR recall.batch = i.batch)
    )
),
sold AS (
  SELECT
    seller, buyer, product, batch, sum(packs) AS packs, sum(cents) AS cents, max(recorded) AS recorded
  FROM billed
  GROUP BY seller, buyer, product, batch
),
other AS (  -- what all sellers invoiced to this buyer of this batch
  SELECT buyer, product, batch, sum(packs) AS packs FROM sold GROUP BY buyer, product, batch
),
over AS (
  SELECT
    sold.*,
    least(sold.packs, other.packs - coalesce(had.packs, 0) - coalesce(refused.packs, 0)) AS missing
  FROM sold
  JOIN other ON other.buyer = sold.buyer AND other.product = sold.product AND other.batch = sold.batch
  LEFT JOIN had ON had.party = sold.buyer AND had.product = sold.product AND had.batch = sold.batch
  LEFT JOIN refused
    ON refused.party = sold.buyer AND refused.product = sold.product AND refused.batch = sold.batch
  WHERE other.packs > coalesce(had.packs, 0) + coalesce(refused.packs, 0)
),
total AS (
  SELECT
    seller, max(recorded) AS recorded, sum(packs) AS packs, sum(missing) AS missing, count(*) AS batches,
    count(DISTINCT buyer) AS buyers, sum(cents * missing // packs) AS cents, list(buyer) AS buyer_list
  FROM over
  GROUP BY seller
  HAVING sum(missing) >= $packs_min
),
proof AS (
  SELECT over.seller, list(DISTINCT billed.log_index) AS evidence
  FROM over
  JOIN billed
    ON billed.seller = over.seller AND billed.buyer = over.buyer AND billed.product = over.product
    AND billed.batch = over.batch
  GROUP BY over.seller
)
SELECT
  CAST(total.seller AS VARCHAR) AS subject,
  total.recorded + $wait_days * 86400 AS time,
  least(95, 60 + total.missing) AS score,
  total.cents AS cents,
  proof.evidence AS evidence,
  CAST([] AS VARCHAR[]) AS persons,
  list_concat([total.seller], total.buyer_list) AS institutions,
  total.seller AS selling_party,
  total.packs AS invoiced,
  total.missing AS packs,
  total.batches AS batches,
  total.buyers AS buyers
FROM total
JOIN proof ON proof.seller = total.seller
