-- title: Pulse
-- unit: events
-- definition: What tells that something is wrong, side by side: sessions that began, events and those of bots, payment attempts with a status and those refused, responses with a latency_ms and its 95th percentile. Sessions, payments and latency without bots.
-- grain: one row per `minutes` in which something happened; events are taken in whole minutes
-- chart: table
-- parameters: site, from, to, tz, minutes = 60
WITH several AS
(
    -- Rows that no merge has made one yet: only of these are the ids read, of all others how many they are.
    SELECT minute, is_bot, bot_reason
    FROM minutes
    WHERE site = {site:String}
        AND minute >= toStartOfMinute({from:DateTime64(3, 'UTC')})
        AND minute < {to:DateTime64(3, 'UTC')}
    GROUP BY minute, is_bot, bot_reason
    HAVING count() > 1
)
SELECT
    time,
    sum(began) AS sessions,
    sum(counted) AS events,
    sum(of_bots) AS bot_events,
    sum(attempts) AS payment_attempts,
    sum(refused) AS payment_errors,
    sum(measured) AS responses,
    max(p95) AS p95_ms
FROM
(
    SELECT
        toStartOfInterval(toDateTime(minute, {tz:String}), toIntervalMinute({minutes:UInt32}), {tz:String}) AS time,
        toUInt64(0) AS began,
        sum(length(minutes.page_views) + length(minutes.element_views) + length(minutes.clicks) + length(minutes.others)) AS counted,
        sumIf(length(minutes.page_views) + length(minutes.element_views) + length(minutes.clicks) + length(minutes.others), is_bot) AS of_bots,
        toUInt64(0) AS attempts,
        toUInt64(0) AS refused,
        toUInt64(0) AS measured,
        CAST(NULL, 'Nullable(UInt32)') AS p95
    FROM minutes
    WHERE site = {site:String}
        AND minute >= toStartOfMinute({from:DateTime64(3, 'UTC')})
        AND minute < {to:DateTime64(3, 'UTC')}
        AND (minute, is_bot, bot_reason) NOT IN several
    GROUP BY time
    UNION ALL
    SELECT
        toStartOfInterval(toDateTime(minute, {tz:String}), toIntervalMinute({minutes:UInt32}), {tz:String}) AS time,
        0,
        uniqExactArray(minutes.page_views) + uniqExactArray(minutes.element_views) + uniqExactArray(minutes.clicks) + uniqExactArray(minutes.others) AS counted,
        if(is_bot, counted, 0) AS of_bots,
        0, 0, 0, NULL
    FROM minutes
    WHERE site = {site:String}
        AND minute >= toStartOfMinute({from:DateTime64(3, 'UTC')})
        AND minute < {to:DateTime64(3, 'UTC')}
        AND (minute, is_bot, bot_reason) IN several
    GROUP BY minute, is_bot, bot_reason
    UNION ALL
    SELECT
        toStartOfInterval(toDateTime(first_at, {tz:String}), toIntervalMinute({minutes:UInt32}), {tz:String}) AS time,
        count() AS began,
        0, 0, 0, 0, 0, NULL
    FROM sessions FINAL
    WHERE site = {site:String}
        AND first_at >= {from:DateTime64(3, 'UTC')}
        AND first_at < {to:DateTime64(3, 'UTC')}
        AND NOT is_bot
    GROUP BY time
    UNION ALL
    SELECT
        toStartOfInterval(toDateTime(at, {tz:String}), toIntervalMinute({minutes:UInt32}), {tz:String}) AS time,
        0, 0, 0,
        uniqExact(id) AS attempts,
        uniqExactIf(id, status = 'error') AS refused,
        0, NULL
    FROM outcomes
    WHERE site = {site:String}
        AND at >= {from:DateTime64(3, 'UTC')}
        AND at < {to:DateTime64(3, 'UTC')}
        AND event_title = 'payment_attempt'
        AND NOT is_bot
    GROUP BY time
    UNION ALL
    SELECT
        toStartOfInterval(toDateTime(at, {tz:String}), toIntervalMinute({minutes:UInt32}), {tz:String}) AS time,
        0, 0, 0, 0, 0,
        count() AS measured,
        quantileExact(0.95)(latency_ms) AS p95
    FROM latency FINAL
    WHERE site = {site:String}
        AND at >= {from:DateTime64(3, 'UTC')}
        AND at < {to:DateTime64(3, 'UTC')}
        AND NOT is_bot
    GROUP BY time
)
GROUP BY time
ORDER BY time ASC
