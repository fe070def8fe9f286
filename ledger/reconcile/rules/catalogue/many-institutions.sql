/*
id = "many-institutions"
grain = "person"
severity = "medium"
scope = "person"
source = "The measure of multiple providers most used in published practice: at least 4 prescribers and at least 4 dispensers within 180 days"
[title]
en = "Many prescribers and many dispensers for one card"
zh = "一卡多医多店"
[why]
en = "Who collects the same medicine from many doctors and many counters keeps each of them from seeing the whole."
zh = "在多名医师、多家机构领取同类药品，使任何一家都看不到全貌。"
[not_proof]
en = "Patients of oncology, of several chronic diseases, or who moved house see many doctors for good reasons. Without an excess of medicine this finding alone says little."
zh = "肿瘤、多种慢性病或搬家的患者就诊机构多，属正常。若无超量领药，仅此一项说明不了问题。"
[sentence]
en = "Within {window} days {prescribers} prescribers and {dispensers} dispensers served this card with product {product}."
zh = "{window}天内，{prescribers}名医师开方、{dispensers}家机构向该卡售出产品{product}。"
[parameters.window_days]
default = 180
unit = "days"
why = "the window of the published measure"
[parameters.prescribers_min]
default = 4
unit = "prescribers"
why = "the published measure"
[parameters.dispensers_min]
default = 4
unit = "institutions"
why = "the published measure"
*/
WITH visit AS (
  SELECT DISTINCT s.person, s.product, s.log_index, s.recorded, s.time, s.institution, s.prescriber, s.cents
  FROM live_settlement AS s
  WHERE s.payment = 'insured' AND s.person IS NOT NULL
),
candidate AS (  -- few persons: only they are looked at window by window
  SELECT person, product FROM visit
  GROUP BY person, product
  HAVING count(DISTINCT prescriber) >= $prescribers_min AND count(DISTINCT institution) >= $dispensers_min
),
mine AS (
  SELECT visit.* FROM visit JOIN candidate ON candidate.person = visit.person AND candidate.product = visit.product
),
windowed AS (
  SELECT last.person, last.product, last.log_index AS at, last.recorded,
    count(DISTINCT before.prescriber) AS prescribers, count(DISTINCT before.institution) AS dispensers,
    sum(before.cents) AS cents, list(before.log_index) AS evidence, list(before.institution) AS institutions
  FROM mine AS last
  JOIN mine AS before ON before.person = last.person AND before.product = last.product
    AND before.time <= last.time AND before.time > last.time - $window_days * 86400
  GROUP BY last.person, last.product, last.log_index, last.recorded
  HAVING count(DISTINCT before.prescriber) >= $prescribers_min
    AND count(DISTINCT before.institution) >= $dispensers_min
),
ranked AS (
  SELECT *, row_number() OVER (PARTITION BY person ORDER BY prescribers + dispensers DESC, product, at) AS place,
    min(recorded) OVER (PARTITION BY person) AS first_recorded
  FROM windowed
)
SELECT
  person AS subject,
  first_recorded AS time,
  CAST(least(95, 30 + 5 * (prescribers + dispensers)) AS INTEGER) AS score,
  CAST(cents AS BIGINT) AS cents,
  evidence,
  [person] AS persons,
  institutions,
  product,
  prescribers,
  dispensers,
  $window_days AS window
FROM ranked
WHERE place = 1
