/*
id = "custody-gap"
grain = "pack"
severity = "low"
scope = "all"
source = "Good supply practice: every change of hands has a delivery note; the ledger's custody rules"
[title]
en = "Pack changed hands unrecorded"
zh = "流转记录中断"
[why]
en = "A trader has a pack that nobody sent there. Goods from outside the legal chain enter in this way."
zh = "经营者持有无人向其发货的药品。非法渠道药品往往由此进入。"
[not_proof]
en = "A sender that forgot to scan; parties of one group that pass goods on between them."
zh = "发货方漏扫；同一集团内部调拨。"
[sentence]
en = "{having_party} took in or passed on the pack {acts} {acts:time|times}; by the records it was never sent there."
zh = "{having_party}收入或转出该药{acts}次；没有向其发货的记录。"
[parts]
gap = ["code"]
[parameters.wait_days]
default = 15
unit = "days"
why = "Stations may be offline for 10 days and upload then; five more for those that come back on a holiday."
at_least = 1
at_most = 3660
*/
WITH odd AS (
  SELECT c.code, c.product, c.log_index, c.time, c.recorded, c.party
  FROM live_custody AS c
  WHERE c.act IN ('receiving', 'accepting', 'shipping')
    AND (contains(c.anomalies, 'received-never-shipped') OR contains(c.anomalies, 'not-in-custody'))
),
gap AS (
  SELECT o.code, o.product, o.log_index, o.recorded, o.party
  FROM odd AS o
  WHERE NOT EXISTS (  -- sent there, by the sender's clock before or soon after, whenever it was uploaded
      SELECT 1 FROM live_custody AS c
      WHERE c.code = o.code AND c.act = 'shipping' AND c.destination = o.party AND c.time <= o.time + 86400
    )
    AND NOT EXISTS (  -- made, packed or taken back there
      SELECT 1 FROM live_custody AS c
      WHERE c.code = o.code AND c.party = o.party AND c.time <= o.time
        AND c.act IN ('commissioning', 'undoing-dispense', 'refusing', 'voiding-shipment')
    )
),
price AS (
  SELECT id, max(cents) AS cents FROM product GROUP BY id
)
SELECT
  gap.code AS subject,
  min(gap.recorded) + $wait_days * 86400 AS time,
  40 AS score,
  coalesce(max(price.cents), 0) AS cents,
  list(gap.log_index) AS evidence,
  CAST([] AS VARCHAR[]) AS persons,
  list(gap.party) AS institutions,
  arg_min(gap.party, gap.log_index) AS having_party,
  count(*) AS acts
FROM gap
CROSS JOIN as_of
LEFT JOIN price ON price.id = gap.product
WHERE gap.recorded + $wait_days * 86400 <= as_of.recorded
GROUP BY gap.code
