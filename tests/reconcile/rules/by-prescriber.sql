/*
id = "by-prescriber"
grain = "trade"
severity = "low"
scope = "all"
source = "a rule whose part has rows with a key that is null, for the tests"
[title]
en = "By prescriber"
zh = "按处方医师"
[why]
en = "Nobody, too, is somebody."
zh = "未写明者也是一类。"
[not_proof]
en = "All of it."
zh = "全部。"
[sentence]
en = "{packs}"
zh = "{packs}"
[parts]
written = ["prescriber", "product"]
sums = ["prescriber"]
*/
WITH written AS (
  SELECT prescriber, product, CAST(count(*) AS BIGINT) AS packs, max(recorded) AS recorded, min(log_index) AS log_index
  FROM sale
  GROUP BY prescriber, product
),
sums AS (
  SELECT prescriber, CAST(sum(packs) AS BIGINT) AS packs, max(recorded) AS recorded, min(log_index) AS log_index
  FROM written
  GROUP BY prescriber
)
SELECT
  coalesce(prescriber, 'nobody') AS subject,
  recorded AS time,
  50 AS score,
  0 AS cents,
  [log_index] AS evidence,
  CAST([] AS VARCHAR[]) AS persons,
  CAST([] AS BIGINT[]) AS institutions,
  packs
FROM sums
