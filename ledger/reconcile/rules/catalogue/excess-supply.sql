/*
id = "excess-supply"
grain = "person"
severity = "high"
scope = "all"
source = "Long prescriptions cover at most 12 weeks; refills are due when 75 % is used and at most 30 days are left; possession above 1.1 of the time passed is excess"
[title]
en = "Far more medicine than anybody can take"
zh = "领药量远超用量"
[why]
en = "The insurer pays for what a patient takes. Half a year's stock of one medicine on one card is collected for somebody else, or to be sold."
zh = "医保支付的是患者本人用药。同一张卡囤积某药半年用量，往往是代他人领取或用于倒卖。"
[not_proof]
en = "A long prescription that was lost whole and collected again, and the next one ahead of time, stay below the limit. A dose above the label, or a family that used one card before cards were personal, looks the same: ask for the medical record."
zh = "整张长期处方遗失后重新领取，或下一张提前领取，均不会达到限值。超说明书剂量，或家庭共用一张卡的旧习惯，表现相同，应调阅病历。"
[sentence]
en = "The card collected {packs} {packs:pack|packs} of product {product} and held {on_hand} {on_hand:day's|days'} supply at once; {allowed} would be the most that rules allow."
zh = "该卡共领取产品{product} {packs}盒，手中一度积存{on_hand}天用量，规则最多允许{allowed}天。"
[parts]
worst = ["person", "product"]
[parameters.prescription_days]
default = 84
unit = "days"
why = "the longest prescription that the rules allow: 12 weeks; it is handed out in whole packs"
[parameters.refill_days]
default = 30
unit = "days"
why = "what may be left when the next prescription is collected"
[parameters.lost_prescriptions]
default = 1
unit = "prescriptions"
why = "a bag with all packs of a long prescription is left in a bus, and collected again: nobody is suspected for one"
[parameters.lookback_days]
default = 365
unit = "days"
why = "what was lost more than a year ago is forgotten: else two bags lost in ten years would look like a stock"
*/
WITH label AS (
  SELECT id, max(days) AS days FROM product GROUP BY id
),
collected AS (
  SELECT s.person, s.product, s.log_index, s.recorded, s.time, s.institution, s.packs, s.cents,
    s.time // 86400 AS on_day, s.packs * label.days AS supply,
    ($prescription_days + label.days - 1) // label.days * label.days AS long_supply
  FROM live_settlement AS s
  JOIN label ON label.id = s.product
  WHERE s.payment = 'insured' AND s.person IS NOT NULL AND NOT s.split
),
summed AS (
  SELECT *, sum(supply) OVER (PARTITION BY person, product ORDER BY time, log_index
    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS all_supply
  FROM collected
),
held AS (  -- what is left never falls below nothing: the sum less the lowest that it would have sunk to in a year
  SELECT *, all_supply - on_day - min(all_supply - supply - on_day) OVER (PARTITION BY person, product
    ORDER BY on_day RANGE BETWEEN $lookback_days PRECEDING AND CURRENT ROW) AS on_hand
  FROM summed
),
worst AS (
  SELECT person, product, CAST(max(on_hand) AS BIGINT) AS on_hand, CAST(sum(packs) AS BIGINT) AS packs, max(long_supply) + $refill_days AS allowed,
    min(CASE WHEN on_hand > long_supply * (1 + $lost_prescriptions) + $refill_days THEN recorded END) AS recorded,
    CAST(sum(CASE WHEN on_hand > long_supply + $refill_days THEN cents ELSE 0 END) AS BIGINT) AS cents,
    list(log_index) AS evidence, list(DISTINCT institution) AS institutions
  FROM held
  GROUP BY person, product
  HAVING max(on_hand) > max(long_supply) * (1 + $lost_prescriptions) + $refill_days
),
ranked AS (
  SELECT *, row_number() OVER (PARTITION BY person ORDER BY on_hand DESC, product) AS place FROM worst
)
SELECT
  person AS subject,
  min(recorded) AS time,
  CAST(least(99, 60 + max(on_hand) // 10) AS INTEGER) AS score,
  sum(cents) AS cents,
  flatten(list(evidence)) AS evidence,
  [person] AS persons,
  flatten(list(institutions)) AS institutions,
  CAST(sum(packs) AS BIGINT) AS packs,
  max(CASE WHEN place = 1 THEN product END) AS product,
  max(on_hand) AS on_hand,
  max(CASE WHEN place = 1 THEN allowed END) AS allowed
FROM ranked
GROUP BY person
