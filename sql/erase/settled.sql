-- Until when the spools are empty and each route of the queue is stored, as far as gateways and loaders have said; Unix milliseconds.
-- A gateway that wrote no mark for ten minutes, while others did, holds nothing open, as in the ledger.
SELECT
    if(countIf(mark = 'spool' AND alive) = 0, NULL, toUnixTimestamp64Milli(minIf(until, mark = 'spool' AND alive))) AS spool,
    if(countIf(mark = 'settled') = 0, NULL, toUnixTimestamp64Milli(maxIf(until, mark = 'settled'))) AS events,
    if(countIf(mark = 'settled_entities') = 0, NULL, toUnixTimestamp64Milli(maxIf(until, mark = 'settled_entities'))) AS entities,
    if(countIf(mark = 'settled_quarantine') = 0, NULL, toUnixTimestamp64Milli(maxIf(until, mark = 'settled_quarantine'))) AS quarantine
FROM
(
    SELECT mark, until, at >= max(at) OVER () - toIntervalMinute(10) AS alive
    FROM ledger_marks FINAL
)
