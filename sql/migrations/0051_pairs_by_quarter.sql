-- Pairs of session and element, counted by page and quarter of an hour in each part of `session_elements`: a month of them is read in a twentieth
-- of the time. (Measured by `cargo xtask bench queries`: docs/metrics.md.)
--
-- In a part that merges have made, and that is the only one of its day, every row is all that there is of its pair. Of such days, which metrics call
-- `settled`, a question may read without FINAL, and so these counts.
ALTER TABLE session_elements MODIFY SETTING deduplicate_merge_projection_mode = 'rebuild';

ALTER TABLE session_elements ADD PROJECTION IF NOT EXISTS by_quarter
(
    SELECT
        site,
        path,
        element_id,
        toStartOfFifteenMinutes(first_at) AS quarter,
        is_bot,
        countIf(bitAnd(seen_clicked, 1) = 1),
        countIf(bitAnd(seen_clicked, 2) = 2),
        countIf(seen_clicked = 3)
    GROUP BY site, path, element_id, quarter, is_bot
);

ALTER TABLE session_elements MATERIALIZE PROJECTION by_quarter SETTINGS mutations_sync = 2;
