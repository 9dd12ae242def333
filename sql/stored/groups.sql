-- Of the keys in RowBinary at {keys}: the groups of which at least one row is stored.
WITH keys AS
(
    SELECT *
    FROM format(RowBinary, 'site String, session_id String, created_at DateTime64(3, \'UTC\'), id UUID, group_id UUID', unhex('{keys}'))
)
SELECT DISTINCT group_id
FROM events
-- The primary key, so that only the granules of these sessions are read.
WHERE (site, toDate(created_at), session_id) IN (SELECT site, toDate(created_at), session_id FROM keys)
    AND group_id IN (SELECT group_id FROM keys)
