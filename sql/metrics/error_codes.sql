-- title: Error codes
-- unit: events
-- definition: Distinct events with the title `event_title` and status error by their error_code; an empty title means all.
-- grain: one row per code, most frequent first
-- chart: bars
-- parameters: site, from, to, bots, limit, event_title = payment_attempt
SELECT
    error_code,
    uniqExact(id) AS errors
FROM outcomes
WHERE site = {site:String}
    AND at >= {from:DateTime64(3, 'UTC')}
    AND at < {to:DateTime64(3, 'UTC')}
    AND (NOT is_bot OR {bots:UInt8} = 1)
    AND ({event_title:String} = '' OR event_title = {event_title:String})
    AND status = 'error'
GROUP BY error_code
ORDER BY errors DESC, error_code ASC
LIMIT {limit:UInt32}
