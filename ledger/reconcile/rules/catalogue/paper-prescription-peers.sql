/*
id = "paper-prescription-peers"
grain = "institution"
severity = "medium"
scope = "all"
source = "Check 4 of the insurer's notice on paper prescriptions, October 2024: paper prescriptions of a single institution, against its peers"
[title]
en = "Far more paper than its peers"
zh = "纸质处方占比远高于同类机构"
[why]
en = "Institutions of one size work alike. One that writes by hand what the others type keeps its prescriptions out of the system's sight."
zh = "规模相近的机构做法相近。他人用电子处方而其大量手写，等于避开系统监管。"
[not_proof]
en = "Village clinics and houses without a line write more by hand: peers are of the same size, and their own spread is the measure. A house whose system is being replaced looks the same."
zh = "村卫生室和网络不通的机构手写更多，故按同等规模比较，并以同类离散程度为尺度。正在更换系统的机构表现相同。"
[sentence]
en = "Within four weeks {percent} % of its {all_sheets} {all_sheets:prescription|prescriptions} {all_sheets:was|were} on paper; half of its {peers} {peers:peer|peers} wrote less than {usual} %."
zh = "四周内其{all_sheets}张处方中有{percent}%为纸质；{peers}家同类机构的中位数为{usual}%。"
[parts]
worked = ["institution", "day // 28 AS period"]
[parameters.sheets_min]
default = 30
unit = "prescriptions"
why = "fewer sheets of paper in four weeks are too few for a share"
[parameters.deviations]
default = 6
unit = "standard deviations"
why = "ten thousands of institutions are compared every month, and none shall shout by chance"
[parameters.spread_percent]
default = 10
unit = "percentage points"
why = "the least spread that honest peers are given, when they happen to be alike"
[parameters.peers_min]
default = 8
unit = "institutions"
why = "fewer make no median worth the name"
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
size AS (  -- a step is a doubling and a half: 10, 30, 90, 270 sheets
  SELECT *, CAST(floor(ln(all_sheets) / ln(3.0)) AS INTEGER) AS step, CAST(paper AS DOUBLE) / all_sheets AS share
  FROM worked
),
middle AS (
  SELECT period, step, count(*) AS peers, median(share) AS usual FROM size GROUP BY period, step
),
spread AS (
  SELECT size.period, size.step, median(abs(size.share - middle.usual)) AS distance
  FROM size JOIN middle ON middle.period = size.period AND middle.step = size.step
  GROUP BY size.period, size.step
),
judged AS (
  SELECT size.*, middle.peers - 1 AS peers, middle.usual,
    (size.share - middle.usual) / sqrt(
      middle.usual * (1 - middle.usual) / size.all_sheets
      + pow(greatest(1.4826 * spread.distance, $spread_percent / 100.0), 2)
    ) AS deviations
  FROM size
  JOIN middle ON middle.period = size.period AND middle.step = size.step
  JOIN spread ON spread.period = size.period AND spread.step = size.step
),
caught AS (
  SELECT *, row_number() OVER (PARTITION BY institution ORDER BY deviations DESC, period) AS place,
    min(recorded) OVER (PARTITION BY institution) AS first_recorded
  FROM judged
  WHERE deviations > $deviations AND paper >= $sheets_min AND peers >= $peers_min
),
paper AS (
  SELECT DISTINCT institution, log_index, day // 28 AS period FROM prescription
  WHERE medium = 'paper' AND institution IN (SELECT institution FROM caught)
)
SELECT
  CAST(caught.institution AS VARCHAR) AS subject,
  max(caught.first_recorded) AS time,
  CAST(least(95, 40 + 4 * floor(max(caught.deviations))) AS INTEGER) AS score,
  0 AS cents,
  list(sheet.log_index) AS evidence,
  CAST([] AS VARCHAR[]) AS persons,
  list(caught.institution) AS institutions,
  max(caught.all_sheets) AS all_sheets,
  CAST(round(100 * max(caught.share)) AS BIGINT) AS percent,
  CAST(round(100 * max(caught.usual)) AS BIGINT) AS usual,
  max(caught.peers) AS peers
FROM caught
JOIN paper AS sheet ON sheet.institution = caught.institution AND sheet.period = caught.period
WHERE caught.place = 1
GROUP BY caught.institution
