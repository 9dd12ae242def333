-- Of the keys in RowBinary at {keys}: the events that are stored, also when their created_at is up to a day off.
WITH keys AS
(
    SELECT * FROM format(RowBinary, 'site String, session_id String, day Date, id UUID', base64Decode('{keys}'))
)
SELECT DISTINCT toString(site) AS site, id, group_id
FROM events
-- The primary key, so that of other sessions and days little is read.
WHERE (site, toDate(created_at), session_id) IN
    (
        SELECT site, day + arrayJoin([-1, 0, 1]), session_id FROM keys
    )
    AND (site, id) IN (SELECT site, id FROM keys)
