-- Saved reports, latest first, before the cursor. `all` or one of `sites`, a JSON array; `any_id` or the one of `id`.
SELECT
    toString(id) AS id,
    toUnixTimestamp64Milli(created_at) AS created_ms,
    created_by,
    name,
    metric,
    site,
    parameters
FROM saved_reports
WHERE ({any_id:UInt8} = 1 OR toString(id) = {id:String})
    AND ({all:UInt8} = 1 OR has(JSONExtract({sites:String}, 'Array(String)'), site))
    AND (toUnixTimestamp64Milli(created_at), toString(id)) < ({before_ms:Int64}, {before_id:String})
ORDER BY created_ms DESC, id DESC
LIMIT 1 BY id
LIMIT {limit:UInt32}
