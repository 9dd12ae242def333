-- Their rows are in `session_pages`, `session_elements` and `quarters` (0049).
DROP VIEW IF EXISTS mv_element_pairs;

DROP VIEW IF EXISTS mv_element_events;

DROP TABLE IF EXISTS element_pairs;

DROP TABLE IF EXISTS element_events;
