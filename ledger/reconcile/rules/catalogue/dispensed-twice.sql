/*
id = "dispensed-twice"
grain = "pack"
severity = "high"
scope = "code"
source = "Joint notice of four ministries, March 2025: one code has one scanned sale; more of them are counterfeit, returned or substituted medicine"
[title]
en = "Pack dispensed more than once"
zh = "同一追溯码多次销售"
[why]
en = "A pack is handed out once. A second sale under its code is the same pack back in trade, or another pack that hides behind the code."
zh = "一盒药只能售出一次。同一追溯码再次售出，说明药品回流，或以此码掩盖其他药品。"
[not_proof]
en = "Double beeps, the rest of a split pack, and sales that were undone or corrected are left out. A pack that a patient brought back, and that was sold again without a recorded return, looks the same: ask for the return slip."
zh = "重复扫码、拆零余量、已撤销或已更正的销售均已排除。患者退回后未登记退货又再次售出的，表现相同，应查看退货凭证。"
[sentence]
en = "The pack was dispensed {sales} {sales:time|times}, first by {first_party} and {days} {days:day|days} later by {again_party}, with no return in between."
zh = "该药共售出{sales}次：首次由{first_party}售出，{days}天后由{again_party}再次售出，其间没有退货记录。"
*/
WITH twice AS (  -- few packs: all that follows looks at them alone
  SELECT code FROM sale GROUP BY code HAVING count(*) > 1
),
ordered AS (
  SELECT
    sale.*,
    -- how long an earlier sale still stood, and when the first of them was known
    max(coalesce(taken_back, 253402300799)) OVER earlier AS stood_until,
    min(recorded) OVER earlier AS known_before,
    lead(time) OVER (PARTITION BY sale.code ORDER BY time, log_index) AS next_time
  FROM sale
  JOIN twice ON twice.code = sale.code
  WINDOW earlier AS (
    PARTITION BY sale.code ORDER BY time, log_index ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
  )
),
standing AS (  -- without a sale that was taken back before the next one
  SELECT *, CASE WHEN stood_until > time THEN 1 ELSE 0 END AS again
  FROM ordered
  WHERE stood_until > time OR taken_back IS NULL OR taken_back > next_time
),
counted AS (
  SELECT
    *,
    row_number() OVER (PARTITION BY code ORDER BY time, log_index) AS place,
    row_number() OVER (PARTITION BY code, again ORDER BY time, log_index) AS place_again
  FROM standing
),
price AS (
  SELECT id, max(cents) AS cents FROM product GROUP BY id
)
SELECT
  c.code AS subject,
  min(CASE WHEN c.again = 1 THEN greatest(c.recorded, c.known_before) END) AS time,
  CASE WHEN count(DISTINCT c.party) > 1 THEN 98 ELSE 90 END AS score,
  sum(c.again) * coalesce(max(price.cents), 0) AS cents,
  list(c.log_index) AS evidence,
  list(c.person) AS persons,
  list(c.party) AS institutions,
  count(*) AS sales,
  max(CASE WHEN c.place = 1 THEN c.party END) AS first_party,
  max(CASE WHEN c.again = 1 AND c.place_again = 1 THEN c.party END) AS again_party,
  (min(CASE WHEN c.again = 1 THEN c.time END) - min(c.time)) // 86400 AS days
FROM counted AS c
LEFT JOIN price ON price.id = c.product
GROUP BY c.code
HAVING sum(c.again) > 0
