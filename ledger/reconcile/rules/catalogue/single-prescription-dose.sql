/*
id = "single-prescription-dose"
grain = "person"
severity = "medium"
scope = "person"
source = "Check 2 of the insurer's notice on paper prescriptions, October 2024: the dose of a single prescription; long prescriptions cover at most 12 weeks"
[title]
en = "A single prescription for too much"
zh = "单张处方用量过大"
[why]
en = "One sheet of paper for more than 12 weeks takes a patient out of sight for longer than the rules allow, and is the cheapest way to collect for resale."
zh = "一张处方超过12周用量，超出长期处方上限，也是套取药品最省事的办法。"
[not_proof]
en = "Rounding up to whole packs is left out: three packs of 30 days are 12 weeks. A dose above the label, or a long journey that an office agreed to, looks the same."
zh = "因整盒包装造成的尾数已排除：三盒各30天视为12周。超说明书剂量或经批准的长期外出备药，表现相同。"
[sentence]
en = "{prescriptions} {prescriptions:prescription was|prescriptions were} for more than {allowed} {allowed:day|days}; the largest for {days} {days:day|days} of product {product}."
zh = "有{prescriptions}张处方超过{allowed}天，最大的一张开具产品{product} {days}天用量。"
[parameters.prescription_days]
default = 84
unit = "days"
why = "the longest prescription that the rules allow: 12 weeks, rounded up to whole packs"
*/
WITH label AS (
  SELECT id, max(days) AS days, max(cents) AS cents FROM product GROUP BY id
),
sheet AS (
  SELECT p.person, p.prescriber, p.institution, p.product, p.log_index, p.recorded,
    p.packs * label.cents AS cents, greatest(p.days, p.packs * label.days) AS days,
    ($prescription_days + label.days - 1) // label.days * label.days AS long_supply
  FROM prescription AS p
  JOIN label ON label.id = p.product
  WHERE p.person IS NOT NULL
),
ranked AS (
  SELECT *, row_number() OVER (PARTITION BY person ORDER BY days DESC, log_index, product) AS place
  FROM sheet
  WHERE days > long_supply
)
SELECT
  person AS subject,
  min(recorded) AS time,
  CAST(least(95, 40 + max(days) // 7) AS INTEGER) AS score,
  CAST(sum(cents) AS BIGINT) AS cents,
  list(log_index) AS evidence,
  list(person) AS persons,
  list(institution) AS institutions,
  count(DISTINCT log_index) AS prescriptions,
  max($prescription_days) AS allowed,
  max(days) AS days,
  max(CASE WHEN place = 1 THEN product END) AS product
FROM ranked
GROUP BY person
