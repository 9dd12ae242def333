-- title: Heatmap of clicks
-- unit: clicks
-- definition: Distinct clicks by square of the page: x and y of the pointer in CSS pixels from the page's corner, divided by `bin` and rounded down. Clicks by keyboard have no position and are left out. An empty path or device_type means all.
-- grain: one row per path, device type and bin with a click, most clicked first
-- chart: heatmap
-- parameters: site, from, to, bots, limit, path =, device_type =, bin = 50
SELECT
    path,
    device_type,
    toInt32(floor(x / {bin:UInt16})) AS bin_x,
    toInt32(floor(y / {bin:UInt16})) AS bin_y,
    count() AS clicks
FROM heatmap FINAL
WHERE site = {site:String}
    AND at >= {from:DateTime64(3, 'UTC')}
    AND at < {to:DateTime64(3, 'UTC')}
    AND (NOT is_bot OR {bots:UInt8} = 1)
    AND ({path:String} = '' OR path = {path:String})
    AND ({device_type:String} = '' OR device_type = {device_type:String})
GROUP BY path, device_type, bin_x, bin_y
ORDER BY clicks DESC, path ASC, device_type ASC, bin_x ASC, bin_y ASC
LIMIT {limit:UInt32}
