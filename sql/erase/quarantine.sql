-- Every row of the quarantine, older versions too, from after a given one on; those that begin with certain bytes.
SELECT
    group_id,
    id,
    toUnixTimestamp64Milli(at) AS at_ms,
    toString(site) AS site,
    toString(reason) AS reason,
    code,
    message,
    schema_version,
    toString(source) AS source,
    bytes,
    toUnixTimestamp64Milli(received_at) AS received_at_ms,
    toString(field) AS field,
    toString(form) AS form,
    toString(user_agent) AS user_agent,
    ip,
    accepted,
    if(replayed_at IS NULL, NULL, toUnixTimestamp64Milli(assumeNotNull(replayed_at))) AS replayed_ms
FROM quarantine
WHERE (group_id, id, at_ms) > ({after_group:UUID}, {after_id:UUID}, {after_at:Int64})
    AND startsWith(bytes, {first:String})
    AND ({all:UInt8} = 1 OR quarantine.site IN ('', {site:String}))
ORDER BY group_id, id, at_ms
LIMIT {limit:UInt64}
