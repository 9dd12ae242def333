-- title: Bots
-- unit: events
-- definition: Distinct events that came from bots, by the reason for which they count as such, and their sessions; whatever `bots` says. Bots are flagged, never dropped.
-- grain: one row per reason, most events first; the period is taken in whole minutes
-- chart: table with bars
-- parameters: site, from, to, limit
SELECT
    bot_reason AS reason,
    sum(length(page_views) + length(element_views) + length(clicks) + length(others)) AS events,
    uniqExactArray(minutes.sessions) AS sessions
FROM minutes FINAL
WHERE site = {site:String}
    AND minute >= toStartOfMinute({from:DateTime64(3, 'UTC')})
    AND minute < {to:DateTime64(3, 'UTC')}
    AND is_bot
GROUP BY reason
ORDER BY events DESC, reason ASC
LIMIT {limit:UInt32}
