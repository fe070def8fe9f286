/*
id = "dispensed-not-settled"
grain = "pack"
severity = "low"
scope = "all"
source = "Comparison of sales and settlements (进销存); the interface of traceability uploads tells insured sales from those that patients pay"
[title]
en = "Pack handed out as insured and never settled"
zh = "按医保销售但未结算"
[why]
en = "The counter says that an insurer pays, and no settlement names the pack: it was paid for in cash and marked as insured, or another code was settled in its place."
zh = "销售记录标明医保支付，却没有对应结算：可能实收现金却标记为医保，或以其他追溯码结算。"
[not_proof]
en = "A settlement that came without codes, or that the insurer refused."
zh = "结算未上传追溯码，或被医保拒付。"
[sentence]
en = "{selling_party} handed the pack out as insured; {waited} {waited:day|days} later no settlement named it."
zh = "{selling_party}按医保售出该药；{waited}天后仍没有对应的结算。"
[parts]
unsettled = ["code"]
[parameters.wait_days]
default = 60
unit = "days"
why = "Claims are settled monthly, and disputed ones a month later."
at_least = 1
at_most = 366
*/
WITH unsettled AS (
  SELECT s.code, s.log_index, s.recorded, s.party, s.person
  FROM sale AS s
  WHERE s.payment = 'insured' AND s.taken_back IS NULL
    AND NOT EXISTS (SELECT 1 FROM live_settlement AS p WHERE p.code = s.code)
)
SELECT
  s.code AS subject,
  min(s.recorded) + $wait_days * 86400 AS time,
  30 AS score,
  CAST(0 AS BIGINT) AS cents,
  list(s.log_index) AS evidence,
  list(s.person) AS persons,
  list(s.party) AS institutions,
  arg_min(s.party, s.log_index) AS selling_party,
  $wait_days AS waited
FROM unsettled AS s
CROSS JOIN as_of
WHERE s.recorded + $wait_days * 86400 <= as_of.recorded
GROUP BY s.code
