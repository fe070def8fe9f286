/*
id = "card-ring"
grain = "network"
severity = "high"
scope = "all"
source = "Cards that appear together at the same place and time, repeatedly, are one person's bundle: co-visit networks in published practice, and the seizure of 105 cards behind this project"
[title]
en = "Cards that travel together"
zh = "多张医保卡结伴出现"
[why]
en = "A gang carries other people's cards from counter to counter. Each visit looks like any other; that the same cards keep meeting at one place after the other does not."
zh = "团伙携带他人医保卡辗转多家机构领药。单看每次就诊都很正常，但同一批卡一再先后出现在多家机构则不然。"
[not_proof]
en = "Members of a household are left out. Neighbours who share a car or a clinic day meet at one place; that is why meetings at one place count twice at most. A bus of patients from one street looks the same: the share of neighbours stands beside the finding."
zh = "同户成员已排除。同车或同一门诊日的邻居只在一处相遇，故同一机构的相遇最多计两次。同一街道集体乘车就医表现相同，故旁列同街道占比。"
[sentence]
en = "{cards} cards met {meetings} times at {places} places within {minutes} minutes, where chance would make {chance} such meetings in a million tries; {packs} packs paid for on them came back into trade or were seized."
zh = "{cards}张卡在{places}家机构{minutes}分钟内先后出现{meetings}次，随机情况下每百万次试验仅会出现{chance}次；以这些卡支付的药品中有{packs}盒重新流入流通或被查扣。"
[parameters.minutes]
default = 60
unit = "minutes"
why = "one after the other at one counter, with a queue between them"
[parameters.meetings_min]
default = 3
unit = "meetings"
why = "two strangers may meet twice; what three are worth is then measured against chance"
[parameters.places_min]
default = 2
unit = "institutions"
why = "neighbours meet where both live; a bundle of cards meets where nobody lives"
[parameters.packs_min]
default = 2
unit = "packs"
why = "one pack that came back may be a mistake at a counter"
*/
WITH price AS (
  SELECT id, max(cents) AS cents FROM product GROUP BY id
),
visit AS (  -- by the counter's clock: settlements of a counter that was offline all come at once
  SELECT sale.person, sale.party AS institution, sale.day, min(sale.time) AS time, min(sale.recorded) AS recorded,
    min(sale.log_index) AS log_index, sum(price.cents) AS cents
  FROM sale
  LEFT JOIN price ON price.id = sale.product
  WHERE sale.payment = 'insured' AND sale.person IS NOT NULL
  GROUP BY sale.person, sale.party, sale.day
),
traffic AS (  -- how likely two visits to one institution fall on one day, and how likely close to each other
  SELECT institution, sum(CAST(visits AS DOUBLE) * visits) / pow(sum(visits), 2) AS same_day
  FROM (SELECT institution, day, count(*) AS visits FROM visit GROUP BY institution, day)
  GROUP BY institution
),
hours AS (
  SELECT institution, time // 3600 % 24 AS hour, count(*) AS visits FROM visit GROUP BY institution, time // 3600 % 24
),
close_by AS (
  SELECT one.institution, sum(CAST(one.visits AS DOUBLE) * other.visits) / pow(max(open.visits), 2) AS same_hour
  FROM hours AS one
  JOIN hours AS other ON other.institution = one.institution AND abs(other.hour - one.hour) * 60 <= $minutes
  JOIN (SELECT institution, sum(visits) AS visits FROM hours GROUP BY institution) AS open
    ON open.institution = one.institution
  GROUP BY one.institution
),
met AS (
  SELECT one.person AS card, other.person AS partner, one.institution, one.day,
    greatest(one.recorded, other.recorded) AS recorded, one.cents + other.cents AS cents,
    one.log_index AS index_one, other.log_index AS index_other
  FROM visit AS one
  JOIN visit AS other ON other.institution = one.institution AND other.day = one.day
    AND one.person < other.person AND abs(other.time - one.time) <= $minutes * 60
),
often AS (  -- few pairs are left
  SELECT card, partner FROM met GROUP BY card, partner
  HAVING count(*) >= $meetings_min AND count(DISTINCT institution) >= $places_min
),
counted AS (  -- two meetings a place at most
  SELECT met.*, row_number() OVER (PARTITION BY met.card, met.partner, met.institution ORDER BY met.recorded, met.day) AS place
  FROM met
  JOIN often ON often.card = met.card AND often.partner = met.partner
),
habit AS (
  SELECT person, institution, count(*) AS visits FROM visit GROUP BY person, institution
),
chance AS (
  SELECT often.card, often.partner, sum(CAST(mine.visits AS DOUBLE) * theirs.visits * traffic.same_day * close_by.same_hour) AS expected
  FROM often
  JOIN habit AS mine ON mine.person = often.card
  JOIN habit AS theirs ON theirs.person = often.partner AND theirs.institution = mine.institution
  JOIN traffic ON traffic.institution = mine.institution
  JOIN close_by ON close_by.institution = mine.institution
  GROUP BY often.card, often.partner
),
home AS (
  SELECT person, max(household) AS household, max(street) AS street FROM residence GROUP BY person
),
ordered AS (
  SELECT *, row_number() OVER (PARTITION BY card, partner ORDER BY recorded, day, institution) AS nth
  FROM counted WHERE place <= 2
),
pair AS (
  SELECT card, partner, count(*) AS meetings, count(DISTINCT institution) AS places, sum(cents) AS cents,
    max(CASE WHEN nth = 3 THEN recorded END) AS met_three, max(CASE WHEN nth = 4 THEN recorded END) AS met_four,
    max(CASE WHEN nth = 5 THEN recorded END) AS met_five, max(recorded) AS recorded,
    array_concat(list(index_one), list(index_other)) AS evidence, list(institution) AS institutions
  FROM ordered
  GROUP BY card, partner
  HAVING count(*) >= $meetings_min
),
tested AS (  -- how many pairs could have met: what chance is measured against
  SELECT CAST(sum(cards * (cards - 1) // 2) AS BIGINT) AS pairs
  FROM (SELECT institution, count(DISTINCT person) AS cards FROM visit GROUP BY institution)
),
insured AS (
  SELECT sale.code, sale.person, sale.party, sale.time, sale.log_index, sale.recorded, sale.product
  FROM sale
  WHERE sale.payment = 'insured' AND sale.person IS NOT NULL AND sale.taken_back IS NULL
),
come_back AS (  -- where a pack that an insurer had paid for was seen next
  SELECT insured.code, insured.person, insured.party AS source, insured.log_index, insured.product,
    after.log_index AS index_after, after.recorded, concat('trade ', CAST(after.party AS VARCHAR)) AS sink, after.party AS party
  FROM insured
  JOIN live_custody AS after ON after.code = insured.code AND after.time > insured.time AND after.party <> insured.party
    AND after.act IN ('receiving', 'accepting', 'shipping', 'dispensing')
  UNION ALL
  SELECT insured.code, insured.person, insured.party, insured.log_index, insured.product,
    seized.log_index, seized.recorded, concat('seizure ', seizure.file), NULL
  FROM insured
  JOIN seized ON seized.code = insured.code
  JOIN seizure ON seizure.log_index = seized.log_index
),
seen AS (
  SELECT come_back.*, row_number() OVER (PARTITION BY person, sink ORDER BY recorded, code) AS nth FROM come_back
),
returned AS (
  SELECT seen.person, seen.sink, count(DISTINCT seen.code) AS packs,
    min(CASE WHEN seen.nth >= $packs_min THEN seen.recorded END) AS recorded, list(seen.log_index) AS evidence,
    list(seen.index_after) AS evidence_after, array_concat(list(seen.source), list(seen.party)) AS institutions,
    sum(price.cents) AS cents
  FROM seen
  LEFT JOIN price ON price.id = seen.product
  GROUP BY seen.person, seen.sink
  HAVING count(DISTINCT seen.code) >= $packs_min AND count(DISTINCT seen.source) >= $places_min
)
SELECT
  concat(pair.card, '~', pair.partner) AS subject,
  pair.recorded AS time,
  50 AS score,
  CAST(pair.cents AS BIGINT) AS cents,
  pair.evidence,
  [pair.card, pair.partner] AS persons,
  pair.institutions,
  2 AS cards,
  pair.meetings,
  pair.places,
  CAST(round(chance.expected * 1000000) AS BIGINT) AS chance,
  0 AS packs,
  $minutes AS minutes,
  tested.pairs,
  pair.met_three,
  pair.met_four,
  pair.met_five,
  CASE WHEN mine.household = theirs.household THEN 1 ELSE 0 END AS household,
  CASE WHEN mine.street = theirs.street THEN 1 ELSE 0 END AS street
FROM pair
JOIN chance ON chance.card = pair.card AND chance.partner = pair.partner
CROSS JOIN tested
LEFT JOIN home AS mine ON mine.person = pair.card
LEFT JOIN home AS theirs ON theirs.person = pair.partner
UNION ALL
SELECT
  concat(person, '~', sink), recorded, 50, CAST(cents AS BIGINT), array_concat(evidence, evidence_after), [person],
  institutions, 1, 0, 0, 0, packs, $minutes, 0, NULL, NULL, NULL, 0, 0
FROM returned
