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
en = "An epidemic fills the same department everywhere, or all counters of a county, and is taken into account. A new physician, a ward that opened, or a department that took over another's patients looks the same."
zh = "流行病会使各院同一科室或同县各机构同时繁忙，已予考虑。新进医师、新设病区或科室合并，表现相同。"
[sentence]
en = "The department {department} wrote {sheets} {sheets:prescription|prescriptions} for more than {course} {course:day|days} within four weeks; its own past, the same department elsewhere and its neighbours let {expected} be expected."
zh = "{department}四周内开具超过{course}天用量的处方{sheets}张；按其以往水平、其他机构同科室及同县机构情况，预期为{expected}张。"
[parts]
worked = ["institution", "department", "day // 28 AS period"]
[parameters.course_days]
default = 14
unit = "days"
why = "shorter courses are what an epidemic brings, and little worth to a dealer: they are not counted"
[parameters.sheets_min]
default = 20
unit = "prescriptions"
why = "fewer in four weeks are less than one on a working day: too few to tell a change from chance"
[parameters.deviations]
default = 6
unit = "standard deviations"
why = "every department of the country is compared every month, and none shall shout by chance"
[parameters.spread_percent]
default = 30
unit = "per cent"
why = "how much an honest department's count varies beyond chance from one month to the next, at the least; what its own past shows beyond that counts too"
[parameters.history_min]
default = 3
unit = "periods of four weeks"
why = "without a quarter of its own past an institution cannot surge; a department that wrote nothing in it has a past of nothing"
*/
WITH sheet AS (
  SELECT DISTINCT p.institution, p.department, p.log_index, p.recorded, p.day // 28 AS period, party.region
  FROM prescription AS p
  JOIN party ON party.number = p.institution
  WHERE p.department IS NOT NULL AND p.days > $course_days
),
worked AS (
  SELECT institution, department, region, period, count(*) AS sheets FROM sheet
  GROUP BY institution, department, region, period
),
open_since AS (
  SELECT institution, min(period) AS first_period FROM worked GROUP BY institution
),
country AS (
  SELECT department, period, sum(sheets) AS sheets, avg(sum(sheets)) OVER (PARTITION BY department ORDER BY period
    ROWS BETWEEN 12 PRECEDING AND 1 PRECEDING) AS sheets_before
  FROM worked GROUP BY department, period
),
house AS (
  SELECT institution, region, period, sum(sheets) AS sheets FROM worked GROUP BY institution, region, period
),
county AS (
  SELECT region, period, sum(sheets) AS sheets, avg(sum(sheets)) OVER (PARTITION BY region ORDER BY period
    ROWS BETWEEN 12 PRECEDING AND 1 PRECEDING) AS sheets_before
  FROM house GROUP BY region, period
),
placed AS (
  SELECT worked.*, least(12, worked.period - open_since.first_period) AS periods,
    coalesce(sum(worked.sheets) OVER earlier, 0) AS own_sum,
    coalesce(sum(worked.sheets * worked.sheets) OVER earlier, 0) AS own_squares,
    country.sheets AS country_sheets, country.sheets_before AS country_before,
    county.sheets - house.sheets AS county_others, county.sheets_before AS county_before,
    coalesce(avg(house.sheets) OVER earlier, 0) AS house_before
  FROM worked
  JOIN open_since ON open_since.institution = worked.institution
  JOIN country ON country.department = worked.department AND country.period = worked.period
  JOIN house ON house.institution = worked.institution AND house.period = worked.period
  JOIN county ON county.region = worked.region AND county.period = worked.period
  WINDOW earlier AS (PARTITION BY worked.institution, worked.department ORDER BY worked.period
    RANGE BETWEEN 12 PRECEDING AND 1 PRECEDING)
),
seasoned AS (  -- how much more than before the others write: the department elsewhere, or the neighbours
  SELECT *, CAST(own_sum AS DOUBLE) / greatest(1, periods) AS own,
    greatest(0, CAST(own_squares AS DOUBLE) / greatest(1, periods) - pow(CAST(own_sum AS DOUBLE) / greatest(1, periods), 2)) AS own_variance,
    greatest(
      (country_sheets - sheets + 5.0) / greatest(5.0, country_before - CAST(own_sum AS DOUBLE) / greatest(1, periods) + 5.0),
      (county_others + 5.0) / greatest(5.0, county_before - house_before + 5.0)
    ) AS season
  FROM placed
  WHERE periods >= $history_min
),
expecting AS (
  SELECT *, (own * periods + 1) / (periods + 1) * greatest(0.7, least(3.0, coalesce(season, 1.0))) AS expected FROM seasoned
),
caught AS (
  SELECT *, expected
    + $deviations * sqrt(expected + pow(expected * $spread_percent / 100, 2) + own_variance + 1) AS allowed
  FROM expecting
  WHERE sheets >= $sheets_min AND sheets > expected
    + $deviations * sqrt(expected + pow(expected * $spread_percent / 100, 2) + own_variance + 1)
),
written AS (
  SELECT DISTINCT institution, department, log_index, recorded, day // 28 AS period FROM prescription
  WHERE days > $course_days AND institution IN (SELECT institution FROM caught)
),
counted AS (
  SELECT sheet.institution, sheet.department, sheet.period, sheet.log_index, sheet.recorded, caught.sheets,
    caught.expected, caught.allowed,
    row_number() OVER (PARTITION BY sheet.institution, sheet.department, sheet.period
      ORDER BY sheet.recorded, sheet.log_index) AS place
  FROM written AS sheet
  JOIN caught ON caught.institution = sheet.institution AND caught.department = sheet.department
    AND caught.period = sheet.period
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
  expected,
  $course_days AS course
FROM ranked
WHERE place = 1
