-- title: Error share
-- unit: share
-- definition: Of the distinct events with a status and the title `event_title`, the share whose status is error; an empty title means all.
-- grain: one row
-- chart: number
-- parameters: site, from, to, bots, event_title = payment_attempt
SELECT
    uniqExact(id) AS events,
    uniqExactIf(id, status = 'error') AS errors,
    if(events = 0, NULL, errors / events) AS error_share
FROM outcomes
WHERE site = {site:String}
    AND at >= {from:DateTime64(3, 'UTC')}
    AND at < {to:DateTime64(3, 'UTC')}
    AND (NOT is_bot OR {bots:UInt8} = 1)
    AND ({event_title:String} = '' OR event_title = {event_title:String})
