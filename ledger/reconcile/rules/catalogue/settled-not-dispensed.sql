/*
id = "settled-not-dispensed"
grain = "pack"
severity = "medium"
scope = "all"
source = "From 1 July 2025 a sale is scanned before it is settled (joint notice of four ministries); remote swipes in Wuhan, where nobody stood at the counter"
[title]
en = "Pack settled and never handed out"
zh = "已结算但无销售记录"
[why]
en = "The fund paid for a pack that its institution has not handed out, or whose sale it undid: the medicine stayed on the shelf, or was sold twice over."
zh = "医保基金已支付，但该机构没有发药记录或已撤销销售：药品仍在架上，或另行出售。"
[not_proof]
en = "A station that is offline for longer than the rule waits, or a wrong code typed on the settlement."
zh = "终端离线时间超过等待期，或结算时追溯码录入错误。"
[sentence]
en = "Institution {settling_party} settled the pack; {waited} {waited:day|days} later no sale of it stood there. Sales elsewhere: {elsewhere}."
zh = "{settling_party}结算了该药；{waited}天后该机构仍无有效销售记录。其他机构销售次数：{elsewhere}。"
[parts]
open = ["code"]
elsewhere = ["code"]
[parameters.wait_days]
default = 15
unit = "days"
why = "Stations may be offline for 10 days and upload then; five more for those that come back on a holiday."
at_least = 1
at_most = 366
*/
WITH open AS (
  SELECT s.code, s.log_index, s.recorded, s.institution, s.person, s.fund_cents
  FROM live_settlement AS s
  WHERE s.payment = 'insured' AND s.code IS NOT NULL
    AND NOT EXISTS (
      SELECT 1 FROM sale
      WHERE sale.code = s.code AND sale.party = s.institution AND sale.taken_back IS NULL
    )
),
elsewhere AS (
  SELECT sale.code, count(*) AS sales
  FROM sale
  WHERE sale.taken_back IS NULL AND sale.code IN (SELECT code FROM open)
  GROUP BY sale.code
)
SELECT
  o.code AS subject,
  min(o.recorded) + $wait_days * 86400 AS time,
  CASE WHEN max(coalesce(elsewhere.sales, 0)) > 0 THEN 90 ELSE 75 END AS score,
  sum(o.fund_cents) AS cents,
  list(o.log_index) AS evidence,
  list(o.person) AS persons,
  list(o.institution) AS institutions,
  arg_min(o.institution, o.log_index) AS settling_party,
  $wait_days AS waited,
  max(coalesce(elsewhere.sales, 0)) AS elsewhere
FROM open AS o
CROSS JOIN as_of
LEFT JOIN elsewhere ON elsewhere.code = o.code
WHERE o.recorded + $wait_days * 86400 <= as_of.recorded
GROUP BY o.code
