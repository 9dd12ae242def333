-- Sessions in which the user was and nobody else.
SELECT DISTINCT toString(site) AS site, session_id
FROM events
WHERE ({all:UInt8} = 1 OR site = {site:String})
    AND (site, session_id) IN (SELECT site, session_id FROM events WHERE user_id = {user:String})
    AND (site, session_id) NOT IN
    (
        SELECT site, session_id
        FROM events
        WHERE user_id NOT IN ('', {user:String})
            AND (site, session_id) IN (SELECT site, session_id FROM events WHERE user_id = {user:String})
    )
