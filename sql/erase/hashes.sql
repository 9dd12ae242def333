-- By which a user's own entities are joined to others'.
SELECT DISTINCT
    email_hash,
    phone_hash
FROM entities
WHERE stream IN ('users', 'customers') AND key = {user:String} AND ({all:UInt8} = 1 OR site = {site:String})
