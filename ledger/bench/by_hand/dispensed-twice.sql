-- Packs handed out more than once, as an analyst would ask for them: a double beep within ten minutes is one sale,
-- so is the rest of a split pack at the same party; a sale that the counter took back before the next one is none.
WITH scan AS (
  SELECT code, product, log_index, time, party, site, act, state
  FROM custody
  WHERE act IN ('dispensing', 'undoing-dispense') AND log_index NOT IN (SELECT corrects FROM correction)
    AND code IN (
      SELECT code FROM custody WHERE act IN ('dispensing', 'undoing-dispense') GROUP BY code HAVING count(*) > 1
    )
),
deed AS (
  SELECT * FROM scan
  WINDOW counter AS (PARTITION BY code, party, site ORDER BY time, log_index)
  QUALIFY lag(act) OVER counter IS NULL OR lag(act) OVER counter <> act OR time - lag(time) OVER counter > 600
),
followed AS (
  SELECT *, lead(act) OVER counter AS next_act, lead(state) OVER counter AS next_state, lead(time) OVER counter AS next_time
  FROM deed
  WINDOW counter AS (PARTITION BY code, party, site ORDER BY time, log_index)
),
sale AS (
  SELECT
    code, product, log_index, time, party,
    CASE WHEN next_act = 'undoing-dispense' AND next_state = 'active' THEN next_time END AS taken_back
  FROM followed
  WHERE act = 'dispensing'
  WINDOW pack AS (PARTITION BY code ORDER BY time, log_index)
  QUALIFY lag(state) OVER pack IS NULL OR lag(state) OVER pack <> 'partially_dispensed' OR lag(party) OVER pack <> party
),
again AS (
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
    count(*) FILTER (WHERE stood_until > time) * coalesce((SELECT max(p.cents) FROM product AS p WHERE p.id = any_value(again.product)), 0)
    AS BIGINT
  ) AS cents,
  list_sort(list_distinct(list(log_index))) AS evidence
FROM again
WHERE stood_until > time OR taken_back IS NULL OR taken_back > next_sale
GROUP BY code
HAVING count(*) FILTER (WHERE stood_until > time) > 0
