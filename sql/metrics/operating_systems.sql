-- title: Operating systems
-- unit: sessions
-- definition: Sessions that began in the period by operating system; their users beside them.
-- grain: one row per os, most sessions first; empty: not known
-- chart: bars
-- parameters: site, from, to, bots, limit
SELECT
    os,
    count() AS sessions,
    uniqExactIf(user_id, user_id != '') AS users
FROM sessions FINAL
WHERE site = {site:String}
    AND first_at >= {from:DateTime64(3, 'UTC')}
    AND first_at < {to:DateTime64(3, 'UTC')}
    AND (NOT is_bot OR {bots:UInt8} = 1)
GROUP BY os
ORDER BY sessions DESC, os ASC
LIMIT {limit:UInt32}
