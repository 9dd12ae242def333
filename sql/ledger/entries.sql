-- Where the events of each site and minute of received_at are. Distinct ids are counted, so that a copy of a row changes
-- nothing; what was put aside counts only while it is not in the table.
WITH
    fromUnixTimestamp64Milli({from:Int64}, 'UTC') AS first,
    fromUnixTimestamp64Milli({to:Int64}, 'UTC') AS end,
    toInt64(sum(known.stored + known.duplicates + known.quarantined + known.erased)) - toInt64(sum(known.accepted)) AS surplus
SELECT
    known.site AS site,
    toUnixTimestamp(known.minute) AS minute,
    sum(known.received) AS received,
    sum(known.accepted) AS accepted,
    sum(known.rejected) AS rejected,
    sum(known.deferred) AS deferred,
    sum(known.stored) AS stored,
    sum(known.duplicates) AS duplicates,
    sum(known.quarantined) AS quarantined,
    sum(known.erased) AS erased,
    -- A minute is settled when its last moment is.
    (toUnixTimestamp(known.minute) + 60) * 1000 <= {settled:Int64} AS settled,
    toUInt64(if(settled, 0, greatest(-surplus, 0))) AS in_flight,
    toUInt64(greatest(surplus, 0)) AS unreported,
    toUInt64(if(settled, greatest(-surplus, 0), 0)) AS gap
FROM
(
    SELECT
        site,
        minute,
        sumIf(count, stage = 'gateway' AND counter = 'received') AS received,
        sumIf(count, stage = 'gateway' AND counter = 'accepted') AS accepted,
        sumIf(count, stage = 'gateway' AND counter = 'rejected') AS rejected,
        sumIf(count, stage = 'gateway' AND counter = 'deferred') AS deferred,
        sumIf(count, stage = 'loader' AND counter = 'duplicate') AS duplicates,
        sumIf(count, stage = 'erasure' AND counter = 'erased') AS erased,
        toUInt64(0) AS stored,
        toUInt64(0) AS quarantined
    FROM ledger FINAL
    WHERE minute >= first AND minute < end AND ({all:UInt8} = 1 OR site = {site:String})
    GROUP BY site, minute
    UNION ALL
    SELECT
        site,
        minute,
        toUInt64(0) AS received,
        toUInt64(0) AS accepted,
        toUInt64(0) AS rejected,
        toUInt64(0) AS deferred,
        toUInt64(0) AS duplicates,
        toUInt64(0) AS erased,
        uniqExactIf(id, in_events) AS stored,
        toUInt64(uniqExact(id) - stored) AS quarantined
    FROM
    (
        SELECT site, toDateTime(toStartOfMinute(received_at), 'UTC') AS minute, id, true AS in_events
        FROM events
        WHERE received_at >= first AND received_at < end AND ({all:UInt8} = 1 OR site = {site:String})
        UNION ALL
        SELECT site, toDateTime(toStartOfMinute(received_at), 'UTC') AS minute, id, false AS in_events
        -- Not FINAL: what a later row of a record changes is not asked here.
        FROM quarantine
        WHERE accepted AND received_at >= first AND received_at < end AND ({all:UInt8} = 1 OR site = {site:String})
    )
    GROUP BY site, minute
) AS known
GROUP BY site, minute
ORDER BY minute, site
