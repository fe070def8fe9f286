/*
id = "department-surge"
grain = "institution"
severity = "medium"
scope = "all"
source = "Check 5 of the insurer's notice on paper prescriptions, October 2024: prescriptions by physicians of key departments"
[title]
en = "A department that suddenly prescribes much more"
zh = "重点科室处方量异常增长"
[why]
en = "Where medicine is collected for resale, the prescriptions pile up in one department whose physicians sign for it."
zh = "套取药品需要有人开方，处方会集中到某一科室的医师名下。"
[not_proof]
en = "An epidemic fills the same department everywhere and is taken into account. A new physician, a ward that opened, or a department that took over another's patients looks the same."
zh = "流行病会使各院同一科室同时繁忙，已予考虑。新进医师、新设病区或科室合并，表现相同。"
[sentence]
en = "The department {department} wrote {sheets} prescriptions within four weeks; its own past and the same department elsewhere let {expected} be expected."
zh = "{department}四周内开具处方{sheets}张；按其以往水平及其他机构同科室情况，预期为{expected}张。"
[parameters.sheets_min]
default = 40
unit = "prescriptions"
why = "fewer in four weeks are two on a working day: too few to tell a change from chance"
[parameters.deviations]
default = 6
unit = "standard deviations"
why = "every department of the country is compared every month, and none shall shout by chance"
[parameters.spread_percent]
default = 30
unit = "per cent"
why = "how much an honest department's count varies beyond chance from one month to the next"
[parameters.history_min]
default = 3
unit = "periods of four weeks"
why = "without a quarter of its own past a department cannot surge"
*/
WITH sheet AS (
  SELECT DISTINCT institution, department, log_index, recorded, day // 28 AS period
  FROM prescription WHERE institution IS NOT NULL AND department IS NOT NULL
),
worked AS (
  SELECT institution, department, period, count(*) AS sheets FROM sheet GROUP BY institution, department, period
),
country AS (
  SELECT department, period, sum(sheets) AS sheets, count(*) AS institutions
  FROM worked GROUP BY department, period
),
placed AS (
  SELECT worked.*, avg(worked.sheets) OVER earlier AS own, count(*) OVER earlier AS periods,
    CAST(country.sheets - worked.sheets AS DOUBLE) / greatest(1, country.institutions - 1) AS others,
    avg(CAST(country.sheets - worked.sheets AS DOUBLE) / greatest(1, country.institutions - 1)) OVER earlier AS others_before
  FROM worked
  JOIN country ON country.department = worked.department AND country.period = worked.period
  WINDOW earlier AS (PARTITION BY worked.institution, worked.department ORDER BY worked.period
    ROWS BETWEEN 12 PRECEDING AND 1 PRECEDING)
),
expecting AS (
  SELECT *, own * greatest(0.7, least(3.0, (others + 1) / (others_before + 1))) AS expected
  FROM placed WHERE periods >= $history_min
),
caught AS (
  SELECT *, expected + $deviations * sqrt(expected + pow(expected * $spread_percent / 100, 2) + 1) AS allowed
  FROM expecting
),
counted AS (
  SELECT sheet.*, caught.sheets, caught.expected, caught.allowed,
    row_number() OVER (PARTITION BY sheet.institution, sheet.department, sheet.period
      ORDER BY sheet.recorded, sheet.log_index) AS place
  FROM sheet
  JOIN caught ON caught.institution = sheet.institution AND caught.department = sheet.department
    AND caught.period = sheet.period
  WHERE caught.sheets > caught.allowed AND caught.sheets >= $sheets_min
),
peak AS (
  SELECT institution, department, max(sheets) AS sheets, CAST(round(arg_max(expected, sheets)) AS BIGINT) AS expected,
    min(CASE WHEN place > allowed AND place >= $sheets_min THEN recorded END) AS recorded, list(log_index) AS evidence
  FROM counted
  GROUP BY institution, department
),
ranked AS (
  SELECT *, row_number() OVER (PARTITION BY institution ORDER BY sheets - expected DESC, department) AS place FROM peak
)
SELECT
  CAST(institution AS VARCHAR) AS subject,
  recorded AS time,
  CAST(least(95, 50 + 10 * sheets // greatest(1, expected)) AS INTEGER) AS score,
  0 AS cents,
  evidence,
  CAST([] AS VARCHAR[]) AS persons,
  [institution] AS institutions,
  department,
  sheets,
  expected
FROM ranked
WHERE place = 1
