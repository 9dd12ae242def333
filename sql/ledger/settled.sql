-- Until when what was received is stored or missing: as far as a loader has settled, but not beyond what a gateway still
-- keeps on its disk. A gateway that wrote no mark for ten minutes, while others did, holds nothing open: nobody brings
-- those events now, and the ledger must say so.
SELECT
    maxIf(until, mark = 'settled') AS settled,
    minIf(until, mark = 'spool' AND at >= newest - toIntervalMinute(10)) AS spooled,
    multiIf(
        countIf(mark = 'settled') = 0, NULL,
        countIf(mark = 'spool' AND at >= newest - toIntervalMinute(10)) = 0, toUnixTimestamp64Milli(settled),
        toUnixTimestamp64Milli(least(settled, spooled))
    ) AS settled_until_ms
FROM
(
    SELECT mark, until, at, max(at) OVER () AS newest
    FROM ledger_marks FINAL
)
