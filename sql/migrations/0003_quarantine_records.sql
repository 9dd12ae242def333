-- The record as event::quarantine has it. The defaults are what the rows before it were: single events that the database refused.
ALTER TABLE quarantine
    -- The minute of the ledger in which the event was received; of a row without it the moment it was put aside.
    ADD COLUMN IF NOT EXISTS received_at DateTime64(3, 'UTC') DEFAULT at CODEC(Delta, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS field LowCardinality(String),
    -- What `bytes` holds: `json` an event as sent, `event` a group of one, `group` a whole group, `message` anything else.
    ADD COLUMN IF NOT EXISTS form LowCardinality(String) DEFAULT 'event',
    ADD COLUMN IF NOT EXISTS user_agent LowCardinality(String),
    ADD COLUMN IF NOT EXISTS ip Nullable(IPv6) CODEC(ZSTD(1)),
    -- It had a receipt before it was put aside: the ledger owes it.
    ADD COLUMN IF NOT EXISTS accepted Bool DEFAULT true,
    -- `clickpath replay` sent it again.
    ADD COLUMN IF NOT EXISTS replayed_at Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1));
