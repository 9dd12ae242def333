use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "the rig plays the world outside, which has clocks"
)]
pub(crate) fn now_ms() -> i64 {
    let passed = SystemTime::now().duration_since(UNIX_EPOCH);
    passed.expect("the clock is set after 1970").as_millis() as i64
}
