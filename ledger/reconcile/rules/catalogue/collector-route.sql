/*
id = "collector-route"
grain = "network"
severity = "high"
scope = "all"
source = "Published cases: collectors drive from counter to counter with other people's cards, several stops a day"
[title]
en = "Cards on one collector's route"
zh = "多卡同日同线辗转领药"
[why]
en = "A patient goes to one counter, perhaps two. Cards that stop together at three counters on one day are being driven."
zh = "患者一天到一家机构，至多两家。若几张卡同日同行三家，便是有人在驾车收药。"
[not_proof]
en = "An outing of neighbours with a free bus stops at one hospital, not at three counters. A wrong clock at one of the counters can make a stop of what was none."
zh = "邻里乘免费班车就医只到一家医院，不会辗转三家。某柜台时钟错误可能造成假的停留。"
[sentence]
en = "{cards} {cards:card|cards} of {homes} {homes:household|households} stopped together at {places} {places:place|places}, {meetings} {meetings:time|times} in pairs, on tours of at least {stops} {stops:stop|stops} a day. Against it speaks: {street} of their {pairs} {pairs:pair|pairs} {street:lives|live} in one street, {household} {household:pair|pairs} of one household {household:was|were} not counted."
zh = "{homes}户的{cards}张卡结伴到{places}家机构，两两同停{meetings}次，均属一天至少{stops}站的行程。反面证据：{pairs}对卡中有{street}对住同一街道；另有{household}对属同户，未计入。"
[parts]
visit = ["person", "day"]
toured = ["person", "day"]
home = ["person"]
[parameters.stops_min]
default = 3
unit = "institutions"
why = "honest patients are at one counter a day, seldom at two"
[parameters.minutes]
default = 60
unit = "minutes"
why = "one after the other at one counter, with a queue between them"
*/
WITH price AS (
  SELECT id, max(cents) AS cents FROM product GROUP BY id
),
visit AS (  -- by the counter's clock: settlements of a counter that was offline all come at once
  SELECT sale.person, sale.party AS institution, sale.day, min(sale.time) AS time, min(sale.recorded) AS recorded,
    min(sale.log_index) AS log_index, CAST(sum(price.cents) AS BIGINT) AS cents
  FROM sale
  LEFT JOIN price ON price.id = sale.product
  WHERE sale.payment = 'insured' AND sale.person IS NOT NULL
  GROUP BY sale.person, sale.party, sale.day
),
tour AS (  -- few cards stop so often
  SELECT person, day FROM visit GROUP BY person, day HAVING count(*) >= $stops_min
),
toured AS (
  SELECT visit.person, visit.institution, visit.day, visit.time, visit.recorded, visit.log_index,
    visit.cents
  FROM visit
  JOIN tour ON tour.person = visit.person AND tour.day = visit.day
),
stop AS (
  SELECT one.person AS card, other.person AS partner, one.day, one.institution,
    greatest(one.recorded, other.recorded) AS recorded, one.cents AS cents_one, other.cents AS cents_other,
    one.log_index AS index_one, other.log_index AS index_other
  FROM toured AS one
  JOIN toured AS other ON other.institution = one.institution AND other.day = one.day
    AND one.person < other.person AND abs(other.time - one.time) <= $minutes * 60
),
route AS (
  SELECT card, partner, day, count(*) AS stops, max(recorded) AS recorded, sum(cents_one) AS cents_left,
    sum(cents_other) AS cents_right, array_concat(list(index_one), list(index_other)) AS evidence, list(institution) AS institutions
  FROM stop
  GROUP BY card, partner, day
  HAVING count(*) >= $stops_min
),
home AS (
  SELECT person, max(household) AS household, max(street) AS street FROM residence WHERE person IS NOT NULL
  GROUP BY person
),
lives AS (  -- a household goes by its first card
  SELECT person, street, min(person) OVER (PARTITION BY coalesce(household, person)) AS home FROM home
),
pair AS (
  SELECT card, partner, sum(stops) AS meetings, min(recorded) AS recorded, sum(cents_left) AS cents_left,
    sum(cents_right) AS cents_right, flatten(list(evidence)) AS evidence, flatten(list(institutions)) AS institutions
  FROM route
  GROUP BY card, partner
)
SELECT
  concat(pair.card, '~', pair.partner) AS subject,
  pair.recorded AS time,
  50 AS score,
  CAST(pair.cents_left + pair.cents_right AS BIGINT) AS cents,
  pair.evidence,
  [pair.card, pair.partner] AS persons,
  pair.institutions,
  2 AS cards,
  1 AS pairs,
  CAST(pair.meetings AS BIGINT) AS meetings,
  0 AS places,
  CAST(pair.cents_left AS BIGINT) AS cents_left,
  CAST(pair.cents_right AS BIGINT) AS cents_right,
  coalesce(mine.home, pair.card) AS home_left,
  coalesce(theirs.home, pair.partner) AS home_right,
  2 AS homes,
  $stops_min AS stops,
  CASE WHEN mine.home = theirs.home THEN 1 ELSE 0 END AS household,
  CASE WHEN mine.street = theirs.street THEN 1 ELSE 0 END AS street
FROM pair
LEFT JOIN lives AS mine ON mine.person = pair.card
LEFT JOIN lives AS theirs ON theirs.person = pair.partner
