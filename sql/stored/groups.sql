-- Of the keys in RowBinary at {keys}: the groups of which at least one row is stored.
WITH keys AS
(
    SELECT * FROM format(RowBinary, 'site String, session_id String, day Date, id UUID', base64Decode('{keys}'))
)
SELECT DISTINCT group_id AS id
FROM events
-- The primary key, so that of other sessions little is read.
WHERE (site, toDate(created_at), session_id) IN (SELECT site, day, session_id FROM keys)
    AND group_id IN (SELECT id FROM keys)
