//! When a batch is sent again: always the same bytes, so that what the gateway has already is recognised by its ids.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};

/// After the first attempt that got no answer; doubled with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Whether the same batch can be taken later: what docs/events.md says of these statuses, and what a proxy answers while the
/// gateway behind it is away.
pub(crate) fn can_help(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::REQUEST_TIMEOUT
            | StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
    )
}

/// The pause before attempt `retry` + 1, where the gateway does not say how long.
pub(crate) fn pause(retry: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(1 << retry.min(10)).min(LONGEST_PAUSE)
}

/// Seconds (RFC 9110, section 10.2.3); a date, which the gateway never sends, counts as not said.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_two_seconds() {
        let pauses = [0, 1, 4, 5, 40, u32::MAX].map(|retry| pause(retry).as_millis());
        assert_eq!(pauses, [100, 200, 1_600, 2_000, 2_000, 2_000]);
    }

    #[test]
    fn reads_seconds_only() {
        let check = |text: &str, expect| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
            assert_eq!(retry_after(&headers).map(|pause| pause.as_secs()), expect, "{text}");
        };
        check("0", Some(0));
        check("7", Some(7));
        check("Sun, 22 Nov 2026 10:00:00 GMT", None);
        check("-1", None);
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
