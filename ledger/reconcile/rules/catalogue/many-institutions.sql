/*
id = "many-institutions"
grain = "person"
severity = "medium"
scope = "all"
source = "The measure of multiple providers most used in published practice: at least 4 prescribers and at least 4 dispensers within 180 days; with a medication possession ratio above 1.1, the usual limit of excess"
[title]
en = "Many prescribers and many dispensers for one card"
zh = "一卡多医多店"
[why]
en = "Who collects the same medicine from many doctors and many counters keeps each of them from seeing the whole."
zh = "在多名医师、多家机构领取同类药品，使任何一家都看不到全貌。"
[not_proof]
en = "Patients of oncology, of several chronic diseases, or who moved house see many doctors for good reasons; most of them collect no more than they take, and are left out. Lost packs and changed doses remain."
zh = "肿瘤、多种慢性病或搬家的患者就诊机构多，属正常；其中多数领药不超过用量，已予排除。遗失补领和调整剂量仍可能表现相同。"
[sentence]
en = "Within {window} {window:day|days} {prescribers} {prescribers:prescriber|prescribers} and {dispensers} {dispensers:dispenser|dispensers} served this card with product {product}: {percent} % of what the days between its visits could use."
zh = "{window}天内，{prescribers}名医师开方、{dispensers}家机构向该卡售出产品{product}，领药量为就诊间隔用量的{percent}%。"
[parts]
counter = ["person", "product", "institution"]
spread = ["person", "product"]
settled = ["person", "product"]
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
[parameters.possession_percent]
default = 110
unit = "per cent"
why = "a possession ratio above 1.1 is the published limit of excess: who is gravely ill sees many doctors, and takes one dose"
*/
WITH label AS (
  SELECT id, max(days) AS days FROM product GROUP BY id
),
counter AS (
  SELECT DISTINCT person, product, institution FROM live_settlement
  WHERE payment = 'insured' AND NOT split AND person IS NOT NULL AND institution IS NOT NULL
),
spread AS (  -- few persons: only they are looked at prescription by prescription, and window by window
  SELECT person, product FROM counter GROUP BY person, product HAVING count(*) >= $dispensers_min
),
settled AS (
  SELECT s.person, s.product, s.log_index, s.recorded, s.time, s.institution, s.prescriber, s.prescription, s.cents,
    s.packs
  FROM live_settlement AS s
  JOIN spread ON spread.person = s.person AND spread.product = s.product
  WHERE s.payment = 'insured' AND NOT s.split
),
written AS (
  SELECT id, person, max(prescriber) AS prescriber FROM prescription
  WHERE id IN (SELECT prescription FROM settled)
  GROUP BY id, person
),
visit AS (
  SELECT s.person, s.product, s.log_index, max(s.recorded) AS recorded, max(s.time) AS time,
    max(s.institution) AS institution, max(coalesce(s.prescriber, written.prescriber)) AS prescriber, sum(s.cents) AS cents,
    sum(s.packs * label.days) AS supply
  FROM settled AS s
  JOIN label ON label.id = s.product
  LEFT JOIN written ON written.id = s.prescription AND written.person = s.person
  GROUP BY s.person, s.product, s.log_index
),
candidate AS (
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
    sum(before.cents) AS cents, sum(before.supply) - max(last.supply) AS supply,
    (max(last.time) - min(before.time)) // 86400 AS days, list(before.log_index) AS evidence, list(before.institution) AS institutions
  FROM mine AS last
  JOIN mine AS before ON before.person = last.person AND before.product = last.product
    AND before.time <= last.time AND before.time > last.time - $window_days * 86400
  GROUP BY last.person, last.product, last.log_index, last.recorded
  HAVING count(DISTINCT before.prescriber) >= $prescribers_min
    AND count(DISTINCT before.institution) >= $dispensers_min
    AND (sum(before.supply) - max(last.supply)) * 100 > $possession_percent * ((max(last.time) - min(before.time)) // 86400)
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
  $window_days AS window,
  CAST(100 * supply // greatest(1, days) AS BIGINT) AS percent
FROM ranked
WHERE place = 1
