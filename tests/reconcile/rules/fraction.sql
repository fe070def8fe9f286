/*
id = "fraction"
grain = "pack"
severity = "low"
scope = "code"
source = "a rule that depends on how an engine casts a fraction, for the tests"
[title]
en = "Fraction"
zh = "小数"
[why]
en = "It must not."
zh = "不应如此。"
[not_proof]
en = "All of it."
zh = "全部。"
[sentence]
en = "{half}"
zh = "{half}"
*/
SELECT
  code AS subject,
  max(recorded) AS time,
  50 AS score,
  0 AS cents,
  list(log_index) AS evidence,
  CAST([] AS VARCHAR[]) AS persons,
  list(party) AS institutions,
  CAST(max(seq + 1) / 3 AS BIGINT) AS half
FROM custody
GROUP BY code
