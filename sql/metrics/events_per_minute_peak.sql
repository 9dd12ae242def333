-- title: Peak of events per minute
-- unit: events
-- definition: The minute with the most distinct events, the first of several.
-- grain: one row; the period is taken in whole minutes
-- chart: number
-- parameters: site, from, to, bots
SELECT
    minute,
    sum(length(page_views) + length(element_views) + length(clicks) + length(others)) AS events
FROM minutes FINAL
WHERE site = {site:String}
    AND minute >= toStartOfMinute({from:DateTime64(3, 'UTC')})
    AND minute < {to:DateTime64(3, 'UTC')}
    AND (NOT is_bot OR {bots:UInt8} = 1)
GROUP BY minute
ORDER BY events DESC, minute ASC
LIMIT 1
