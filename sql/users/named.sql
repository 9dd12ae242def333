-- The name and country of users, where the view `users` (id, fio, country) has them.
SELECT toString(id) AS user_id, any(u.fio) AS fio, any(u.country) AS country
FROM users AS u
WHERE has({user_ids:Array(String)}, toString(id))
GROUP BY id
