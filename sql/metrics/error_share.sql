-- title: Error share
-- unit: share
-- definition: Of the distinct events with the title `event_title`, the share with status error; an empty title means all events with a status.
-- grain: one row
-- chart: number
-- parameters: site, from, to, bots, event_title = payment_attempt
SELECT
    uniqExact(id) AS events,
    uniqExactIf(id, status = 'error') AS errors,
    if(events = 0, NULL, errors / events) AS error_share
FROM events
WHERE site = {site:String}
    AND corrected_at >= {from:DateTime64(3, 'UTC')}
    AND corrected_at < {to:DateTime64(3, 'UTC')}
    -- The sorting key knows only the client's clock; without these two lines every day of the site is read.
    AND created_at >= {from:DateTime64(3, 'UTC')} - toIntervalDay(1)
    AND created_at < {to:DateTime64(3, 'UTC')} + toIntervalDay(1)
    AND (NOT is_bot OR {bots:UInt8} = 1)
    AND ({event_title:String} = '' AND status != '' OR {event_title:String} != '' AND event_title = {event_title:String})
