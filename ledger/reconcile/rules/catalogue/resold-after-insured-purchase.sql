/*
id = "resold-after-insured-purchase"
grain = "pack"
severity = "high"
scope = "code"
source = "Joint notice of four ministries, March 2025: the fund refuses payment for returned medicine (回流药) and pursues liability"
[title]
en = "Pack back in trade after an insured purchase"
zh = "医保购药后回流"
[why]
en = "An insurer paid for this pack, and a patient has it. When it turns up in trade again, the purchase was a pretext: the medicine was bought to be sold on."
zh = "该药已由医保基金支付并发给患者。再次出现在流通环节，说明购药是幌子，药品被倒卖。"
[not_proof]
en = "Sales that were undone or corrected are left out, and so are acts that belong before the sale by their own time. A code copied onto another pack looks the same: then one of the two packs is counterfeit."
zh = "已撤销或更正的销售，以及按发生时间早于销售的操作均已排除。追溯码被复制到其他药品上时表现相同，此时两盒中有一盒为假。"
[sentence]
en = "An insurer paid for the pack at {first_party}; {days} {days:day|days} later it was back in trade at {again_party}: handed out {sales} {sales:time|times} more, moved {moves} {moves:time|times}."
zh = "该药在{first_party}由医保支付；{days}天后又在{again_party}进入流通：再次售出{sales}次，流转{moves}次。"
[parameters.gap_minutes]
default = 10
unit = "minutes"
why = "Clocks of two counters differ by minutes; goods move no faster."
at_most = 1440
*/
WITH paid AS (
  SELECT code, product, log_index, time, recorded, party, person, taken_back
  FROM sale
  WHERE payment = 'insured'
  UNION ALL  -- said to be paid by the patient, and settled all the same
  SELECT code, product, log_index, time, recorded, party, person, taken_back
  FROM sale
  WHERE (payment IS NULL OR payment <> 'insured') AND EXISTS (
    SELECT 1 FROM live_settlement AS s
    WHERE s.code = sale.code AND s.institution = sale.party AND s.payment = 'insured'
  )
),
trade AS (
  SELECT code, log_index, time, recorded, party, person, 1 AS sold FROM sale
  UNION ALL
  SELECT code, log_index, time, recorded, party, CAST(NULL AS VARCHAR) AS person, 0 AS sold
  FROM live_custody
  WHERE act IN ('receiving', 'accepting', 'shipping')
),
back AS (
  SELECT
    p.code, p.product, p.log_index AS paid_index, p.time AS paid_time, p.recorded AS paid_recorded,
    p.party AS paid_party, p.person AS paid_person,
    t.log_index, t.time, t.recorded, t.party, t.person, t.sold
  FROM paid AS p
  JOIN trade AS t ON t.code = p.code AND t.time > p.time + $gap_minutes * 60
  WHERE (p.taken_back IS NULL OR p.taken_back > t.time)
    -- moving it is another party's act, known after the sale: a late upload of its way to the shop is none
    AND (t.sold = 1 OR (t.party <> p.party AND t.log_index > p.log_index))
),
price AS (
  SELECT id, max(cents) AS cents FROM product GROUP BY id
)
SELECT
  b.code AS subject,
  min(greatest(b.recorded, b.paid_recorded)) AS time,
  CASE WHEN max(CASE WHEN b.party <> b.paid_party THEN 1 ELSE 0 END) = 1 THEN 98 ELSE 90 END AS score,
  coalesce(max(price.cents), 0) AS cents,
  list_concat(list(b.paid_index), list(b.log_index)) AS evidence,
  list_concat(list(b.paid_person), list(b.person)) AS persons,
  list_concat(list(b.paid_party), list(b.party)) AS institutions,
  arg_min(b.paid_party, b.paid_index) AS first_party,
  arg_min(b.party, b.log_index) AS again_party,
  (min(b.time) - min(b.paid_time)) // 86400 AS days,
  count(DISTINCT CASE WHEN b.sold = 1 THEN b.log_index END) AS sales,
  count(DISTINCT CASE WHEN b.sold = 0 THEN b.log_index END) AS moves
FROM back AS b
LEFT JOIN price ON price.id = b.product
GROUP BY b.code
