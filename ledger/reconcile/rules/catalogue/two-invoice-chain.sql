/*
id = "two-invoice-chain"
grain = "trade"
severity = "medium"
scope = "all"
source = "Two-invoice system (State Council Medical Reform Office and others, December 2016): one invoice from the maker to a distributor, one from the distributor to a public institution"
[title]
en = "More than two invoices from maker to institution"
zh = "违反两票制"
[why]
en = "Each further invoice adds a margin that nobody earned, washes money for kickbacks, and hides where goods came from."
zh = "多开一道发票即多一层加价，可用于套取回扣资金，并掩盖货物来源。"
[not_proof]
en = "Remote regions may have one invoice more; a group's own sales company counts as its maker; private pharmacies are not bound."
zh = "偏远地区可多开一票；集团内部销售公司视同生产企业；民营药店不受约束。"
[sentence]
en = "{selling_party} invoiced {packs} {packs:pack|packs} of {batches} {batches:batch|batches} to {buyers} {buyers:institution|institutions}, which it had bought from another distributor, {from_party}."
zh = "{selling_party}向{buyers}家机构开具{batches}个批次共{packs}盒的发票，而这些药品购自另一配送企业{from_party}。"
[parameters.packs_min]
default = 10
unit = "packs"
why = "One box lent between two wholesalers on a busy day is no chain."
at_least = 1
*/
WITH standing AS (
  SELECT i.seller, i.buyer, i.product, i.batch, i.packs, i.cents, i.time, i.recorded, i.log_index
  FROM invoice AS i
  WHERE i.reverses IS NULL AND i.batch IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM invoice AS r WHERE r.reverses = i.id AND r.seller = i.seller)
),
trader AS (
  SELECT number FROM party WHERE contains(roles, 'distributor') AND NOT contains(roles, 'manufacturer')
),
bought AS (  -- distributor from distributor, and how much of that batch the maker sold it
  SELECT
    s.buyer, s.product, s.batch, sum(s.packs) AS packs, min(s.time) AS time, min(s.recorded) AS recorded,
    list(s.log_index) AS evidence, min(s.seller) AS from_party
  FROM standing AS s
  JOIN trader AS a ON a.number = s.seller
  JOIN trader AS b ON b.number = s.buyer
  WHERE s.seller <> s.buyer
  GROUP BY s.buyer, s.product, s.batch
),
direct AS (
  SELECT s.buyer, s.product, s.batch, sum(s.packs) AS packs
  FROM standing AS s
  JOIN party ON party.number = s.seller
  WHERE contains(party.roles, 'manufacturer')
  GROUP BY s.buyer, s.product, s.batch
),
sold AS (
  SELECT
    s.seller, s.product, s.batch, sum(s.packs) AS packs, sum(s.cents) AS cents, max(s.recorded) AS recorded,
    list(s.log_index) AS evidence, list(s.buyer) AS buyers
  FROM standing AS s
  JOIN party ON party.number = s.buyer
  JOIN bought ON bought.buyer = s.seller AND bought.product = s.product AND bought.batch = s.batch
  WHERE contains(party.roles, 'dispenser') AND s.time >= bought.time
  GROUP BY s.seller, s.product, s.batch
),
third AS (  -- only what the maker's own invoice cannot account for
  SELECT
    sold.seller, sold.product, sold.batch, sold.cents, sold.buyers, bought.from_party,
    least(bought.packs, sold.packs - coalesce(direct.packs, 0)) AS packs, sold.packs AS all_packs,
    greatest(sold.recorded, bought.recorded) AS recorded,
    list_concat(sold.evidence, bought.evidence) AS evidence
  FROM sold
  JOIN bought ON bought.buyer = sold.seller AND bought.product = sold.product AND bought.batch = sold.batch
  LEFT JOIN direct ON direct.buyer = sold.seller AND direct.product = sold.product AND direct.batch = sold.batch
  WHERE sold.packs > coalesce(direct.packs, 0)
),
buyer AS (
  SELECT third.seller, count(DISTINCT s.buyer) AS buyers
  FROM third
  JOIN standing AS s ON s.seller = third.seller AND s.product = third.product AND s.batch = third.batch
  JOIN party ON party.number = s.buyer
  WHERE contains(party.roles, 'dispenser')
  GROUP BY third.seller
)
SELECT
  CAST(t.seller AS VARCHAR) AS subject,
  max(t.recorded) AS time,
  85 AS score,
  sum(t.cents * t.packs // t.all_packs) AS cents,
  flatten(list(t.evidence)) AS evidence,
  CAST([] AS VARCHAR[]) AS persons,
  list_concat(flatten(list(t.buyers)), list_concat(list(t.seller), list(t.from_party))) AS institutions,
  t.seller AS selling_party,
  min(t.from_party) AS from_party,
  sum(t.packs) AS packs,
  count(*) AS batches,
  max(buyer.buyers) AS buyers
FROM third AS t
JOIN buyer ON buyer.seller = t.seller
GROUP BY t.seller
HAVING sum(t.packs) >= $packs_min
