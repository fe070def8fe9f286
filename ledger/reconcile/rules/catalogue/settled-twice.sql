/*
id = "settled-twice"
grain = "pack"
severity = "high"
scope = "all"
source = "Joint notice of four ministries, March 2025; Jiangxi's rule of two scans; Ulanqab: 72 codes settled twice, one of them in another province"
[title]
en = "Pack settled more than once"
zh = "同一追溯码重复结算"
[why]
en = "The fund pays once for a pack. A second settlement pays for medicine that was never handed out, or that came back."
zh = "一盒药医保基金只支付一次。重复结算意味着为未发出或已回流的药品付费。"
[not_proof]
en = "Reversed settlements and the parts of a split pack are left out. The same claim sent twice within hours, and the claim of a sale that was undone, are given time to be reversed. A digit typed wrongly can hit another pack's code."
zh = "已冲销的结算和拆零分次结算均已排除。数小时内重复提交的同一结算，以及已撤销销售的结算，给予冲销时间。手工录入错误可能误中其他追溯码。"
[sentence]
en = "The pack was settled {settlements} {settlements:time|times} at {places} {places:institution|institutions} in {provinces} {provinces:province|provinces}; the second settlement came {days} {days:day|days} after the first."
zh = "该药共结算{settlements}次，涉及{provinces}个省份的{places}家机构；第二次结算距首次{days}天。"
[parts]
paid = ["code"]
pair = ["code"]
[parameters.retry_hours]
default = 24
unit = "hours"
why = "The same claim for the same person at the same institution within a day is first of all a claim that was sent twice."
at_most = 720
[parameters.wait_days]
default = 30
unit = "days"
why = "Institutions reconcile with the insurer every month, and reverse then what was sent twice."
at_most = 366
*/
WITH twice AS (
  SELECT code FROM live_settlement WHERE payment = 'insured' AND code IS NOT NULL GROUP BY code HAVING count(*) > 1
),
paid AS (
  SELECT s.code, s.log_index, s.time, s.recorded, s.institution, s.person, s.fund_cents, s.split,
    row_number() OVER (PARTITION BY s.code ORDER BY s.time, s.log_index, s.line) AS place
  FROM live_settlement AS s
  JOIN twice ON twice.code = s.code
  WHERE s.payment = 'insured'
),
undone AS (  -- sales that were taken back: their settlements are due to be reversed
  SELECT sale.code, sale.party, sale.taken_back
  FROM sale
  JOIN twice ON twice.code = sale.code
  WHERE sale.taken_back IS NOT NULL
),
pair AS (
  SELECT
    a.code, a.log_index AS first_index, a.recorded AS first_recorded, b.log_index, b.place, b.recorded,
    CASE
      WHEN a.institution = b.institution AND a.person IS NOT DISTINCT FROM b.person
        AND b.time - a.time <= $retry_hours * 3600 THEN 1
      WHEN EXISTS (
        SELECT 1 FROM undone
        WHERE undone.code = a.code AND undone.party = a.institution AND undone.taken_back <= b.time
      ) THEN 1
      ELSE 0
    END AS patience
  FROM paid AS a
  JOIN paid AS b ON b.code = a.code AND b.place > a.place
  WHERE NOT (a.split AND b.split AND a.institution = b.institution)
),
due AS (
  SELECT
    pair.code, pair.first_index, pair.log_index, pair.place,
    greatest(pair.first_recorded, pair.recorded) + pair.patience * $wait_days * 86400 AS time
  FROM pair
),
again AS (
  SELECT due.* FROM due CROSS JOIN as_of WHERE due.time <= as_of.recorded
),
found AS (
  SELECT code, min(time) AS time FROM again GROUP BY code
),
touched AS (
  SELECT code, first_index AS log_index, CAST(NULL AS BIGINT) AS place FROM again
  UNION ALL
  SELECT code, log_index, place FROM again
),
chosen AS (
  SELECT code, log_index, max(place) AS place FROM touched GROUP BY code, log_index
)
SELECT
  p.code AS subject,
  max(found.time) AS time,
  CASE WHEN count(DISTINCT p.institution) > 1 THEN 99 ELSE 90 END AS score,
  sum(CASE WHEN chosen.place IS NOT NULL THEN p.fund_cents ELSE 0 END) AS cents,
  list(p.log_index) AS evidence,
  list(p.person) AS persons,
  list(p.institution) AS institutions,
  count(*) AS settlements,
  count(DISTINCT p.institution) AS places,
  count(DISTINCT substring(party.region, 1, 2)) AS provinces,
  (min(CASE WHEN chosen.place IS NOT NULL THEN p.time END) - min(p.time)) // 86400 AS days
FROM paid AS p
JOIN found ON found.code = p.code
JOIN chosen ON chosen.code = p.code AND chosen.log_index = p.log_index
LEFT JOIN party ON party.number = p.institution
GROUP BY p.code
