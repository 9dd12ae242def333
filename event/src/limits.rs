//! Every limit of the contract. A refusal names the limit it hit; `docs/events.md` prints this table.

/// Bytes of one request body, after decompression.
pub const BODY_BYTES: usize = 1024 * 1024;
/// Bytes of one event's JSON text.
pub const EVENT_BYTES: usize = 64 * 1024;
/// Events in one request.
pub const EVENTS: usize = 1_000;
/// Levels of nested arrays and objects inside an event, the event itself being the first.
pub const DEPTH: usize = 16;

/// Bytes of UTF-8 per text field.
pub const SITE_BYTES: usize = 64;
pub const SESSION_ID_BYTES: usize = 128;
pub const USER_ID_BYTES: usize = 256;
pub const URL_BYTES: usize = 4_096;
pub const USER_AGENT_BYTES: usize = 1_024;
pub const EVENT_TITLE_BYTES: usize = 256;
pub const ELEMENT_ID_BYTES: usize = 512;
/// `product_id`, `category`, `order_id`, `status`, `error_code`.
pub const LABEL_BYTES: usize = 256;
/// ISO 4217.
pub const CURRENCY_BYTES: usize = 3;

/// Largest absolute pointer position and size, CSS pixels.
pub const PIXELS: i32 = 10_000_000;
pub const QUANTITY: u32 = 1_000_000;
/// One day.
pub const LATENCY_MS: u32 = 86_400_000;
/// How far `created_at` may lie ahead of the server's clock: one day, so that a wrong time zone still arrives.
pub const AHEAD_MS: i64 = 86_400_000;
