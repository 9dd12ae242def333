-- A user's entities: by the key, by the same email address, by the same phone number where the other has no other address, and
-- the purchases of these.
WITH
    if(JSONHas(payload, 'customer_id'), 'customer_id', 'user_id') AS field,
    -- A number as its digits.
    if(JSONType(payload, field) = 'String', JSONExtractString(payload, field), JSONExtractRaw(payload, field)) AS whose,
    own AS
    (
        SELECT email_hash, phone_hash
        FROM entities
        WHERE stream IN ('users', 'customers') AND key = {user:String} AND ({all:UInt8} = 1 OR site = {site:String})
    ),
    persons AS
    (
        SELECT site, key
        FROM entities
        WHERE stream IN ('users', 'customers')
            AND
            (
                key = {user:String}
                OR email_hash != '' AND email_hash IN (SELECT email_hash FROM own)
                OR phone_hash != '' AND email_hash = '' AND phone_hash IN (SELECT phone_hash FROM own)
            )
    )
SELECT DISTINCT stream, site, key
FROM entities
WHERE ({all:UInt8} = 1 OR site = {site:String})
    AND
    (
        stream IN ('users', 'customers') AND ((site, key) IN (SELECT site, key FROM persons) OR key = {user:String})
        OR stream = 'purchases' AND
        (
            email_hash != '' AND email_hash IN (SELECT email_hash FROM own)
            OR (site, whose) IN (SELECT site, key FROM persons)
            OR whose = {user:String}
        )
    )
