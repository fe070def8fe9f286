/*
id = "paper-prescription-volume"
grain = "institution"
severity = "medium"
scope = "all"
source = "Checks 1 and 4 of the insurer's notice on paper prescriptions, October 2024: the number of paper prescriptions of an institution"
[title]
en = "Many more paper prescriptions than before"
zh = "纸质处方数量异常增长"
[why]
en = "Paper is written without a system that counts: where sheets multiply, medicine is prescribed that nobody asked for."
zh = "纸质处方没有系统把关。数量突增，往往意味着虚开处方套取药品。"
[not_proof]
en = "A season that fills every waiting room is taken into account. A broken computer, or a neighbour that closed, looks the same for some weeks."
zh = "季节性就诊高峰已考虑。系统故障或邻近机构停诊，短期内表现相同。"
[sentence]
en = "The institution wrote {sheets} paper {sheets:prescription|prescriptions} within four weeks; its own past and the season let {expected} be expected."
zh = "该机构四周内开具纸质处方{sheets}张；按其以往水平和季节，预期为{expected}张。"
[parts]
worked = ["institution", "day // 28 AS period"]
[parameters.sheets_min]
default = 30
unit = "prescriptions"
why = "fewer in four weeks are a sheet a day: too few to tell a change from chance"
[parameters.deviations]
default = 6
unit = "standard deviations"
why = "ten thousands of institutions are compared every month, and none shall shout by chance"
[parameters.spread_percent]
default = 30
unit = "per cent"
why = "how much an honest institution's count varies beyond chance from one month to the next"
[parameters.history_min]
default = 3
unit = "periods of four weeks"
why = "without a quarter of its own past an institution is compared with its peers, by another rule"
*/
WITH sheet AS (
  SELECT DISTINCT institution, log_index, recorded, medium, day // 28 AS period
  FROM prescription WHERE institution IS NOT NULL
),
worked AS (
  SELECT institution, period, count(*) AS all_sheets, max(recorded) AS recorded,
    CAST(sum(CASE WHEN medium = 'paper' THEN 1 ELSE 0 END) AS BIGINT) AS paper
  FROM sheet GROUP BY institution, period
),
country AS (
  SELECT period, sum(paper) AS paper, count(*) AS institutions FROM worked GROUP BY period
),
placed AS (
  SELECT worked.institution, worked.period, worked.paper,
    avg(worked.paper) OVER earlier AS own, count(*) OVER earlier AS periods,
    CAST(country.paper - worked.paper AS DOUBLE) / greatest(1, country.institutions - 1) AS others,
    avg(CAST(country.paper - worked.paper AS DOUBLE) / greatest(1, country.institutions - 1)) OVER earlier AS others_before
  FROM worked
  JOIN country ON country.period = worked.period
  WINDOW earlier AS (PARTITION BY worked.institution ORDER BY worked.period ROWS BETWEEN 12 PRECEDING AND 1 PRECEDING)
),
expecting AS (
  SELECT *, (own * periods + others_before) / (periods + 1)
    * greatest(0.7, least(2.0, (others + 1) / (others_before + 1))) AS expected
  FROM placed
  WHERE periods >= $history_min
),
caught AS (
  SELECT *, expected + $deviations * sqrt(expected + pow(expected * $spread_percent / 100, 2) + 1) AS allowed
  FROM expecting
  WHERE paper >= $sheets_min AND paper > expected + $deviations * sqrt(expected + pow(expected * $spread_percent / 100, 2) + 1)
),
paper AS (
  SELECT DISTINCT institution, log_index, recorded, day // 28 AS period FROM prescription
  WHERE medium = 'paper' AND institution IN (SELECT institution FROM caught)
),
counted AS (
  SELECT sheet.institution, sheet.period, sheet.log_index, sheet.recorded, caught.paper, caught.expected, caught.allowed,
    row_number() OVER (PARTITION BY sheet.institution, sheet.period ORDER BY sheet.recorded, sheet.log_index) AS place
  FROM paper AS sheet
  JOIN caught ON caught.institution = sheet.institution AND caught.period = sheet.period
),
peak AS (
  SELECT institution, max(paper) AS sheets,
    CAST(round(arg_max(expected, paper)) AS BIGINT) AS expected,
    min(CASE WHEN place > allowed AND place >= $sheets_min THEN recorded END) AS recorded,
    list(log_index) AS evidence
  FROM counted
  GROUP BY institution
)
SELECT
  CAST(institution AS VARCHAR) AS subject,
  recorded AS time,
  CAST(least(95, 50 + 10 * sheets // greatest(1, expected)) AS INTEGER) AS score,
  0 AS cents,
  evidence,
  CAST([] AS VARCHAR[]) AS persons,
  [institution] AS institutions,
  sheets,
  expected
FROM peak
