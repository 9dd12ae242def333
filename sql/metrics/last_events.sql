-- title: Last events
-- unit: events
-- definition: The events that arrived last among those that happened in the period; of an event that arrived twice the later arrival.
-- grain: one row per event, latest arrival first
-- chart: list
-- parameters: site, from, to, bots, limit
WITH
    (
        -- Most sites have enough of the period's last hour: then nothing older is looked at.
        SELECT uniqExact(id) >= {limit:UInt32}
        FROM events
        WHERE site = {site:String}
            AND received_at >= {to:DateTime64(3, 'UTC')} - toIntervalHour(1)
            AND corrected_at >= {from:DateTime64(3, 'UTC')}
            AND corrected_at < {to:DateTime64(3, 'UTC')}
            AND created_at >= {from:DateTime64(3, 'UTC')} - toIntervalDay(1)
            AND created_at < {to:DateTime64(3, 'UTC')} + toIntervalDay(1)
            AND (NOT is_bot OR {bots:UInt8} = 1)
    ) AS enough,
    (
        -- Rows from this moment on are enough, with copies; the skip index of `received_at` finds up to a thousand (the engine's own bound).
        SELECT min(received_at)
        FROM
        (
            SELECT received_at
            FROM events
            WHERE site = {site:String}
                AND NOT enough
                AND corrected_at >= {from:DateTime64(3, 'UTC')}
                AND corrected_at < {to:DateTime64(3, 'UTC')}
                -- The sorting key knows only the client's clock; without these two lines every day of the site is read.
                AND created_at >= {from:DateTime64(3, 'UTC')} - toIntervalDay(1)
                AND created_at < {to:DateTime64(3, 'UTC')} + toIntervalDay(1)
                AND (NOT is_bot OR {bots:UInt8} = 1)
            ORDER BY received_at DESC
            LIMIT {limit:UInt32} * 5 + 500
        )
    ) AS since
SELECT
    toString(id) AS id,
    received_at,
    corrected_at,
    type,
    event_title,
    element_id,
    url,
    path,
    session_id,
    x,
    y,
    device_type,
    browser,
    country,
    channel,
    source,
    is_bot,
    bot_reason
FROM events
WHERE site = {site:String}
    AND corrected_at >= {from:DateTime64(3, 'UTC')}
    AND corrected_at < {to:DateTime64(3, 'UTC')}
    -- The sorting key knows only the client's clock; without these two lines every day of the site is read.
    AND created_at >= {from:DateTime64(3, 'UTC')} - toIntervalDay(1)
    AND created_at < {to:DateTime64(3, 'UTC')} + toIntervalDay(1)
    AND (NOT is_bot OR {bots:UInt8} = 1)
    AND received_at >= if(enough, {to:DateTime64(3, 'UTC')} - toIntervalHour(1), since)
ORDER BY received_at DESC, id DESC
LIMIT 1 BY id
LIMIT {limit:UInt32}
