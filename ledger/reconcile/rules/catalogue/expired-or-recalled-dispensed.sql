/*
id = "expired-or-recalled-dispensed"
grain = "pack"
severity = "medium"
scope = "code"
source = "Drug Administration Law, Art. 98: medicine past its expiry counts as inferior; Measures for drug recall (2022): notice within 1, 3 and 7 days by level"
[title]
en = "Expired or recalled pack handed out"
zh = "售出过期或召回药品"
[why]
en = "The pack must not reach a patient any more. Goods that were collected and stored for resale are often past their date."
zh = "该药不得再发给患者。囤积倒卖的药品往往已过期。"
[not_proof]
en = "An expiry date that its maker registered wrongly; a recall that the shop had not heard of within the days of its level."
zh = "生产企业登记的有效期有误；在召回级别规定的时限内尚未获知召回。"
[sentence]
en = "{selling_party} handed the pack out {days_expired} {days_expired:day|days} after its expiry and {days_recalled} {days_recalled:day|days} after its recall took effect (0: not so)."
zh = "{selling_party}售出该药时已过期{days_expired}天，召回生效后{days_recalled}天（0表示不涉及）。"
[parameters.level_one_days]
default = 1
unit = "days"
why = "A recall of level one reaches every shop within a day."
[parameters.level_two_days]
default = 3
unit = "days"
why = "A recall of level two reaches every shop within three days."
[parameters.level_three_days]
default = 7
unit = "days"
why = "A recall of level three reaches every shop within seven days."
*/
WITH odd AS (  -- the ledger remarks both at once; here it is held against dates and notices
  SELECT *
  FROM sale
  WHERE contains(anomalies, 'expired') OR contains(anomalies, 'recalled')
),
called AS (
  SELECT
    odd.log_index, odd.code, r.log_index AS recall_index,
    (odd.time - r.recorded) // 86400 - CASE
      WHEN r.level = 1 THEN $level_one_days WHEN r.level = 2 THEN $level_two_days ELSE $level_three_days
    END AS days
  FROM odd
  JOIN pack ON pack.code = odd.code
  JOIN recall AS r ON r.product = pack.product AND (r.batch = '*' OR r.batch = pack.batch)
),
recalled AS (
  SELECT code, log_index, max(recall_index) AS recall_index, max(days) AS days
  FROM called
  WHERE days > 0
  GROUP BY code, log_index
),
wrong AS (
  SELECT
    odd.code, odd.product, odd.log_index, odd.recorded, odd.party, odd.person, pack.log_index AS pack_index,
    greatest(odd.day - coalesce(pack.expiry, odd.day), 0) AS days_expired,
    coalesce(recalled.days, 0) AS days_recalled, recalled.recall_index
  FROM odd
  JOIN pack ON pack.code = odd.code
  LEFT JOIN recalled ON recalled.code = odd.code AND recalled.log_index = odd.log_index
),
price AS (
  SELECT id, max(cents) AS cents FROM product GROUP BY id
)
SELECT
  w.code AS subject,
  min(w.recorded) AS time,
  85 AS score,
  coalesce(max(price.cents), 0) AS cents,
  list_concat(list_concat(list(w.log_index), list(w.pack_index)), list(w.recall_index)) AS evidence,
  list(w.person) AS persons,
  list(w.party) AS institutions,
  arg_min(w.party, w.log_index) AS selling_party,
  max(w.days_expired) AS days_expired,
  max(w.days_recalled) AS days_recalled
FROM wrong AS w
LEFT JOIN price ON price.id = w.product
WHERE w.days_expired > 0 OR w.days_recalled > 0
GROUP BY w.code
