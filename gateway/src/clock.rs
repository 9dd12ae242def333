use std::time::{SystemTime, UNIX_EPOCH};

use event::Timestamp;

/// The server's clock; the one place where the product reads it.
#[expect(clippy::disallowed_methods, reason = "this is the settled place")]
pub fn now() -> Timestamp {
    let milliseconds = match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms),
    };
    Timestamp(milliseconds)
}
