-- Packs that an insurer paid for more than once. The parts of a split pack are one; a claim that was sent again
-- within a day, and the claim of a sale that was taken back, have thirty days to be reversed.
WITH paid AS (
  SELECT s.* FROM settlement AS s
  WHERE s.payment = 'insured' AND s.code IS NOT NULL AND s.reverses IS NULL
    AND NOT EXISTS (SELECT 1 FROM settlement AS r WHERE r.reverses = s.id AND r.institution = s.institution)
  QUALIFY count(*) OVER (PARTITION BY s.code) > 1
),
newest AS (
  SELECT greatest(
    (SELECT max(recorded) FROM custody), (SELECT max(recorded) FROM settlement), (SELECT max(recorded) FROM invoice),
    (SELECT max(recorded) FROM prescription), (SELECT max(recorded) FROM residence), (SELECT max(recorded) FROM pack)
  ) AS recorded
),
placed AS (
  SELECT *, row_number() OVER (PARTITION BY code ORDER BY time, log_index, line) AS place FROM paid
),
scan AS (
  SELECT
    code, log_index, time, recorded, party, site, act, state,
    anomalies LIKE '%repeat-scan%' AS beep, anomalies LIKE '%already-dispensed%' AS again
  FROM custody
  WHERE act IN ('dispensing', 'undoing-dispense') AND NOT anomalies LIKE '%not-authorised%'
    AND code IN (SELECT code FROM paid) AND log_index NOT IN (SELECT corrects FROM correction)
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
pair AS (
  SELECT
    a.code, a.log_index AS first_index, b.log_index AS again_index,
    greatest(a.recorded, b.recorded) + CASE
      WHEN a.institution = b.institution AND a.person IS NOT DISTINCT FROM b.person AND b.time - a.time <= 86400
        THEN 30 * 86400
      WHEN EXISTS (
        SELECT 1 FROM sale
        WHERE sale.code = a.code AND sale.party = a.institution AND sale.taken_back <= b.time
      ) THEN 30 * 86400
      ELSE 0
    END AS due
  FROM placed AS a JOIN placed AS b ON b.code = a.code AND b.place > a.place
  WHERE NOT (a.split AND b.split AND a.institution = b.institution)
),
touched AS (
  SELECT code, unnest([first_index, again_index]) AS log_index, unnest([false, true]) AS again
  FROM pair WHERE due <= (SELECT recorded FROM newest)
),
chosen AS (
  SELECT code, log_index, bool_or(again) AS again FROM touched GROUP BY code, log_index
)
SELECT
  p.code AS subject,
  CAST(coalesce(sum(p.fund_cents) FILTER (WHERE chosen.again), 0) AS BIGINT) AS cents,
  list_sort(list_distinct(list(p.log_index))) AS evidence
FROM placed AS p JOIN chosen ON chosen.code = p.code AND chosen.log_index = p.log_index
GROUP BY p.code
