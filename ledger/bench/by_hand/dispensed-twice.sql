-- Packs handed out more than once, as an analyst would ask for them: what the ledger called a double beep is no sale
-- of its own, unless the scan before it was declared an error; nor is the rest of a split pack at the same party, or
-- a sale that the counter took back within ten days and before the next one.
WITH scan AS (
  SELECT
    code, product, log_index, time, recorded, party, site, act, state,
    anomalies LIKE '%repeat-scan%' AS beep, anomalies LIKE '%already-dispensed%' AS again
  FROM custody
  WHERE act IN ('dispensing', 'undoing-dispense') AND NOT anomalies LIKE '%not-authorised%'
    AND log_index NOT IN (SELECT corrects FROM correction)
    AND code IN (
      SELECT code FROM custody WHERE act IN ('dispensing', 'undoing-dispense') GROUP BY code HAVING count(*) > 1
    )
),
deed AS (
  SELECT * FROM scan
  WINDOW counter AS (PARTITION BY code, party, site ORDER BY log_index)
  QUALIFY NOT beep OR lag(act) OVER counter IS DISTINCT FROM act OR abs(time - lag(time) OVER counter) > 600
    OR again <> lag(again) OVER counter
),
whole AS (
  SELECT * FROM deed
  QUALIFY act <> 'dispensing' OR again
    OR lag(state) OVER (PARTITION BY code, party ORDER BY time, log_index) IS DISTINCT FROM 'partially_dispensed'
),
followed AS (
  SELECT
    *, lead(act) OVER counter AS next_act, lead(time) OVER counter AS next_time,
    lead(recorded) OVER counter AS next_recorded
  FROM whole
  WINDOW counter AS (PARTITION BY code, party, site ORDER BY time, log_index)
),
sale AS (
  SELECT
    *, CASE
      WHEN next_act = 'undoing-dispense' AND greatest(next_time, next_recorded - 864000) - time BETWEEN 0 AND 864000
        THEN next_time
    END AS taken_back
  FROM followed
  WHERE act = 'dispensing'
),
compared AS (
  SELECT
    *,
    max(coalesce(taken_back, 253402300799)) OVER (
      PARTITION BY code ORDER BY time, log_index ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS stood_until,
    lead(time) OVER (PARTITION BY code ORDER BY time, log_index) AS next_sale
  FROM sale
)
SELECT
  code AS subject,
  CAST(
    count(*) FILTER (WHERE stood_until > time) * coalesce((SELECT max(p.cents) FROM product AS p WHERE p.id = any_value(compared.product)), 0)
    AS BIGINT
  ) AS cents,
  list_sort(list_distinct(list(log_index))) AS evidence
FROM compared
WHERE stood_until > time OR taken_back IS NULL OR taken_back > next_sale
GROUP BY code
HAVING count(*) FILTER (WHERE stood_until > time) > 0
