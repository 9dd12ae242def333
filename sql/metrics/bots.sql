-- title: Bots
-- unit: events
-- definition: Distinct events that came from bots, by the reason for which they count as such, and their sessions; whatever `bots` says. Bots are flagged, never dropped.
-- grain: one row per reason, most events first
-- chart: table with bars
-- parameters: site, from, to, limit
SELECT
    bot_reason AS reason,
    uniqExact(id) AS events,
    uniqExact(session_id) AS sessions
FROM events
WHERE site = {site:String}
    AND corrected_at >= {from:DateTime64(3, 'UTC')}
    AND corrected_at < {to:DateTime64(3, 'UTC')}
    -- The sorting key knows only the client's clock; without these two lines every day of the site is read.
    AND created_at >= {from:DateTime64(3, 'UTC')} - toIntervalDay(1)
    AND created_at < {to:DateTime64(3, 'UTC')} + toIntervalDay(1)
    AND is_bot
GROUP BY reason
ORDER BY events DESC, reason ASC
LIMIT {limit:UInt32}
