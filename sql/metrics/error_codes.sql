-- title: Error codes
-- unit: events
-- definition: Distinct events with the title `event_title` and status error by their error_code; an empty title means all.
-- grain: one row per code, most frequent first
-- chart: bars
-- parameters: site, from, to, bots, limit, event_title = payment_attempt
SELECT
    error_code,
    uniqExact(id) AS errors
FROM events
WHERE site = {site:String}
    AND corrected_at >= {from:DateTime64(3, 'UTC')}
    AND corrected_at < {to:DateTime64(3, 'UTC')}
    -- The sorting key knows only the client's clock; without these two lines every day of the site is read.
    AND created_at >= {from:DateTime64(3, 'UTC')} - toIntervalDay(1)
    AND created_at < {to:DateTime64(3, 'UTC')} + toIntervalDay(1)
    AND (NOT is_bot OR {bots:UInt8} = 1)
    AND status = 'error'
    AND ({event_title:String} = '' OR event_title = {event_title:String})
GROUP BY error_code
ORDER BY errors DESC, error_code ASC
LIMIT {limit:UInt32}
