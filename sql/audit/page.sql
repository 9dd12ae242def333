-- One row per action, latest first, before the cursor.
SELECT
    toString(id) AS id,
    toUnixTimestamp64Milli(min(a.at)) AS begun_ms,
    if(countIf(a.outcome != 'begun') = 0, NULL, toUnixTimestamp64Milli(maxIf(a.at, a.outcome != 'begun'))) AS ended_ms,
    any(a.who) AS who,
    any(a.action) AS action,
    argMin(a.parameters, a.at) AS parameters,
    -- Without an end nobody knows: the gateway was killed, or could not write it.
    if(ended_ms IS NULL, 'unknown', argMaxIf(a.outcome, a.at, a.outcome != 'begun')) AS outcome
FROM audit AS a
GROUP BY a.id
HAVING (begun_ms, toString(a.id)) < ({before_ms:Int64}, {before_id:String})
    AND begun_ms >= {from_ms:Int64}
ORDER BY begun_ms DESC, id DESC
LIMIT {limit:UInt32}
