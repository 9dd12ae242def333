-- title: Recent sessions
-- unit: sessions
-- definition: Sessions that began in the period, with how they began, how long they were and what came of them: paid, ordered, checkout, cart, browsed, or bounced (one page and no click). Nothing that says who it was. With a step and a page only sessions whose page at that step is this one.
-- grain: one row per session, latest first
-- chart: list
-- parameters: site, from, to, bots, limit, step = 0, step_page =
WITH
    chosen AS
    (
        SELECT
            session_id,
            arrayCompact(arrayMap(page -> substring(page, 14), arraySort(pages))) AS viewed,
            length(pages) AS page_views,
            length(event_ids) AS events,
            arrayMap(step -> bitAnd(step, 4194303), steps) AS titles,
            first_at,
            last_at
        FROM sessions FINAL
        WHERE site = {site:String}
            AND first_at >= {from:DateTime64(3, 'UTC')}
            AND first_at < {to:DateTime64(3, 'UTC')}
            AND (NOT is_bot OR {bots:UInt8} = 1)
            AND ({step:UInt8} = 0 OR viewed[{step:UInt8}] = {step_page:String})
        ORDER BY first_at DESC, session_id ASC
        LIMIT {limit:UInt32}
    ),
    title -> bitAnd(cityHash64(title), 4194303) AS hash
SELECT
    session_id,
    chosen.first_at AS started_at,
    dateDiff('millisecond', chosen.first_at, chosen.last_at) AS length_ms,
    chosen.viewed[1] AS entry_path,
    chosen.viewed[-1] AS exit_path,
    chosen.page_views AS page_views,
    chosen.events AS events,
    began.channel AS channel,
    began.device_type AS device_type,
    began.browser AS browser,
    began.country AS country,
    began.is_bot AS is_bot,
    multiIf(
        has(chosen.titles, hash('order_paid')), 'paid',
        has(chosen.titles, hash('order_created')), 'ordered',
        has(chosen.titles, hash('checkout_start')), 'checkout',
        has(chosen.titles, hash('add_to_cart')), 'cart',
        page_views <= 1 AND events <= 1, 'bounced',
        'browsed'
    ) AS outcome
FROM chosen
INNER JOIN
(
    SELECT session_id, channel, device_type, browser, country, is_bot
    FROM sessions_view
    WHERE site = {site:String} AND session_id IN (SELECT session_id FROM chosen)
) AS began USING (session_id)
ORDER BY started_at DESC, session_id ASC
