/*
id = "impossible-travel"
grain = "pack"
severity = "high"
scope = "code"
source = "Cross-province repeats of one code (Ningxiang: 28 codes settled before in three other provinces); the travel test of payment cards"
[title]
en = "Pack at two places too soon"
zh = "同一追溯码短时间出现在两地"
[why]
en = "One pack cannot be sold here and be in hand there within hours. Two packs go by one code: one of them is counterfeit, or only a picture of the code travelled."
zh = "同一盒药不可能数小时内在相距甚远的两地出现。说明两盒药使用同一追溯码：其一为假药，或只是追溯码照片被使用。"
[not_proof]
en = "A station whose clock is wrong by hours; a location that was registered wrongly."
zh = "终端时钟误差数小时；登记的地点坐标有误。"
[sentence]
en = "The pack was sold by {selling_party} and was at {other_party}, {km} km away, {minutes} {minutes:minute|minutes} apart."
zh = "该药由{selling_party}售出，又在{km}公里外的{other_party}出现，相隔{minutes}分钟。"
[parameters.km_min]
default = 100
unit = "kilometres"
why = "Nearer places are reached before the clocks of two shops can tell."
[parameters.km_an_hour]
default = 150
unit = "kilometres an hour"
why = "Faster than any lorry, and than goods that fly once they are fetched and brought."
at_least = 1
[parameters.slack_minutes]
default = 120
unit = "minutes"
why = "Deliveries are scanned in the evening, and clocks drift; two hours forgive both."
*/
WITH place AS (
  SELECT number, radians(latitude) AS latitude, radians(longitude) AS longitude
  FROM site
  WHERE latitude IS NOT NULL AND longitude IS NOT NULL
),
seen AS (
  SELECT
    s.code, s.product, s.log_index, s.recorded, s.party, s.site, s.person,
    c.log_index AS other_index, c.recorded AS other_recorded, c.party AS other_party, c.site AS other_site,
    c.person AS other_person, abs(c.time - s.time) // 60 AS minutes
  FROM sale AS s
  JOIN live_custody AS c ON c.code = s.code
  WHERE c.site <> s.site AND c.act IN ('receiving', 'accepting', 'dispensing')
    AND abs(c.time - s.time) <= 172800  -- in two days one gets anywhere
    AND NOT (c.act = 'dispensing' AND c.log_index < s.log_index)  -- two sales are one pair
),
far AS (
  SELECT
    seen.*,
    CAST(floor(12742 * asin(least(1, sqrt(
      power(sin((b.latitude - a.latitude) / 2), 2)
      + cos(a.latitude) * cos(b.latitude) * power(sin((b.longitude - a.longitude) / 2), 2)
    )))) AS BIGINT) AS km
  FROM seen
  JOIN place AS a ON a.number = seen.site
  JOIN place AS b ON b.number = seen.other_site
),
price AS (
  SELECT id, max(cents) AS cents FROM product GROUP BY id
)
SELECT
  f.code AS subject,
  min(greatest(f.recorded, f.other_recorded)) AS time,
  88 AS score,
  coalesce(max(price.cents), 0) AS cents,
  list_concat(list(f.log_index), list(f.other_index)) AS evidence,
  list_concat(list(f.person), list(f.other_person)) AS persons,
  list_concat(list(f.party), list(f.other_party)) AS institutions,
  arg_min(f.party, f.log_index) AS selling_party,
  arg_min(f.other_party, f.other_index) AS other_party,
  max(f.km) AS km,
  min(f.minutes) AS minutes
FROM far AS f
LEFT JOIN price ON price.id = f.product
WHERE f.km >= $km_min AND f.km * 60 > $km_an_hour * (f.minutes + $slack_minutes)
GROUP BY f.code
