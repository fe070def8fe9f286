-- Packs that somebody took in or passed on without having been sent them, fifteen days after that was recorded.
WITH live AS (
  SELECT * FROM custody WHERE log_index NOT IN (SELECT corrects FROM correction)
),
newest AS (
  SELECT greatest(
    (SELECT max(recorded) FROM custody), (SELECT max(recorded) FROM settlement), (SELECT max(recorded) FROM invoice),
    (SELECT max(recorded) FROM prescription), (SELECT max(recorded) FROM residence), (SELECT max(recorded) FROM pack)
  ) AS recorded
),
odd AS (
  SELECT code, product, log_index, time, party
  FROM live
  WHERE act IN ('receiving', 'accepting', 'shipping')
    AND (contains(anomalies, 'received-never-shipped') OR contains(anomalies, 'not-in-custody'))
    AND recorded + 15 * 86400 <= (SELECT recorded FROM newest)
)
SELECT
  odd.code AS subject,
  coalesce((SELECT max(p.cents) FROM product AS p WHERE p.id = any_value(odd.product)), 0) AS cents,
  list_sort(list_distinct(list(odd.log_index))) AS evidence
FROM odd
WHERE NOT EXISTS (
    SELECT 1 FROM live AS sent
    WHERE sent.code = odd.code AND sent.act = 'shipping' AND sent.destination = odd.party AND sent.time <= odd.time + 86400
  )
  AND NOT EXISTS (
    SELECT 1 FROM live AS had
    WHERE had.code = odd.code AND had.party = odd.party AND had.time <= odd.time
      AND had.act IN ('commissioning', 'undoing-dispense', 'refusing', 'voiding-shipment')
  )
GROUP BY odd.code
