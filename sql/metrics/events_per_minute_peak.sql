-- title: Peak of events per minute
-- unit: events
-- definition: The minute with the most distinct events, the first of several.
-- grain: one row
-- chart: number
-- parameters: site, from, to, bots
SELECT
    toStartOfMinute(corrected_at) AS minute,
    uniqExact(id) AS events
FROM events
WHERE site = {site:String}
    AND corrected_at >= {from:DateTime64(3, 'UTC')}
    AND corrected_at < {to:DateTime64(3, 'UTC')}
    -- The sorting key knows only the client's clock; without these two lines every day of the site is read.
    AND created_at >= {from:DateTime64(3, 'UTC')} - toIntervalDay(1)
    AND created_at < {to:DateTime64(3, 'UTC')} + toIntervalDay(1)
    AND (NOT is_bot OR {bots:UInt8} = 1)
GROUP BY minute
ORDER BY events DESC, minute ASC
LIMIT 1
