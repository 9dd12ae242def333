-- title: Session events
-- unit: events
-- definition: The events of one session in their order, with the time since the one before; of an event that arrived twice one. Of the page its path alone, and nothing that says who it was. Without a session that of the period's latest event.
-- grain: one row per event, earliest first
-- chart: list
-- parameters: site, from, to, bots, limit, session =
WITH
    (
        -- Most sites have events of the period's last hour: then nothing older is looked at.
        SELECT uniqExact(id) > 0
        FROM events
        WHERE site = {site:String}
            AND corrected_at >= greatest({from:DateTime64(3, 'UTC')}, {to:DateTime64(3, 'UTC')} - toIntervalHour(1))
            AND corrected_at < {to:DateTime64(3, 'UTC')}
            AND created_at >= {to:DateTime64(3, 'UTC')} - toIntervalHour(25)
            AND created_at < {to:DateTime64(3, 'UTC')} + toIntervalDay(1)
            AND (NOT is_bot OR {bots:UInt8} = 1)
            AND {session:String} = ''
    ) AS is_of_last_hour,
    if(is_of_last_hour, greatest({from:DateTime64(3, 'UTC')}, {to:DateTime64(3, 'UTC')} - toIntervalHour(1)), {from:DateTime64(3, 'UTC')}) AS since,
    (
        SELECT session_id
        FROM events
        WHERE site = {site:String}
            AND corrected_at >= since
            AND corrected_at < {to:DateTime64(3, 'UTC')}
            AND created_at >= since - toIntervalDay(1)
            AND created_at < {to:DateTime64(3, 'UTC')} + toIntervalDay(1)
            AND (NOT is_bot OR {bots:UInt8} = 1)
            AND {session:String} = ''
        ORDER BY corrected_at DESC, id DESC
        LIMIT 1
    ) AS latest
SELECT
    id,
    at,
    if(row_number() OVER moments = 1, NULL, dateDiff('millisecond', lagInFrame(at) OVER moments, at)) AS after_ms,
    type,
    event_title,
    element_id,
    path,
    product_id,
    category,
    status,
    error_code,
    latency_ms
FROM
(
    SELECT
        toString(events.id) AS id,
        corrected_at AS at,
        type,
        event_title,
        element_id,
        path(url) AS path,
        product_id,
        category,
        status,
        error_code,
        latency_ms
    FROM events
    WHERE site = {site:String}
        AND session_id = if({session:String} = '', ifNull(latest, ''), {session:String})
        AND corrected_at >= {from:DateTime64(3, 'UTC')}
        AND corrected_at < {to:DateTime64(3, 'UTC')}
        -- The sorting key knows only the client's clock; without these two lines every day of the site is read.
        AND created_at >= {from:DateTime64(3, 'UTC')} - toIntervalDay(1)
        AND created_at < {to:DateTime64(3, 'UTC')} + toIntervalDay(1)
        AND (NOT is_bot OR {bots:UInt8} = 1)
    ORDER BY received_at ASC
    LIMIT 1 BY id
)
WINDOW moments AS (ORDER BY at ASC, id ASC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
ORDER BY at ASC, id ASC
LIMIT {limit:UInt32}
