-- title: Funnel
-- unit: sessions
-- definition: Sessions that began in the period and came as far as each step, one after the other in this order, whatever lies between; a step also counts when it came at the same moment as the one before. Steps are event titles, each at most once.
-- grain: one row per step
-- chart: funnel
-- parameters: site, from, to, bots, steps = page_view,product_view,add_to_cart,checkout_start,payment_attempt,order_paid
WITH
    splitByChar(',', {steps:String}) AS titles,
    arrayMap(title -> bitAnd(cityHash64(title), 4194303), titles) AS hashes,
    reached AS
    (
        SELECT
            arrayFold(
                (step, happened) -> if(hashes[step + 1] = happened, toUInt8(step + 1), step),
                arrayMap(step -> bitAnd(step, 4194303), arraySort(arrayFilter(step -> has(hashes, bitAnd(step, 4194303)), steps))),
                toUInt8(0)
            ) AS step,
            count() AS sessions
        FROM sessions FINAL
        WHERE site = {site:String}
            AND first_at >= {from:DateTime64(3, 'UTC')}
            AND first_at < {to:DateTime64(3, 'UTC')}
            AND (NOT is_bot OR {bots:UInt8} = 1)
        GROUP BY step
    ),
    (SELECT arrayMap(number -> arraySum(arrayMap(one -> if(one.1 >= number, one.2, 0), groupArray((reached.step, reached.sessions)))), range(1, length(titles) + 1)) FROM reached) AS counts
SELECT
    number AS step,
    titles[number] AS event_title,
    counts[number] AS sessions,
    if(counts[1] = 0, NULL, sessions / counts[1]) AS share_of_first,
    if(number = 1, NULL, if(counts[number - 1] = 0, NULL, sessions / counts[number - 1])) AS share_of_previous
FROM (SELECT arrayJoin(range(1, toUInt64(length(titles) + 1))) AS number)
ORDER BY step ASC
