-- Of the keys in RowBinary at {keys}: the events that are stored, whatever their created_at says now.
WITH keys AS
(
    SELECT *
    FROM format(RowBinary, 'site String, session_id String, created_at DateTime64(3, \'UTC\'), id UUID, group_id UUID', unhex('{keys}'))
)
SELECT DISTINCT toString(site) AS site, id
FROM events
WHERE (site, session_id) IN (SELECT site, session_id FROM keys)
    AND (site, id) IN (SELECT site, id FROM keys)
