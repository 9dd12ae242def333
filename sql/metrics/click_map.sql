-- title: Places of clicks
-- unit: clicks
-- definition: Distinct clicks by where in their element they were: `place` says what `at_x` and `at_y` are, `share` of the element's width and height, `offset` in CSS pixels from its corner where its size was not told, `page` in CSS pixels from the page's corner where the element was not told. Clicks of one hundredth of the element, or of ten pixels, are one row at their middle; page_x, page_y and page_w are where they were on the page, and its width. Clicks by keyboard have no position and are left out. An empty path or device_type means all.
-- grain: one row per element and place with a click, most clicked first
-- chart: table
-- parameters: site, from, to, bots, limit, path =, device_type =
SELECT
    element_id,
    multiIf(isNull(element_x) OR isNull(element_y) OR element_id = '', 'page', element_w = 0 OR element_h = 0, 'offset', 'share') AS place,
    round(avg(multiIf(place = 'page', x, place = 'offset', assumeNotNull(element_x), assumeNotNull(element_x) / element_w)), 5) AS at_x,
    round(avg(multiIf(place = 'page', y, place = 'offset', assumeNotNull(element_y), assumeNotNull(element_y) / element_h)), 5) AS at_y,
    round(avg(x), 1) AS page_x,
    round(avg(y), 1) AS page_y,
    ifNull(round(avg(page_w)), 0) AS page_w,
    count() AS clicks
FROM heatmap FINAL
WHERE site = {site:String}
    AND at >= {from:DateTime64(3, 'UTC')}
    AND at < {to:DateTime64(3, 'UTC')}
    AND (NOT is_bot OR {bots:UInt8} = 1)
    AND ({path:String} = '' OR path = {path:String})
    AND ({device_type:String} = '' OR device_type = {device_type:String})
GROUP BY
    element_id,
    place,
    multiIf(place = 'page', intDiv(x, 10), place = 'offset', intDiv(assumeNotNull(element_x), 10), toInt32(floor(100 * assumeNotNull(element_x) / element_w))),
    multiIf(place = 'page', intDiv(y, 10), place = 'offset', intDiv(assumeNotNull(element_y), 10), toInt32(floor(100 * assumeNotNull(element_y) / element_h)))
ORDER BY clicks DESC, element_id ASC, place ASC, at_x ASC, at_y ASC
LIMIT {limit:UInt32}
