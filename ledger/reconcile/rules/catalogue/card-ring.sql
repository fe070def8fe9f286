/*
id = "card-ring"
grain = "network"
severity = "high"
scope = "all"
source = "Cards that appear together at the same place and time, repeatedly, are one person's bundle: co-visit networks in published practice, and the seizure of 105 cards behind this project. How sure: Poisson and Bonferroni, docs/reference/rings.md"
[title]
en = "Cards that travel together"
zh = "多张医保卡结伴出现"
[why]
en = "A gang carries other people's cards from counter to counter. Each visit looks like any other; that the same cards keep meeting at one place after the other does not."
zh = "团伙携带他人医保卡辗转多家机构领药。单看每次就诊都很正常，但同一批卡一再先后出现在多家机构则不然。"
[not_proof]
en = "Members of one household are left out. Neighbours who share a car or a clinic day meet at one place; that is why meetings at one place count twice at most, or only those at all other places. A bus of patients from one street looks the same: how many pairs are neighbours stands beside the finding. Packs of one card may come back because their codes were copied; a ring takes three households."
zh = "同户成员已排除。同车或同一门诊日的邻居只在一处相遇，故同一机构的相遇最多计两次，或只计其他机构的相遇。同一街道集体乘车就医表现相同，故旁列同街道的对数。单卡药品重新出现可能是追溯码被复制，因此须涉及三户以上。"
[sentence]
en = "{cards} {cards:card|cards} of {homes} {homes:household|households} met {meetings} {meetings:time|times} at {places} {places:place|places} within {minutes} {minutes:minute|minutes}, where chance lets at most {expected} be expected; {packs} {packs:pack|packs} paid for on them came back into trade or {packs:was|were} seized. Chance makes such a ring in one of 10^{zeros} countries. Against it speaks: {street} of its {pairs} {pairs:pair|pairs} {street:lives|live} in one street, {household} {household:pair|pairs} of one household {household:was|were} not counted."
zh = "{homes}户的{cards}张卡在{places}家机构{minutes}分钟内先后出现{meetings}次，随机情况下预期至多{expected}次；以这些卡支付的药品中有{packs}盒重新流入流通或被查扣。此类团伙偶然出现的可能性为10^{zeros}个同等国家中一个。反面证据：{pairs}对卡中有{street}对住同一街道；另有{household}对属同户，未计入。"
[parts]
visit = ["person", "day"]
met = ["institution", "day"]
habit = ["person", "institution"]
home = ["person"]
come_back = ["code"]
bought = ["person"]
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
why = "one pack that came back may be a mistake at a counter; what two or more are worth is measured against chance"
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
met AS (
  SELECT one.person AS card, other.person AS partner, one.institution, one.day,
    greatest(one.recorded, other.recorded) AS recorded, one.cents AS cents_one, other.cents AS cents_other,
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
common AS (  -- the institutions that both go to
  SELECT often.card, often.partner, mine.institution, mine.visits * theirs.visits AS chances
  FROM often
  JOIN habit AS mine ON mine.person = often.card
  JOIN habit AS theirs ON theirs.person = often.partner AND theirs.institution = mine.institution
),
there AS (
  SELECT institution, day, time FROM visit WHERE institution IN (SELECT institution FROM common)
),
traffic AS (  -- how likely two visits to one institution fall on one day, and how likely close to each other
  SELECT institution, sum(CAST(visits AS DOUBLE) * (visits - 1)) / greatest(1, sum(visits) * (sum(visits) - 1)) AS same_day
  FROM (SELECT institution, day, count(*) AS visits FROM there GROUP BY institution, day)
  GROUP BY institution
),
slots AS (  -- quarters of an hour, by which counters are busy or not
  SELECT institution, time // 900 % 96 AS slot, count(*) AS visits FROM there GROUP BY institution, time // 900 % 96
),
close_by AS (
  SELECT one.institution, sum(CAST(one.visits AS DOUBLE) * other.visits) / pow(max(open.visits), 2) AS same_time
  FROM slots AS one
  JOIN slots AS other ON other.institution = one.institution AND abs(other.slot - one.slot) * 15 <= $minutes
  JOIN (SELECT institution, sum(visits) AS visits FROM slots GROUP BY institution) AS open
    ON open.institution = one.institution
  GROUP BY one.institution
),
chance_at AS (  -- in millionths of a meeting, each place rounded, so that no order of adding matters
  SELECT common.card, common.partner, common.institution, CAST(round(
      1000000.0 * common.chances * traffic.same_day * close_by.same_time
    ) AS BIGINT) AS expected
  FROM common
  JOIN traffic ON traffic.institution = common.institution
  JOIN close_by ON close_by.institution = common.institution
),
met_at AS (
  SELECT card, partner, institution, count(*) AS meetings FROM counted GROUP BY card, partner, institution
),
favourite AS (
  SELECT chance_at.*, coalesce(met_at.meetings, 0) AS meetings, row_number() OVER (
      PARTITION BY chance_at.card, chance_at.partner ORDER BY coalesce(met_at.meetings, 0) DESC, chance_at.institution
    ) AS place
  FROM chance_at
  LEFT JOIN met_at ON met_at.card = chance_at.card AND met_at.partner = chance_at.partner
    AND met_at.institution = chance_at.institution
),
chance AS (  -- all meetings, and those elsewhere than where they meet most
  SELECT card, partner, CAST(sum(expected) AS BIGINT) AS expected, CAST(sum(meetings) AS BIGINT) AS meetings,
    CAST(sum(CASE WHEN place > 1 THEN expected ELSE 0 END) AS BIGINT) AS expected_elsewhere,
    CAST(sum(CASE WHEN place > 1 THEN meetings ELSE 0 END) AS BIGINT) AS elsewhere
  FROM favourite
  GROUP BY card, partner
),
home AS (
  SELECT person, max(household) AS household, max(street) AS street FROM residence WHERE person IS NOT NULL
  GROUP BY person
),
lives AS (  -- a household goes by its first card
  SELECT person, street, min(person) OVER (PARTITION BY coalesce(household, person)) AS home FROM home
),
spent AS (  -- what each of them collected when the other was near, all meetings
  SELECT card, partner, sum(cents_one) AS cents_left, sum(cents_other) AS cents_right FROM counted GROUP BY card, partner
),
ordered AS (
  SELECT *, row_number() OVER (PARTITION BY card, partner ORDER BY recorded, day, institution) AS nth
  FROM counted WHERE place <= 2
),
pair AS (
  SELECT card, partner, count(*) AS meetings, count(DISTINCT institution) AS places,
    max(CASE WHEN nth = 3 THEN recorded END) AS met_three, max(CASE WHEN nth = 4 THEN recorded END) AS met_four,
    max(CASE WHEN nth = 5 THEN recorded END) AS met_five, max(recorded) AS recorded,
    array_concat(list(index_one), list(index_other)) AS evidence, list(institution) AS institutions
  FROM ordered
  GROUP BY card, partner
  HAVING count(*) >= $meetings_min
),
tested AS (  -- how many pairs could have met: what chance is measured against
  SELECT CAST(sum(cards * (cards - 1) // 2) AS BIGINT) AS pairs
  FROM (SELECT institution, count(*) AS cards FROM habit GROUP BY institution)
),
insured AS (
  SELECT sale.code, sale.person, sale.party, sale.time, sale.log_index, sale.recorded, sale.product
  FROM sale
  WHERE sale.payment = 'insured' AND sale.person IS NOT NULL AND sale.taken_back IS NULL
),
again AS (  -- where a pack that an insurer had paid for was seen afterwards
  SELECT insured.code, insured.person, insured.party AS source, insured.log_index, insured.product,
    after.log_index AS index_after, after.time, after.recorded, concat('trade ', CAST(after.party AS VARCHAR)) AS sink,
    after.party AS party
  FROM insured
  JOIN live_custody AS after ON after.code = insured.code AND after.time > insured.time AND after.party <> insured.party
    AND after.act IN ('receiving', 'accepting', 'shipping', 'dispensing')
  UNION ALL
  SELECT insured.code, insured.person, insured.party, insured.log_index, insured.product,
    seized.log_index, seized.time, seized.recorded, concat('seizure ', seizure.file), NULL
  FROM insured
  JOIN seized ON seized.code = insured.code
  JOIN seizure ON seizure.log_index = seized.log_index
),
followed AS (
  SELECT *, row_number() OVER (PARTITION BY log_index, code ORDER BY time, index_after, sink) AS step FROM again
),
come_back AS (  -- the first place after the sale: whoever bought it from a card's owner, or the warehouse
  SELECT code, person, source, log_index, product, index_after, recorded, sink, party FROM followed WHERE step = 1
),
chain AS (  -- the order in which a card's packs came back there; a pack counts once
  SELECT person, sink, code, min(recorded) AS recorded, max(product) AS product, list(log_index) AS evidence,
    list(index_after) AS evidence_after, max(source) AS source, max(party) AS party
  FROM come_back
  GROUP BY person, sink, code
),
seen AS (
  SELECT chain.*, row_number() OVER (PARTITION BY person, sink ORDER BY recorded, code) AS nth FROM chain
),
returned AS (
  SELECT seen.person, seen.sink, count(*) AS packs, max(seen.recorded) AS recorded,
    max(CASE WHEN seen.nth = 2 THEN seen.recorded END) AS met_two,
    max(CASE WHEN seen.nth = 3 THEN seen.recorded END) AS met_three,
    max(CASE WHEN seen.nth = 4 THEN seen.recorded END) AS met_four,
    max(CASE WHEN seen.nth = 5 THEN seen.recorded END) AS met_five,
    flatten(list(seen.evidence)) AS evidence, flatten(list(seen.evidence_after)) AS evidence_after,
    array_concat(list(seen.source), list(seen.party)) AS institutions, sum(price.cents) AS cents
  FROM seen
  LEFT JOIN price ON price.id = seen.product
  GROUP BY seen.person, seen.sink
  HAVING count(*) >= $packs_min AND count(DISTINCT seen.source) >= $places_min
),
bought AS (
  SELECT person, count(DISTINCT code) AS packs FROM insured GROUP BY person
),
stream AS (  -- how many of all packs that were paid for were seen again at one place
  SELECT sink, count(DISTINCT code) AS packs FROM come_back GROUP BY sink
),
country AS (
  SELECT CAST(sum(packs) AS DOUBLE) AS packs, count(*) AS cards FROM bought
)
SELECT
  concat(pair.card, '~', pair.partner) AS subject,
  pair.recorded AS time,
  50 AS score,
  CAST(spent.cents_left + spent.cents_right AS BIGINT) AS cents,
  pair.evidence,
  [pair.card, pair.partner] AS persons,
  pair.institutions,
  2 AS cards,
  1 AS pairs,
  chance.meetings,
  pair.places,
  0 AS packs,
  chance.expected AS chance,
  pair.meetings AS counted,
  chance.elsewhere,
  chance.expected_elsewhere AS chance_elsewhere,
  (chance.expected + 999999) // 1000000 AS expected,
  tested.pairs AS tested,
  0 AS zeros,
  $minutes AS minutes,
  CAST(NULL AS BIGINT) AS met_two,
  pair.met_three,
  pair.met_four,
  pair.met_five,
  CAST(spent.cents_left AS BIGINT) AS cents_left,
  CAST(spent.cents_right AS BIGINT) AS cents_right,
  coalesce(mine.home, pair.card) AS home_left,
  coalesce(theirs.home, pair.partner) AS home_right,
  2 AS homes,
  CASE WHEN mine.home = theirs.home THEN 1 ELSE 0 END AS household,
  CASE WHEN mine.street = theirs.street THEN 1 ELSE 0 END AS street
FROM pair
JOIN chance ON chance.card = pair.card AND chance.partner = pair.partner
JOIN spent ON spent.card = pair.card AND spent.partner = pair.partner
CROSS JOIN tested
LEFT JOIN lives AS mine ON mine.person = pair.card
LEFT JOIN lives AS theirs ON theirs.person = pair.partner
UNION ALL
SELECT
  concat(returned.person, '~', returned.sink), returned.recorded, 50, CAST(returned.cents AS BIGINT),
  array_concat(returned.evidence, returned.evidence_after), [returned.person], returned.institutions,
  1, 0, 0, 0, returned.packs,
  CAST(round(bought.packs * stream.packs / country.packs * 1000000) AS BIGINT), returned.packs, 0, 0, 0,
  country.cards, 0, $minutes,
  returned.met_two, returned.met_three, returned.met_four, returned.met_five, CAST(returned.cents AS BIGINT), 0,
  coalesce(lives.home, returned.person), NULL, 1, 0, 0
FROM returned
JOIN bought ON bought.person = returned.person
JOIN stream ON stream.sink = returned.sink
CROSS JOIN country
LEFT JOIN lives ON lives.person = returned.person
