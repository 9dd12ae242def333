-- title: Channels
-- unit: sessions
-- definition: Sessions that began in the period by channel (GA4's default channel groups) of their first view or click; their users beside them.
-- grain: one row per channel, most sessions first; empty: not known
-- chart: bars
-- parameters: site, from, to, bots, limit
SELECT
    splitByChar('\x1f', substring(first_event, 19))[1] AS channel,
    count() AS sessions,
    uniqExactIf(user_id, user_id != '') AS users
FROM sessions FINAL
WHERE site = {site:String}
    AND first_at >= {from:DateTime64(3, 'UTC')}
    AND first_at < {to:DateTime64(3, 'UTC')}
    AND (NOT is_bot OR {bots:UInt8} = 1)
GROUP BY channel
ORDER BY sessions DESC, channel ASC
LIMIT {limit:UInt32}
