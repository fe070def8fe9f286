/*
id = "repeated-over-prescription"
grain = "person"
severity = "medium"
scope = "all"
source = "Check 3 of the insurer's notice on paper prescriptions, October 2024: the same insured person over-prescribed repeatedly; refills are due with at most 30 days left"
[title]
en = "Prescribed again and again, long before it was due"
zh = "同一参保人反复超量开药"
[why]
en = "One early prescription is a holiday; a row of them is a stock that somebody sells."
zh = "提前开药一次可能是外出备药，反复提前就是在囤药倒卖。"
[not_proof]
en = "A changed dose starts anew only when the product changes with it. Packs lost and prescribed again count, so that a few may be honest: that is why several are asked for."
zh = "仅更换产品才视为调整剂量。遗失后重新开药也计入，因此要求多次才提示。"
[sentence]
en = "Product {product} was prescribed {times} {times:time|times} while more than {left} {left:day's|days'} supply was left, at least {least} of them within {window} {window:day|days}."
zh = "产品{product}有{times}次在余量超过{left}天时再次开具，其中至少{least}次在{window}天之内。"
[parts]
judged = ["person", "product"]
[parameters.refill_days]
default = 30
unit = "days"
why = "what may be left when the next prescription is written"
[parameters.used_percent]
default = 75
unit = "per cent"
why = "how much of the last supply shall be used by then; a pack that was lost once makes no later visit early"
[parameters.times_min]
default = 4
unit = "prescriptions"
why = "two or three early ones in half a year happen: lost packs, journeys, a doctor who was on leave"
[parameters.window_days]
default = 180
unit = "days"
why = "the look-back of published refill practice"
*/
WITH label AS (
  SELECT id, max(days) AS days, max(cents) AS cents FROM product GROUP BY id
),
written AS (
  SELECT p.person, p.prescriber, p.product, p.log_index, p.line, p.recorded, p.time, p.institution,
    p.packs * label.cents AS cents, p.time // 86400 AS on_day, p.packs * label.days AS supply
  FROM prescription AS p
  JOIN label ON label.id = p.product
  WHERE p.person IS NOT NULL
),
summed AS (
  SELECT *, sum(supply) OVER (PARTITION BY person, product ORDER BY time, log_index, line
    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS all_supply,
    lag(on_day) OVER (PARTITION BY person, product ORDER BY time, log_index, line) AS day_before,
    lag(supply) OVER (PARTITION BY person, product ORDER BY time, log_index, line) AS supply_before
  FROM written
),
held AS (
  SELECT *, all_supply - on_day - min(all_supply - supply - on_day) OVER (PARTITION BY person, product
    ORDER BY time, log_index, line ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - supply AS left_before
  FROM summed
),
judged AS (  -- written while much was left, and soon after the one before
  SELECT person, product, prescriber, institution, log_index, line, recorded, time, cents, CASE
      WHEN left_before > $refill_days AND (on_day - day_before) * 100 < supply_before * $used_percent THEN 1 ELSE 0
    END AS early
  FROM held
),
early AS (
  SELECT *, row_number() OVER (PARTITION BY person, product ORDER BY time, log_index, line) AS place
  FROM judged
  WHERE early = 1
),
row_of_them AS (  -- this one and the ones just before it, all within the window
  SELECT last.*, first.time AS began
  FROM early AS last
  JOIN early AS first ON first.person = last.person AND first.product = last.product
    AND first.place = last.place - $times_min + 1
  WHERE last.time - first.time < $window_days * 86400
),
caught AS (
  SELECT person, product, min(recorded) AS recorded, min(began) AS began FROM row_of_them GROUP BY person, product
),
counted AS (
  SELECT early.person, early.product, min(caught.recorded) AS recorded, count(*) AS times, sum(early.cents) AS cents,
    list(early.log_index) AS evidence, list(early.institution) AS institutions
  FROM early
  JOIN caught ON caught.person = early.person AND caught.product = early.product AND early.time >= caught.began
  GROUP BY early.person, early.product
),
ranked AS (
  SELECT *, row_number() OVER (PARTITION BY person ORDER BY times DESC, product) AS place FROM counted
)
SELECT
  person AS subject,
  min(recorded) AS time,
  CAST(least(95, 40 + 5 * max(times)) AS INTEGER) AS score,
  CAST(sum(cents) AS BIGINT) AS cents,
  flatten(list(evidence)) AS evidence,
  [person] AS persons,
  flatten(list(institutions)) AS institutions,
  max(times) AS times,
  max(CASE WHEN place = 1 THEN product END) AS product,
  max($window_days) AS window,
  max($times_min) AS least,
  max($refill_days) AS left
FROM ranked
GROUP BY person
