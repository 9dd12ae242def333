use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use futures_util::{StreamExt, stream};

use super::Settings;

/// How the next request fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    Fail {
        status: StatusCode,
        retry_after: Option<u64>,
    },
    Answer,
    Die,
}

pub(super) struct Moods {
    asked: AtomicU64,
    fail_first: u64,
    fail: Mood,
    die_after: Option<NonZeroU64>,
}

impl Moods {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            asked: AtomicU64::new(0),
            fail_first: settings.fail_first,
            fail: Mood::Fail {
                status: settings.fail_status,
                retry_after: settings.retry_after,
            },
            die_after: settings.die_after,
        }
    }

    pub(super) fn next(&self) -> Mood {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        let Some(answered) = asked.checked_sub(self.fail_first) else {
            return self.fail;
        };
        match self.die_after {
            Some(die_after) if answered + 1 >= die_after.get() => Mood::Die,
            _ => Mood::Answer,
        }
    }
}

/// The first half, on its way before the connection is closed.
pub(super) fn cut_off(json: &str) -> Body {
    let half = Bytes::copy_from_slice(&json.as_bytes()[..json.len() / 2]);
    let first = stream::once(async { Ok::<_, std::io::Error>(half) });
    let end = stream::once(async {
        tokio::task::yield_now().await;
        Err(std::io::Error::from(std::io::ErrorKind::ConnectionAborted))
    });
    Body::from_stream(first.chain(end))
}
