-- What the view `users` tells of users of these ids, a JSON array.
SELECT site, user_id, any(u.fio) AS fio, any(u.country) AS country
FROM users AS u
WHERE has(JSONExtract({user_ids:String}, 'Array(String)'), user_id)
GROUP BY site, user_id
