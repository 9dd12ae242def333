-- title: Devices
-- unit: sessions
-- definition: Sessions that began in the period by device type (desktop, mobile, tablet, tv, bot, other); their users beside them.
-- grain: one row per device_type, most sessions first; empty: not known
-- chart: pie
-- parameters: site, from, to, bots, limit
SELECT
    device_type,
    count() AS sessions,
    uniqExactIf(user_id, user_id != '') AS users
FROM sessions FINAL
WHERE site = {site:String}
    AND first_at >= {from:DateTime64(3, 'UTC')}
    AND first_at < {to:DateTime64(3, 'UTC')}
    AND (NOT is_bot OR {bots:UInt8} = 1)
GROUP BY device_type
ORDER BY sessions DESC, device_type ASC
LIMIT {limit:UInt32}
