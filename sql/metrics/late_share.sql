-- title: Late events
-- unit: share
-- definition: Of the events that happened in the period, the share that arrived more than ten minutes after it had happened (of two copies the later arrival counts); clock_off_share is the share whose sender's clock was more than five minutes off.
-- grain: one row
-- chart: number
-- parameters: site, from, to, bots
SELECT
    count() AS events,
    countIf(received_at > corrected_at + toIntervalMinute(10)) AS late,
    if(events = 0, NULL, late / events) AS late_share,
    countIf(abs(ifNull(clock_skew_ms, 0)) > 300000) AS clock_off,
    if(events = 0, NULL, clock_off / events) AS clock_off_share
FROM events FINAL
WHERE site = {site:String}
    AND corrected_at >= {from:DateTime64(3, 'UTC')}
    AND corrected_at < {to:DateTime64(3, 'UTC')}
    -- The sorting key knows only the client's clock; without these two lines every day of the site is read.
    AND created_at >= {from:DateTime64(3, 'UTC')} - toIntervalDay(1)
    AND created_at < {to:DateTime64(3, 'UTC')} + toIntervalDay(1)
    AND (NOT is_bot OR {bots:UInt8} = 1)
