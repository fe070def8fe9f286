/*
id = "misdirected-flow"
grain = "trade"
severity = "medium"
scope = "all"
source = "Diversion between regions (窜货): goods priced or supplied for one region sold in another; two-invoice system, 2016"
[title]
en = "Goods diverted to another region"
zh = "药品跨区流向异常"
[why]
en = "Packs were sent to one region and turned up in another, with no record of how they came there: diverted goods escape price, quota and recall."
zh = "药品发往某地，却在另一地区出现，且没有流转记录：窜货逃避价格、配额与召回管理。"
[not_proof]
en = "A wrong address on a shipment; a group that moves stock between regions without a record."
zh = "发货地址填写错误；集团跨区调拨未登记。"
[sentence]
en = "{packs} {packs:pack|packs} that {packs:was|were} sent to or held by {holding_party} turned up in {regions} other {regions:region|regions} at {places} {places:party|parties}, with no record of how {packs:it|they} came there."
zh = "{packs}盒发往{holding_party}或由其持有的药品，在其他{regions}个地区的{places}家单位出现，且没有流转记录。"
[parts]
found = ["code"]
[parameters.packs_min]
default = 5
unit = "packs"
why = "One bundle: fewer packs are a mix-up on a lorry."
at_least = 1
[parameters.region_digits]
default = 4
unit = "digits of the division code"
why = "Four digits name the city or prefecture: within one, wholesalers deliver as it comes."
at_least = 2
at_most = 6
*/
WITH odd AS (  -- packs whose holder surprised the ledger; few
  SELECT c.code, c.product, c.log_index, c.time, c.recorded, c.party, substring(site.region, 1, $region_digits) AS region
  FROM live_custody AS c
  JOIN site ON site.number = c.site
  WHERE c.act IN ('receiving', 'accepting', 'dispensing')
    AND (
      contains(c.anomalies, 'misdirected') OR contains(c.anomalies, 'received-never-shipped')
      OR contains(c.anomalies, 'not-in-custody')
    )
),
way AS (  -- where these packs were before
  SELECT
    odd.code, odd.product, odd.log_index, odd.time, odd.recorded, odd.party, odd.region,
    c.log_index AS way_index, c.act, c.party AS way_party, c.destination,
    row_number() OVER (PARTITION BY odd.code, odd.log_index ORDER BY c.time DESC, c.log_index DESC) AS back
  FROM odd
  JOIN live_custody AS c ON c.code = odd.code AND c.time < odd.time AND c.party <> odd.party
  WHERE c.act IN ('commissioning', 'shipping', 'receiving', 'accepting', 'dispensing', 'unpacking')
),
strayed AS (
  SELECT
    way.*,
    CASE WHEN way.act = 'shipping' THEN coalesce(way.destination, way.way_party) ELSE way.way_party END AS holder
  FROM way
  WHERE way.back = 1 AND way.act <> 'dispensing'  -- packs that come back from patients are another rule's
    AND NOT (way.act = 'shipping' AND way.destination = way.party)
    AND NOT EXISTS (
      SELECT 1 FROM live_custody AS c
      WHERE c.code = way.code AND c.act = 'shipping' AND c.destination = way.party AND c.time <= way.time + 86400
    )
),
found AS (
  SELECT strayed.code, strayed.product, strayed.log_index, strayed.way_index, strayed.recorded, strayed.party,
    strayed.region, strayed.holder
  FROM strayed
  JOIN party ON party.number = strayed.holder
  WHERE strayed.holder <> strayed.party AND substring(party.region, 1, $region_digits) <> strayed.region
),
price AS (
  SELECT id, max(cents) AS cents FROM product GROUP BY id
),
worth AS (
  SELECT f.holder, sum(coalesce(price.cents, 0)) AS cents
  FROM (SELECT DISTINCT holder, code, product FROM found) AS f
  LEFT JOIN price ON price.id = f.product
  GROUP BY f.holder
)
SELECT
  CAST(f.holder AS VARCHAR) AS subject,
  max(f.recorded) AS time,
  least(95, 60 + count(DISTINCT f.code)) AS score,
  coalesce(max(worth.cents), 0) AS cents,
  list_concat(list(f.log_index), list(f.way_index)) AS evidence,
  CAST([] AS VARCHAR[]) AS persons,
  list_concat(list(f.holder), list(f.party)) AS institutions,
  f.holder AS holding_party,
  count(DISTINCT f.code) AS packs,
  count(DISTINCT f.region) AS regions,
  count(DISTINCT f.party) AS places
FROM found AS f
LEFT JOIN worth ON worth.holder = f.holder
GROUP BY f.holder
HAVING count(DISTINCT f.code) >= $packs_min
