-- Things that are no events, as event::entity has them: of each the version that is the latest. The loader does not write what it
-- finds here with the same digest, nor what is older; two versions with the same moment: the one that came last stays. A thing
-- whose sender says no `updated_at` has the moment of its arrival as version, and one that arrives unchanged keeps its first.
CREATE TABLE IF NOT EXISTS entities
(
    -- `stores`, `products`, `customers`, `purchases`, `users`.
    stream LowCardinality(String),
    site LowCardinality(String),
    -- The sender's id; a number as its digits.
    key String CODEC(ZSTD(1)),
    -- The sender's `updated_at`, else `received_at`.
    version DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    -- Keyed, of the content before phone and email were sealed: their sealed forms differ each time.
    digest FixedString(16),
    -- Keyed, for joins by email and by phone without either; empty without one.
    email_hash String CODEC(ZSTD(1)),
    phone_hash String CODEC(ZSTD(1)),
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    -- The JSON text as sent, every phone and email in it sealed in place.
    payload String CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (stream, site, key)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1;

-- One row per thing, however often it was published: `SELECT count() FROM stores_raw` is the number of stores.
CREATE VIEW IF NOT EXISTS stores_raw AS
SELECT key, payload, email_hash, phone_hash, site, version, received_at FROM entities FINAL WHERE stream = 'stores';

CREATE VIEW IF NOT EXISTS products_raw AS
SELECT key, payload, email_hash, phone_hash, site, version, received_at FROM entities FINAL WHERE stream = 'products';

CREATE VIEW IF NOT EXISTS customers_raw AS
SELECT key, payload, email_hash, phone_hash, site, version, received_at FROM entities FINAL WHERE stream = 'customers';

CREATE VIEW IF NOT EXISTS purchases_raw AS
SELECT key, payload, email_hash, phone_hash, site, version, received_at FROM entities FINAL WHERE stream = 'purchases';

-- `id` equals `events.product_id`. A field that is missing, or of another type, is empty or NULL; the payload has it as sent.
CREATE VIEW IF NOT EXISTS products AS
SELECT
    key AS id,
    if(JSONHas(payload, 'title'), JSONExtractString(payload, 'title'), JSONExtractString(payload, 'name')) AS title,
    -- By the text, not by a floating point number; the amount may be a JSON string.
    toDecimal64OrNull(trim(BOTH '"' FROM JSONExtractRaw(payload, 'price')), 4) AS price,
    JSONExtractString(payload, 'category') AS category,
    JSONExtractString(payload, 'description') AS description,
    JSONExtractString(payload, 'image') AS image,
    JSONExtract(payload, 'rating', 'rate', 'Nullable(Float64)') AS rating_rate,
    JSONExtract(payload, 'rating', 'count', 'Nullable(UInt64)') AS rating_count,
    version AS updated_at,
    site
FROM entities FINAL
WHERE stream = 'products';

-- `id` is the number that the sender gave. An id that is no number of 64 bits, such as `u-17` or `007`, becomes one by sipHash64: always
-- the same, and never shared by two users in practice (two of a million with a chance of 1 in 37 million). `user_id` is the
-- text as sent and equals `events.user_id`. Numbers beyond 2^53 are exact in both; clients that read JSON numbers as floating
-- point take `user_id`.
CREATE VIEW IF NOT EXISTS users AS
SELECT
    if(toString(toUInt64OrZero(key)) = key, toUInt64OrZero(key), sipHash64(key)) AS id,
    JSONExtractString(payload, 'fio') AS fio,
    JSONExtractString(payload, 'country') AS country,
    key AS user_id,
    site,
    version AS updated_at
FROM entities FINAL
WHERE stream = 'users';
