-- title: Bounce rate
-- unit: share
-- definition: Of the sessions with a page view that began in the period, the share with exactly one page view.
-- grain: one row
-- chart: number
-- parameters: site, from, to, bots
SELECT
    countIf(notEmpty(pages)) AS sessions,
    countIf(length(pages) = 1) AS bounced,
    if(sessions = 0, NULL, bounced / sessions) AS bounce_rate
FROM sessions FINAL
WHERE site = {site:String}
    AND first_at >= {from:DateTime64(3, 'UTC')}
    AND first_at < {to:DateTime64(3, 'UTC')}
    AND (NOT is_bot OR {bots:UInt8} = 1)
