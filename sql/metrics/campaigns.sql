-- title: Campaigns
-- unit: sessions
-- definition: Sessions that began in the period by the campaign parameters (utm_source, utm_medium, utm_campaign) of their first view or click; sessions without any are left out.
-- grain: one row per source, medium and campaign, most sessions first
-- chart: table
-- parameters: site, from, to, bots, limit
SELECT
    splitByChar('\x1f', substring(first_event, 19))[4] AS utm_source,
    splitByChar('\x1f', substring(first_event, 19))[5] AS utm_medium,
    splitByChar('\x1f', substring(first_event, 19))[6] AS utm_campaign,
    count() AS sessions,
    uniqExactIf(user_id, user_id != '') AS users,
    countIf(arrayExists(step -> bitAnd(step, 4194303) = bitAnd(cityHash64('order_paid'), 4194303), steps)) AS purchase_sessions
FROM sessions FINAL
WHERE site = {site:String}
    AND first_at >= {from:DateTime64(3, 'UTC')}
    AND first_at < {to:DateTime64(3, 'UTC')}
    AND (NOT is_bot OR {bots:UInt8} = 1)
    AND (utm_source != '' OR utm_medium != '' OR utm_campaign != '')
GROUP BY utm_source, utm_medium, utm_campaign
ORDER BY sessions DESC, utm_source ASC, utm_medium ASC, utm_campaign ASC
LIMIT {limit:UInt32}
