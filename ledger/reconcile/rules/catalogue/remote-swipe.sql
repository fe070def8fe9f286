/*
id = "remote-swipe"
grain = "institution"
severity = "high"
scope = "all"
source = "Published case: a drug that sold four or five a year sold more than 300, most buyers from elsewhere, paid by a remote code with nobody at the counter"
[title]
en = "A slow product suddenly sells to people from elsewhere"
zh = "滞销药突然大量售予外地参保人"
[why]
en = "Cards are swiped from afar and nothing is handed over: the counter shows it as a product that nobody bought before, bought by people who do not live there."
zh = "远程刷卡、并未交付药品，表现为原本少有人买的药，突然被不在当地居住的人大量购买。"
[not_proof]
en = "A shop at a station or beside a large hospital has strangers among its customers for all it sells: its own share of strangers is the measure. A new product, or a neighbour that closed, makes sales but not strangers."
zh = "车站或大医院旁的药店外地顾客本来就多，以其自身外地顾客占比为尺度。新品上市或邻店停业会增加销量，但不会带来外地人。"
[sentence]
en = "Within four weeks the insurer settled {packs} {packs:pack|packs} of product {product} here, {strangers} of them for people who live in another county; {expected} and {usual} would be usual."
zh = "四周内在此结算产品{product} {packs}盒，其中{strangers}盒的参保人不住本县；正常分别约为{expected}盒和{usual}盒。"
[parts]
monthly = ["institution", "product", "day // 28 AS period"]
[parameters.packs_min]
default = 20
unit = "packs"
why = "fewer in four weeks are a visiting family"
[parameters.deviations]
default = 6
unit = "standard deviations"
why = "every product of every counter is compared every month, and none shall shout by chance"
[parameters.spread_percent]
default = 50
unit = "per cent"
why = "how much an honest counter's sales of one product vary beyond chance from one month to the next"
*/
WITH monthly AS (
  SELECT s.institution, s.product, s.day // 28 AS period, CAST(sum(s.packs) AS BIGINT) AS packs
  FROM live_settlement AS s
  JOIN party ON party.number = s.institution
  WHERE s.payment = 'insured' AND NOT s.split
  GROUP BY s.institution, s.product, s.day // 28
),
open_since AS (
  SELECT institution, min(period) AS first_period FROM monthly GROUP BY institution
),
elsewhere AS (
  SELECT product, period, CAST(sum(packs) AS DOUBLE) AS packs, count(*) AS shops FROM monthly GROUP BY product, period
),
much AS (  -- few counters ever sell so much of one medicine
  SELECT DISTINCT institution, product FROM monthly WHERE packs >= $packs_min
),
before AS (
  SELECT monthly.*, elsewhere.packs - monthly.packs AS others, elsewhere.shops - 1 AS other_shops,
    monthly.period - open_since.first_period AS periods,
    coalesce(sum(monthly.packs) OVER earlier, 0) AS earlier_packs
  FROM monthly
  JOIN much ON much.institution = monthly.institution AND much.product = monthly.product
  JOIN elsewhere ON elsewhere.product = monthly.product AND elsewhere.period = monthly.period
  JOIN open_since ON open_since.institution = monthly.institution
  WINDOW earlier AS (PARTITION BY monthly.institution, monthly.product ORDER BY monthly.period
    RANGE BETWEEN 12 PRECEDING AND 1 PRECEDING)
),
expecting AS (  -- its own past, drawn towards what others sell of it
  SELECT *, (earlier_packs + others / greatest(1, other_shops)) / (least(12, periods) + 1) AS expected FROM before
),
surge AS (
  SELECT *, expected + $deviations * sqrt(expected + pow(expected * $spread_percent / 100, 2) + 1) AS allowed
  FROM expecting
  WHERE packs >= $packs_min
    AND packs > expected + $deviations * sqrt(expected + pow(expected * $spread_percent / 100, 2) + 1)
),
customer AS (
  SELECT s.institution, s.product, s.person, s.log_index, s.recorded, s.packs, s.cents, s.day // 28 AS period
  FROM live_settlement AS s
  JOIN (SELECT DISTINCT institution FROM surge) AS crowded ON crowded.institution = s.institution
  WHERE s.payment = 'insured' AND NOT s.split
),
home AS (
  SELECT person, max(region) AS region, count(DISTINCT region) AS regions
  FROM residence
  WHERE region IS NOT NULL AND person IN (SELECT person FROM customer)
  GROUP BY person
),
sold AS (
  SELECT customer.*,
    CASE WHEN home.regions = 1 AND home.region <> party.region THEN customer.packs ELSE 0 END AS strange
  FROM customer
  JOIN party ON party.number = customer.institution
  LEFT JOIN home ON home.person = customer.person
),
shop AS (  -- how many strangers a counter has among all its customers
  SELECT institution, CAST(sum(strange) AS DOUBLE) / sum(packs) AS share FROM sold GROUP BY institution
),
strangers AS (
  SELECT institution, product, period, sum(strange) AS strange FROM sold GROUP BY institution, product, period
),
caught AS (
  SELECT surge.*, strangers.strange, surge.packs * least(0.9, shop.share) AS usual
  FROM surge
  JOIN shop ON shop.institution = surge.institution
  JOIN strangers ON strangers.institution = surge.institution AND strangers.product = surge.product
    AND strangers.period = surge.period
  WHERE strangers.strange > surge.packs * least(0.9, shop.share)
      + 3 * sqrt(surge.packs * least(0.9, shop.share) * (1 - least(0.9, shop.share)) + 1)
    AND 2 * strangers.strange > surge.packs
),
counted AS (
  SELECT sold.*, caught.packs AS all_packs, caught.strange AS all_strange, caught.expected, caught.allowed, caught.usual,
    sum(sold.packs) OVER (PARTITION BY sold.institution, sold.product, sold.period
      ORDER BY sold.recorded, sold.log_index ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS so_far
  FROM sold
  JOIN caught ON caught.institution = sold.institution AND caught.product = sold.product AND caught.period = sold.period
),
peak AS (
  SELECT institution, product, max(all_packs) AS packs, max(all_strange) AS strangers,
    CAST(round(min(expected)) AS BIGINT) AS expected, CAST(round(min(usual)) AS BIGINT) AS usual,
    min(CASE WHEN so_far > allowed AND so_far >= $packs_min THEN recorded END) AS recorded,
    sum(cents) AS cents, list(log_index) AS evidence, list(person) AS persons
  FROM counted
  GROUP BY institution, product
),
ranked AS (
  SELECT *, row_number() OVER (PARTITION BY institution ORDER BY packs - expected DESC, product) AS place FROM peak
)
SELECT
  CAST(institution AS VARCHAR) AS subject,
  recorded AS time,
  CAST(least(98, 60 + 5 * least(7, packs // greatest(1, expected))) AS INTEGER) AS score,
  CAST(cents AS BIGINT) AS cents,
  evidence,
  persons,
  [institution] AS institutions,
  product,
  CAST(packs AS BIGINT) AS packs,
  CAST(strangers AS BIGINT) AS strangers,
  expected,
  usual
FROM ranked
WHERE place = 1
