-- title: Events
-- unit: events
-- definition: Distinct events of all kinds, a back end's too, with the moments of the first and the last.
-- grain: one row; the period is taken in whole minutes
-- chart: number
-- parameters: site, from, to, bots
SELECT
    sum(length(page_views) + length(element_views) + length(clicks) + length(others)) AS events,
    minOrNull(first_at) AS first_at,
    maxOrNull(last_at) AS last_at
FROM minutes FINAL
WHERE site = {site:String}
    AND minute >= toStartOfMinute({from:DateTime64(3, 'UTC')})
    AND minute < {to:DateTime64(3, 'UTC')}
    AND (NOT is_bot OR {bots:UInt8} = 1)
