/*
id = "code-reused-for-other-goods"
grain = "pack"
severity = "high"
scope = "code"
source = "Joint notice of four ministries, March 2025: substitution (串换); Dezhou: one code settled eight times; Fuzhou in Jiangxi: photographed codes covered other goods"
[title]
en = "Code used to settle another product"
zh = "追溯码用于结算其他药品"
[why]
en = "The settlement names one product, the code belongs to another: a code at hand was scanned to get something else paid."
zh = "结算的品种与追溯码所属品种不符：借用手头的追溯码，为其他物品结算。"
[not_proof]
en = "A catalogue that maps one product's insurance code to another package size."
zh = "医保目录编码与包装规格映射有误。"
[sentence]
en = "{settling_party} settled the pack as product {settled_product}; its code belongs to product {own_product}."
zh = "{settling_party}将该药按品种{settled_product}结算；其追溯码属于品种{own_product}。"
*/
SELECT
  s.code AS subject,
  min(greatest(s.recorded, pack.recorded)) AS time,
  92 AS score,
  sum(s.fund_cents) AS cents,
  list_concat(list(s.log_index), list(pack.log_index)) AS evidence,
  list(s.person) AS persons,
  list(s.institution) AS institutions,
  arg_min(s.institution, s.log_index) AS settling_party,
  min(s.product) AS settled_product,
  min(pack.product) AS own_product
FROM live_settlement AS s
JOIN pack ON pack.code = s.code
WHERE s.product <> pack.product
GROUP BY s.code
