-- title: Channel groups
-- unit: sessions
-- definition: Sessions that began in the period by channel group (organic, ads, email, referral, direct) of their first view or click; their users beside them.
-- grain: one row per channel_group, most sessions first; empty: not known
-- chart: pie
-- parameters: site, from, to, bots, limit
SELECT
    splitByChar('\x1f', substring(first_event, 19))[2] AS channel_group,
    count() AS sessions,
    uniqExactIf(user_id, user_id != '') AS users
FROM sessions FINAL
WHERE site = {site:String}
    AND first_at >= {from:DateTime64(3, 'UTC')}
    AND first_at < {to:DateTime64(3, 'UTC')}
    AND (NOT is_bot OR {bots:UInt8} = 1)
GROUP BY channel_group
ORDER BY sessions DESC, channel_group ASC
LIMIT {limit:UInt32}
