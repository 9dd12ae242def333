-- How large the clicked element was: with it a click keeps its place inside the element when that is laid out otherwise.
ALTER TABLE heatmap
    -- CSS pixels; 0 where they were not told.
    ADD COLUMN IF NOT EXISTS element_w UInt32 CODEC(ZSTD(1)) AFTER element_y,
    ADD COLUMN IF NOT EXISTS element_h UInt32 CODEC(ZSTD(1)) AFTER element_w;

ALTER TABLE mv_heatmap MODIFY QUERY
SELECT
    site,
    path(url) AS path,
    corrected_at AS at,
    cityHash64(id) AS id,
    device_type,
    is_bot,
    element_id,
    assumeNotNull(x) AS x,
    assumeNotNull(y) AS y,
    element_x,
    element_y,
    toUInt32(JSONExtractUInt(payload, 'element_w')) AS element_w,
    toUInt32(JSONExtractUInt(payload, 'element_h')) AS element_h,
    page_w,
    page_h,
    received_at
FROM events
WHERE type = 'click' AND events.x IS NOT NULL AND events.y IS NOT NULL;
