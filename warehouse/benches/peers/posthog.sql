-- PostHog, table `sharded_events` without Kafka's columns, group properties and indexes, which would be empty:
-- github.com/PostHog/posthog, posthog/models/event/sql.py at 055f2c3c. Types, codecs, keys and the materialized columns that
-- our events fill are theirs; what is a person's there stays `{}`.
CREATE TABLE {table}
(
    uuid UUID,
    event String,
    properties String CODEC(ZSTD(3)),
    timestamp DateTime64(6, 'UTC'),
    team_id Int64,
    distinct_id String,
    elements_chain String,
    created_at DateTime64(6, 'UTC'),
    person_id UUID,
    person_created_at DateTime64(3),
    person_properties String CODEC(ZSTD(3)),
    person_mode Enum8('full' = 0, 'propertyless' = 1, 'force_upgrade' = 2),
    session_id String,
    elements_chain_ids Array(String),
    received DateTime
)
ENGINE = ReplacingMergeTree(received)
PARTITION BY toYYYYMM(timestamp)
ORDER BY (team_id, toDate(timestamp), event, cityHash64(distinct_id), cityHash64(uuid));
SELECT
    id,
    if(event_title = '', type, event_title),
    {with_context},
    created_at,
    toInt64(1),
    if(user_id = '', session_id, user_id),
    if(element_id = '', '', concat('button:attr_id="', element_id, '"')),
    received_at,
    reinterpretAsUUID(sipHash128(if(user_id = '', session_id, user_id))),
    toDateTime64('2026-01-01 00:00:00', 3),
    '{}',
    'full',
    session_id,
    if(element_id = '', [], [element_id]),
    toDateTime(received_at)
FROM source
