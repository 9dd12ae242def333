-- parameters: site, from, to, bots, limit, bin = 50
SELECT
    path(url) AS path,
    device_type,
    toInt32(floor(assumeNotNull(x) / {bin:UInt16})) AS bin_x,
    toInt32(floor(assumeNotNull(y) / {bin:UInt16})) AS bin_y,
    uniqExact(id) AS clicks
FROM events
WHERE site = {site:String}
    AND corrected_at >= {from:DateTime64(3, 'UTC')}
    AND corrected_at < {to:DateTime64(3, 'UTC')}
    AND created_at >= {from:DateTime64(3, 'UTC')} - toIntervalDay(1)
    AND created_at < {to:DateTime64(3, 'UTC')} + toIntervalDay(1)
    AND (NOT is_bot OR {bots:UInt8} = 1)
    AND type = 'click'
    AND x IS NOT NULL
    AND y IS NOT NULL
GROUP BY path, device_type, bin_x, bin_y
ORDER BY clicks DESC, path ASC, device_type ASC, bin_x ASC, bin_y ASC
LIMIT {limit:UInt32}
