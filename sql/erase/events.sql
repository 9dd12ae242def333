-- What belongs to a user: the user's events; events without a user of sessions in which nobody else was; and events without a
-- user, of a back end, about orders that are nobody else's.
SELECT
    site,
    id,
    session_id,
    order_id,
    received_at
FROM events
WHERE ({all:UInt8} = 1 OR site = {site:String})
    AND
    (
        user_id = {user:String}
        OR user_id = '' AND (site, session_id) IN
        (
            SELECT site, session_id
            FROM events
            WHERE (site, session_id) IN (SELECT site, session_id FROM events WHERE user_id = {user:String})
            GROUP BY site, session_id
            HAVING countIf(user_id NOT IN ('', {user:String})) = 0
        )
        OR user_id = '' AND (site, order_id) IN
        (
            SELECT site, order_id
            FROM events
            WHERE order_id NOT IN ('', '00000000-0000-0000-0000-000000000000')
                AND (site, order_id) IN (SELECT site, order_id FROM events WHERE user_id = {user:String})
            GROUP BY site, order_id
            HAVING countIf(user_id NOT IN ('', {user:String})) = 0
        )
    )
