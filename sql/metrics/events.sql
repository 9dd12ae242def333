-- title: Events
-- unit: events
-- definition: Distinct events of all kinds, a back end's too, with the moments of the first and the last.
-- grain: one row
-- chart: number
-- parameters: site, from, to, bots
SELECT
    uniqExact(id) AS events,
    minOrNull(corrected_at) AS first_at,
    maxOrNull(corrected_at) AS last_at
FROM events
WHERE site = {site:String}
    AND corrected_at >= {from:DateTime64(3, 'UTC')}
    AND corrected_at < {to:DateTime64(3, 'UTC')}
    -- The sorting key knows only the client's clock; without these two lines every day of the site is read.
    AND created_at >= {from:DateTime64(3, 'UTC')} - toIntervalDay(1)
    AND created_at < {to:DateTime64(3, 'UTC')} + toIntervalDay(1)
    AND (NOT is_bot OR {bots:UInt8} = 1)
