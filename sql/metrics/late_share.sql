-- title: Late events
-- unit: share
-- definition: Of the events that happened in the period, the share that arrived more than ten minutes after it had happened (of two copies the later arrival counts); clock_off_share is the share whose sender's clock was more than five minutes off.
-- grain: one row; the period is taken in whole minutes
-- chart: number
-- parameters: site, from, to, bots
SELECT
    sum(length(page_views) + length(element_views) + length(clicks) + length(others)) AS events,
    sum(length(minutes.late)) AS late,
    if(events = 0, NULL, late / events) AS late_share,
    sum(length(minutes.clock_off)) AS clock_off,
    if(events = 0, NULL, clock_off / events) AS clock_off_share
FROM minutes FINAL
WHERE site = {site:String}
    AND minute >= toStartOfMinute({from:DateTime64(3, 'UTC')})
    AND minute < {to:DateTime64(3, 'UTC')}
    AND (NOT is_bot OR {bots:UInt8} = 1)
