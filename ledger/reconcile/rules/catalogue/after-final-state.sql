/*
id = "after-final-state"
grain = "pack"
severity = "high"
scope = "code"
source = "Custody rules of the ledger; states of the national platform: a cancelled code moves no more"
[title]
en = "Pack in trade after its end"
zh = "终态后再次流通"
[why]
en = "A pack that was destroyed, exported, sampled, stolen or seized cannot be traded. Either the record of its end was false, or something else goes by its code."
zh = "已销毁、出口、抽样、被盗或查扣的药品不能再流通。要么终态记录不实，要么其他药品使用该追溯码。"
[not_proof]
en = "A pack that its holder reported lost and found again is left out. A wrong code on a list of destroyed packs looks the same."
zh = "报失后由原持有者找回的已排除。销毁清单中追溯码录入错误时表现相同。"
[sentence]
en = "The pack's end was recorded by {ending_party}; {days} {days:day|days} later it was in trade at {again_party}, {acts} {acts:time|times}."
zh = "{ending_party}已登记该药终态；{days}天后又在{again_party}流通，共{acts}次。"
[parameters.gap_minutes]
default = 60
unit = "minutes"
why = "Lists of destroyed packs are written up within the hour; clocks differ by minutes."
at_most = 1440
*/
WITH ended AS (
  SELECT code, product, log_index, time, recorded, party, act
  FROM live_custody
  WHERE act IN ('destroying', 'exporting', 'sampling', 'loss', 'theft', 'seizing')
    AND state IN ('destroyed', 'exported', 'sampled', 'lost', 'stolen', 'seized')
),
again AS (
  SELECT
    e.code, e.product, e.log_index AS end_index, e.time AS end_time, e.recorded AS end_recorded,
    e.party AS end_party, c.log_index, c.time, c.recorded, c.party, c.person
  FROM ended AS e
  JOIN live_custody AS c ON c.code = e.code AND c.time > e.time + $gap_minutes * 60
  WHERE c.act IN ('receiving', 'accepting', 'shipping', 'packing', 'dispensing')
    AND NOT (e.act = 'loss' AND c.party = e.party)
),
price AS (
  SELECT id, max(cents) AS cents FROM product GROUP BY id
)
SELECT
  a.code AS subject,
  min(greatest(a.recorded, a.end_recorded)) AS time,
  90 AS score,
  coalesce(max(price.cents), 0) AS cents,
  list_concat(list(a.end_index), list(a.log_index)) AS evidence,
  list(a.person) AS persons,
  list_concat(list(a.end_party), list(a.party)) AS institutions,
  arg_min(a.end_party, a.end_index) AS ending_party,
  arg_min(a.party, a.log_index) AS again_party,
  (min(a.time) - min(a.end_time)) // 86400 AS days,
  count(DISTINCT a.log_index) AS acts
FROM again AS a
LEFT JOIN price ON price.id = a.product
GROUP BY a.code
