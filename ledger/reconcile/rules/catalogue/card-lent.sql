/*
id = "card-lent"
grain = "person"
severity = "medium"
scope = "all"
source = "Insured persons may not lend their cards; in the case behind this rule one seizure held 105 cards. Distances are great circles (haversine)"
[title]
en = "A card in other hands"
zh = "医保卡疑似出借"
[why]
en = "A card that is in two distant places at once, that keeps going to and fro between home and another province for a medicine which its owner never collects at home, or that a collector carries with many others', is not in its owner's pocket."
zh = "同一张卡短时间内出现在相距很远的两地，或往返于居住地与外省之间、在外省领取本人在居住地从不领取的药品，或与多张他人的卡一起被同一人使用，说明卡不在本人手中。"
[not_proof]
en = "Children collect for both parents, neighbours for an old couple, and a nurse for a village: households are counted, and several strangers are asked for. Who works in one province and lives in another goes to and fro, and a rare disease is treated far away: ask for the medical record. A wrong clock at a counter looks like a fast journey."
zh = "子女代父母、邻里代老人、村医代村民领药均属常见，故按户计数并要求多户。异地工作者往返两地、罕见病异地就医亦属正常，应调阅病历。柜台时钟错误会表现为异常快速的移动。"
[sentence]
en = "{journeys} {journeys:time|times} the card was in two places faster than anybody travels (at most {kilometres} km apart); {swings} {swings:time|times} within {window} {window:day|days} it collected in another province, between visits at home, a medicine that it never collects there; those who collected with it carried cards of up to {strangers} other {strangers:household|households}."
zh = "该卡{journeys}次以不可能的速度出现在两地（最远相距{kilometres}公里）；{window}天内有{swings}次在两次本地就诊之间于外省领取其在本地从不领取的药品；持卡代领者同时持有多达{strangers}个其他家庭的卡。"
[parts]
wanderer = ["person"]
placed = ["person"]
unknown_at_home = ["person"]
home = ["person"]
carried = ["person"]
[parameters.speed_kmh]
default = 300
unit = "kilometres per hour"
why = "the fastest train from door to door; flights are rarer than wrong clocks"
[parameters.slack_km]
default = 60
unit = "kilometres"
why = "coordinates are those of a site, clocks of two counters differ by some minutes"
[parameters.journeys_min]
default = 2
unit = "journeys"
why = "one impossible journey is a wrong clock"
[parameters.swings_min]
default = 3
unit = "journeys"
why = "one falls ill on a journey once or twice in half a year, and moves house once; who goes out and comes home three times for one more medicine has two owners"
[parameters.swing_km]
default = 200
unit = "kilometres"
why = "beyond the next city; who lives at a border has the other province's counters nearer"
[parameters.window_days]
default = 180
unit = "days"
why = "within which the journeys count, and in which the medicine was not collected at home: two long prescriptions"
[parameters.households_min]
default = 5
unit = "households"
why = "who collects for two parents and two parents in law touches three households; five others are a trade"
[parameters.lookback_days]
default = 90
unit = "days"
why = "a collector carries many cards in one season, a village nurse few at a time"
*/
WITH price AS (
  SELECT id, max(cents) AS cents FROM product GROUP BY id
),
wanderer AS (  -- few cards leave their surroundings: only their ways are measured; a degree is 112 km at most
  SELECT sale.person
  FROM sale
  JOIN site ON site.number = sale.site
  WHERE sale.payment = 'insured' AND sale.person IS NOT NULL AND site.latitude IS NOT NULL
  GROUP BY sale.person
  HAVING 112 * (max(site.latitude) - min(site.latitude) + max(site.longitude) - min(site.longitude))
    > least($slack_km, $swing_km)
),
visit AS (  -- by the counter's clock: hand-written slips are settled days later, at a desk
  SELECT sale.person, sale.pickup, sale.log_index, min(sale.recorded) AS recorded, min(sale.time) AS time,
    min(sale.party) AS institution, min(sale.site) AS site, sum(price.cents) AS cents
  FROM sale
  JOIN wanderer ON wanderer.person = sale.person
  LEFT JOIN price ON price.id = sale.product
  WHERE sale.payment = 'insured'
  GROUP BY sale.person, sale.pickup, sale.log_index
),
lived AS (  -- where the card's owner lived then, as the same statement says
  SELECT log_index, max(region) AS region FROM residence
  WHERE region IS NOT NULL AND log_index IN (SELECT log_index FROM visit)
  GROUP BY log_index
),
moved AS (
  SELECT visit.*, site.latitude, site.longitude, substring(site.region, 1, 2) = substring(lived.region, 1, 2) AS at_home,
    lag(substring(site.region, 1, 2) = substring(lived.region, 1, 2)) OVER card AS at_home_before,
    lag(site.latitude) OVER card AS latitude_before, lag(site.longitude) OVER card AS longitude_before,
    lag(visit.time) OVER card AS time_before, lag(visit.log_index) OVER card AS index_before,
    lag(visit.recorded) OVER card AS recorded_before
  FROM visit
  JOIN site ON site.number = visit.site
  LEFT JOIN lived ON lived.log_index = visit.log_index
  WHERE site.latitude IS NOT NULL
  WINDOW card AS (PARTITION BY visit.person ORDER BY visit.time, visit.log_index)
),
placed AS (
  SELECT person, log_index, recorded, time, institution, CAST(cents AS BIGINT) AS cents, at_home, at_home_before,
    time_before, index_before, recorded_before, 12742.0 * asin(least(1.0, sqrt(
      pow(sin(radians(latitude - latitude_before) / 2), 2)
      + cos(radians(latitude)) * cos(radians(latitude_before)) * pow(sin(radians(longitude - longitude_before) / 2), 2)
    ))) AS kilometres
  FROM moved
),
travelled AS (
  SELECT * FROM placed WHERE kilometres IS NOT NULL
),
journey AS (
  SELECT person, count(*) AS journeys, CAST(floor(max(kilometres)) AS BIGINT) AS kilometres,
    min(greatest(recorded, recorded_before)) AS recorded, CAST(sum(cents) AS BIGINT) AS cents,
    array_concat(list(log_index), list(index_before)) AS evidence, list(institution) AS institutions
  FROM travelled
  WHERE kilometres > $slack_km + $speed_kmh * (time - time_before) / 3600.0
  GROUP BY person
  HAVING count(*) >= $journeys_min
),
medicine AS (
  SELECT sale.person, sale.log_index, sale.product, sale.time, placed.at_home
  FROM sale
  JOIN placed ON placed.log_index = sale.log_index AND placed.person = sale.person
),
unknown_at_home AS (
  SELECT DISTINCT away.person, away.log_index
  FROM medicine AS away
  WHERE NOT away.at_home AND NOT EXISTS (
    SELECT 1 FROM medicine AS near
    WHERE near.person = away.person AND near.product = away.product AND near.at_home
      AND near.time < away.time AND near.time > away.time - $window_days * 86400
  )
),
swing AS (  -- from home to a far counter
  SELECT travelled.*,
    row_number() OVER (PARTITION BY travelled.person ORDER BY travelled.time, travelled.log_index) AS nth
  FROM travelled
  JOIN unknown_at_home AS away ON away.person = travelled.person AND away.log_index = travelled.log_index
  WHERE travelled.at_home_before AND travelled.kilometres > $swing_km
    AND travelled.time - travelled.time_before < $window_days * 86400
),
in_a_row AS (  -- this one, and those just before it, all within the window
  SELECT last.person, last.recorded, first.time AS began
  FROM swing AS last
  JOIN swing AS first ON first.person = last.person AND first.nth = last.nth - $swings_min + 1
  WHERE last.time - first.time < $window_days * 86400
),
to_and_fro AS (
  SELECT swing.person, min(caught.recorded) AS recorded, count(*) AS swings, CAST(sum(swing.cents) AS BIGINT) AS cents,
    array_concat(list(swing.log_index), list(swing.index_before)) AS evidence, list(swing.institution) AS institutions
  FROM swing
  JOIN (SELECT person, min(recorded) AS recorded, min(began) AS began FROM in_a_row GROUP BY person) AS caught
    ON caught.person = swing.person
  WHERE swing.time >= caught.began
  GROUP BY swing.person
),
home AS (
  SELECT person, max(household) AS household, max(street) AS street FROM residence WHERE person IS NOT NULL
  GROUP BY person
),
carried AS (  -- a card that somebody else carried, and to which household it belongs
  SELECT sale.person, sale.pickup, sale.log_index, min(sale.recorded) AS recorded, min(sale.time) AS time,
    min(sale.party) AS institution, CAST(sum(price.cents) AS BIGINT) AS cents,
    max(coalesce(home.household, sale.person)) AS household
  FROM sale
  LEFT JOIN price ON price.id = sale.product
  LEFT JOIN home ON home.person = sale.person
  WHERE sale.payment = 'insured' AND sale.person IS NOT NULL AND sale.pickup <> sale.person
  GROUP BY sale.person, sale.pickup, sale.log_index
),
collector AS (
  SELECT pickup FROM carried GROUP BY pickup HAVING count(DISTINCT household) > $households_min
),
company AS (  -- each use of a card by a collector, beside the other households' cards that he carried just before
  SELECT mine.person, mine.log_index, mine.recorded, mine.institution, mine.cents,
    count(DISTINCT other.household) AS strangers
  FROM carried AS mine
  JOIN collector ON collector.pickup = mine.pickup
  JOIN carried AS other ON other.pickup = mine.pickup AND other.household <> mine.household
    AND other.time <= mine.time AND other.time > mine.time - $lookback_days * 86400
  GROUP BY mine.person, mine.log_index, mine.recorded, mine.institution, mine.cents
  HAVING count(DISTINCT other.household) >= $households_min
),
lent AS (
  SELECT person, max(strangers) AS strangers, min(recorded) AS recorded, sum(cents) AS cents,
    list(log_index) AS evidence, list(institution) AS institutions
  FROM company
  GROUP BY person
),
suspect AS (
  SELECT person FROM journey UNION SELECT person FROM to_and_fro UNION SELECT person FROM lent
)
SELECT
  suspect.person AS subject,
  least(
    coalesce(journey.recorded, to_and_fro.recorded, lent.recorded),
    coalesce(to_and_fro.recorded, lent.recorded, journey.recorded),
    coalesce(lent.recorded, journey.recorded, to_and_fro.recorded)
  ) AS time,
  CAST(least(95, 20 + 20 * least(3, coalesce(journey.journeys, 0)) + 10 * least(6, coalesce(to_and_fro.swings, 0))
    + 5 * least(12, coalesce(lent.strangers, 0))) AS INTEGER) AS score,
  CAST(greatest(coalesce(journey.cents, 0), coalesce(to_and_fro.cents, 0), coalesce(lent.cents, 0)) AS BIGINT) AS cents,
  array_concat(array_concat(coalesce(journey.evidence, []), coalesce(to_and_fro.evidence, [])), coalesce(lent.evidence, []))
    AS evidence,
  [suspect.person] AS persons,
  array_concat(
    array_concat(coalesce(journey.institutions, []), coalesce(to_and_fro.institutions, [])), coalesce(lent.institutions, [])
  ) AS institutions,
  coalesce(journey.journeys, 0) AS journeys,
  coalesce(journey.kilometres, 0) AS kilometres,
  coalesce(to_and_fro.swings, 0) AS swings,
  $window_days AS window,
  coalesce(lent.strangers, 0) AS strangers
FROM suspect
LEFT JOIN journey ON journey.person = suspect.person
LEFT JOIN to_and_fro ON to_and_fro.person = suspect.person
LEFT JOIN lent ON lent.person = suspect.person
