-- Of each thing the version that counts, in the order of their keys, from after a given one on.
SELECT
    toString(stream) AS stream,
    toString(site) AS site,
    key,
    toUnixTimestamp64Milli(version) AS version_ms,
    digest,
    email_hash,
    phone_hash,
    toUnixTimestamp64Milli(received_at) AS received_ms,
    payload
FROM entities FINAL
WHERE (stream, site, key) > ({stream:String}, {site:String}, {key:String})
ORDER BY stream, site, key
LIMIT {limit:UInt64}
