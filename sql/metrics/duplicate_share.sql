-- title: Duplicates
-- unit: share
-- definition: Of the copies of events that arrived in the period, the share that was recognised as a repetition and not stored again, by the ledger: of what gateways accepted, what loaders left out.
-- grain: one row; the period is taken in whole minutes of arrival
-- chart: number
-- parameters: site, from, to
SELECT
    sumIf(count, stage = 'gateway' AND counter = 'accepted') AS accepted,
    sumIf(count, stage = 'loader' AND counter = 'duplicate') AS duplicates,
    if(accepted = 0, NULL, duplicates / accepted) AS duplicate_share
FROM ledger FINAL
WHERE site = {site:String}
    AND minute >= toStartOfMinute({from:DateTime64(3, 'UTC')})
    AND minute < {to:DateTime64(3, 'UTC')}
