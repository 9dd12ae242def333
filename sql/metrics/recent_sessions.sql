-- title: Recent sessions
-- unit: sessions
-- definition: Sessions that began in the period, with how they began, how long they were and what came of them: paid, ordered, checkout, cart, browsed, or bounced (one page and no click). Nothing that says who it was. With a step and a page only sessions whose page at that step is this one.
-- grain: one row per session, latest first
-- chart: list
-- parameters: site, from, to, bots, limit, step = 0, step_page =
WITH
    chosen AS
    (
        -- Few columns of all sessions, then all columns of few.
        SELECT session_id
        FROM sessions FINAL
        WHERE site = {site:String}
            AND first_at >= {from:DateTime64(3, 'UTC')}
            AND first_at < {to:DateTime64(3, 'UTC')}
            AND (NOT is_bot OR {bots:UInt8} = 1)
            AND ({step:UInt8} = 0 OR arrayCompact(arrayMap(page -> substring(page, 14), arraySort(pages)))[{step:UInt8}] = {step_page:String})
        ORDER BY first_at DESC, session_id ASC
        LIMIT {limit:UInt32}
    ),
    title -> arrayExists(step -> bitAnd(step, 4194303) = bitAnd(cityHash64(title), 4194303), steps) AS had
SELECT
    session_id,
    first_at AS started_at,
    dateDiff('millisecond', first_at, last_at) AS length_ms,
    substring(arrayMin(pages), 14) AS entry_path,
    substring(arrayMax(pages), 14) AS exit_path,
    length(pages) AS page_views,
    length(event_ids) AS events,
    splitByChar(char(31), substring(first_event, 19))[1] AS channel,
    device_type,
    browser,
    country,
    is_bot,
    multiIf(
        had('order_paid'), 'paid',
        had('order_created'), 'ordered',
        had('checkout_start'), 'checkout',
        had('add_to_cart'), 'cart',
        page_views <= 1 AND events <= 1, 'bounced',
        'browsed'
    ) AS outcome
FROM sessions FINAL
WHERE site = {site:String} AND session_id IN (SELECT session_id FROM chosen)
ORDER BY started_at DESC, session_id ASC
