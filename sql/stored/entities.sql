-- Of the keys in RowBinary at {keys}: what is stored of them, the latest version of each.
WITH keys AS
(
    SELECT * FROM format(RowBinary, 'stream String, site String, key String', base64Decode('{keys}'))
)
SELECT toString(stream) AS stream, toString(site) AS site, key, toUnixTimestamp64Milli(version) AS version_ms, digest
FROM entities FINAL
WHERE (stream, site, key) IN (SELECT stream, site, key FROM keys)
