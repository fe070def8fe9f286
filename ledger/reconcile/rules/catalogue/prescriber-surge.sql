/*
id = "prescriber-surge"
grain = "institution"
severity = "medium"
scope = "all"
source = "Over-prescription supervision, November 2025: beyond clinical need, repeats without change of condition; refills are due with at most 30 days left"
[title]
en = "A prescriber who writes far too early, far too often"
zh = "医师频繁提前超量开药"
[why]
en = "Patients come early to every doctor; when they come early to one doctor above all, the doctor is part of it."
zh = "每位医师都会遇到提前取药的患者；若集中在某一位医师，医师本人难脱干系。"
[not_proof]
en = "A specialist who adjusts doses, or the one doctor of an island before the winter, writes early for good reasons. Chance and the habits of all doctors are the measure."
zh = "专科医师调整剂量，或偏远地区医师入冬前备药，均属正常。以随机性和全体医师的习惯为尺度。"
[sentence]
en = "One prescriber of the institution wrote {early} of {all_sheets} {all_sheets:prescription|prescriptions} while the patient had more than {left} {left:day's|days'} supply left; {expected} would be usual. It concerns {patients} {patients:patient|patients}."
zh = "该机构一名医师开具的{all_sheets}张处方中，有{early}张在患者余量超过{left}天时开出，正常约为{expected}张，涉及患者{patients}名。"
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
[parameters.early_min]
default = 15
unit = "prescriptions"
why = "fewer early ones in half a year are three difficult patients"
[parameters.deviations]
default = 6
unit = "standard deviations"
why = "hundred thousands of prescribers are compared, and none shall shout by chance"
[parameters.spread_percent]
default = 100
unit = "per cent"
why = "how much an honest prescriber's share of early ones varies beyond chance, relative to the usual share"
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
mine AS (
  SELECT institution, prescriber, time // 15724800 AS half_year, count(*) AS all_sheets, sum(early) AS early
  FROM judged
  WHERE institution IS NOT NULL AND prescriber IS NOT NULL
  GROUP BY institution, prescriber, time // 15724800
),
usual AS (
  SELECT half_year, sum(early) AS early, sum(all_sheets) AS sheets FROM mine GROUP BY half_year
),
habit AS (  -- what is usual is what the others do
  SELECT mine.*, CAST(usual.early - mine.early AS DOUBLE) / greatest(1, usual.sheets - mine.all_sheets) AS share,
    mine.all_sheets * CAST(usual.early - mine.early AS DOUBLE) / greatest(1, usual.sheets - mine.all_sheets) AS expected
  FROM mine
  JOIN usual ON usual.half_year = mine.half_year
),
allowing AS (
  SELECT *, expected + $deviations * sqrt(expected * (1 - share) + pow(expected * $spread_percent / 100, 2) + 1) AS allowed
  FROM habit
),
caught AS (
  SELECT * FROM allowing WHERE early >= $early_min AND early > allowed
),
sheet AS (
  SELECT judged.*, caught.half_year, caught.all_sheets, caught.expected, caught.allowed, caught.early AS early_ones,
    row_number() OVER (PARTITION BY judged.institution, judged.prescriber, caught.half_year
      ORDER BY judged.recorded, judged.log_index, judged.line) AS place
  FROM judged
  JOIN caught ON caught.institution = judged.institution AND caught.prescriber = judged.prescriber
    AND caught.half_year = judged.time // 15724800
  WHERE judged.early = 1
),
prescriber AS (
  SELECT institution, prescriber, max(early_ones) AS early, max(all_sheets) AS all_sheets,
    min(CASE WHEN place > allowed AND place >= $early_min THEN recorded END) AS recorded, max(expected) AS expected,
    sum(cents) AS cents, list(log_index) AS evidence, list(person) AS persons, count(DISTINCT person) AS patients
  FROM sheet
  GROUP BY institution, prescriber
),
ranked AS (
  SELECT *, row_number() OVER (PARTITION BY institution ORDER BY early DESC, prescriber) AS place FROM prescriber
)
SELECT
  CAST(institution AS VARCHAR) AS subject,
  recorded AS time,
  CAST(least(95, 50 + 5 * floor(early / (expected + 1))) AS INTEGER) AS score,
  CAST(cents AS BIGINT) AS cents,
  evidence,
  array_concat([prescriber], persons) AS persons,
  [institution] AS institutions,
  CAST(early AS BIGINT) AS early,
  all_sheets,
  CAST(round(expected) AS BIGINT) AS expected,
  patients,
  $refill_days AS left
FROM ranked
WHERE place = 1
