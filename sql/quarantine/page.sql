-- What was put aside and not sent again, in the order it was received, from after a given row on.
SELECT
    id,
    toUnixTimestamp64Milli(at) AS at_ms,
    toString(site) AS site,
    toString(reason) AS reason,
    code,
    message,
    schema_version,
    toString(source) AS source,
    group_id,
    bytes,
    toUnixTimestamp64Milli(received_at) AS received_at_ms,
    toString(field) AS field,
    toString(form) AS form,
    toString(user_agent) AS user_agent,
    ip,
    accepted
FROM quarantine FINAL
WHERE replayed_at IS NULL
    AND ({by_reason:UInt8} = 0 OR quarantine.reason = {reason:String})
    AND ({by_site:UInt8} = 0 OR quarantine.site = {site:String})
    AND received_at_ms >= {since:Int64}
    AND received_at_ms < {until:Int64}
    AND (received_at_ms, group_id, id) > ({after_at:Int64}, {after_group:UUID}, {after_id:UUID})
ORDER BY received_at_ms, group_id, id
LIMIT {limit:UInt64}
