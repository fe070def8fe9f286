/*
id = "dispensed-never-received"
grain = "pack"
severity = "medium"
scope = "all"
source = "Ulanqab: codes settled by a clinic that could show no delivery note; purchase and sale must match (Shanghai regulation)"
[title]
en = "Pack handed out where it never arrived"
zh = "无入库记录即售出"
[why]
en = "Nobody sent this pack to the place that handed it out, and the place never took it in: it came by a way that no office sees, or only its code came."
zh = "没有向该机构的发货记录，该机构也没有入库记录：药品来路不明，或只有追溯码被使用。"
[not_proof]
en = "A delivery that was never scanned at either end; another party of the same group that passed it on without a record."
zh = "收发双方均未扫码的配送；同一集团其他主体调拨未登记。"
[sentence]
en = "{selling_party} handed the pack out; nobody had sent it there, and it never took it in."
zh = "{selling_party}售出该药；既无向其发货的记录，也无其入库记录。"
[parts]
unreceived = ["code"]
[parameters.wait_days]
default = 15
unit = "days"
why = "Stations may be offline for 10 days and upload then; five more for those that come back on a holiday."
at_least = 1
at_most = 366
*/
WITH odd AS (  -- the ledger remarks at once that the speaker does not have the pack; late uploads may explain it
  SELECT code, product, log_index, recorded, party, person
  FROM sale
  WHERE anomalies <> '' AND taken_back IS NULL
),
unreceived AS (
  SELECT o.code, o.product, o.log_index, o.recorded, o.party, o.person
  FROM odd AS o
  WHERE NOT EXISTS (
      SELECT 1 FROM live_custody AS c
      WHERE c.code = o.code AND c.party = o.party
        AND c.act IN ('receiving', 'accepting', 'commissioning', 'packing', 'unpacking')
    )
    AND NOT EXISTS (
      SELECT 1 FROM live_custody AS c
      WHERE c.code = o.code AND c.act = 'shipping' AND c.destination = o.party
    )
),
price AS (
  SELECT id, max(cents) AS cents FROM product GROUP BY id
)
SELECT
  o.code AS subject,
  min(o.recorded) + $wait_days * 86400 AS time,
  75 AS score,
  count(*) * coalesce(max(price.cents), 0) AS cents,
  list(o.log_index) AS evidence,
  list(o.person) AS persons,
  list(o.party) AS institutions,
  arg_min(o.party, o.log_index) AS selling_party
FROM unreceived AS o
CROSS JOIN as_of
LEFT JOIN price ON price.id = o.product
WHERE o.recorded + $wait_days * 86400 <= as_of.recorded
GROUP BY o.code
