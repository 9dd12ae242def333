//! Events as they come, good and refused, for people who watch (`/live`) and for tests that wait (`POST /expect`).
//!
//! A request hands over what it has at hand anyway, its body and its events as they go into the queue, in one piece; whoever reads
//! takes it apart. Nothing is handed over while nobody reads, but for a few requests a second, so that a test may ask for what came
//! just before. The pieces lie in a ring with a bound in bytes: who reads slower than events come misses some and is told how many.

mod access;
mod arrival;
mod body;
mod error;
mod expect;
mod filter;
mod reader;
mod ring;
mod seen;
mod stream;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicUsize, Ordering};

use clap::builder::BoolishValueParser;
use event::Timestamp;
use tokio_util::sync::CancellationToken;

pub(crate) use access::{administrator, check as may_watch, is_open};
pub(crate) use arrival::{Arrival, CameTo, Witness};
pub(crate) use body::read as read_json;
pub(crate) use error::ConsoleError;
pub(crate) use expect::post as expect;
use reader::Reader;
use ring::Ring;
pub(crate) use stream::get as stream;

/// Of requests that are kept in a second in which nobody reads.
const UNWATCHED_PER_SECOND: u32 = 50;
/// Bodies and encoded events together.
const RING_BYTES: usize = 8 * 1024 * 1024;
const RING_ARRIVALS: usize = 4_096;
/// Streams and waiting expectations at once.
const READERS: usize = 64;

#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Settings {
    /// Whether /live shows events as they come and POST /expect waits for them. They show what was sent, personal data included: open
    /// on a loopback address without a keys file, else for keys of the scope admin. `clickpath up` on a loopback address turns it on;
    /// elsewhere it is off.
    #[arg(long, env = "CLICKPATH_LIVE_CONSOLE", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = BoolishValueParser::new())]
    pub live_console: Option<bool>,
    /// Milliseconds that one POST /expect may wait.
    #[arg(long, env = "CLICKPATH_EXPECT_LONGEST_MS", default_value = "30000", value_parser = clap::value_parser!(u64).range(1..=600_000))]
    pub expect_longest_ms: u64,
}

impl Settings {
    pub(crate) fn is_on(&self) -> bool {
        self.live_console == Some(true)
    }
}

/// What came last, and who reads it.
pub(crate) struct Console {
    ring: Ring,
    readers: AtomicUsize,
    /// The second for which `left` counts, since 1970.
    second: AtomicI64,
    left: AtomicU32,
    /// The last second in which something came that was not kept.
    overlooked: AtomicI64,
    /// Ends every stream and every wait.
    closing: CancellationToken,
}

impl Console {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            ring: Ring::new(RING_ARRIVALS, RING_BYTES),
            readers: AtomicUsize::new(0),
            second: AtomicI64::new(0),
            left: AtomicU32::new(0),
            overlooked: AtomicI64::new(0),
            closing: CancellationToken::new(),
        })
    }

    /// Whether what comes at `now` is to be handed over. Where nobody reads on a busy gateway it only loads, and changes nothing
    /// that other cores look at.
    pub(crate) fn is_watched(&self, now: Timestamp) -> bool {
        if self.readers.load(Ordering::Relaxed) > 0 {
            return true;
        }
        let second = now.0.div_euclid(1_000);
        if self.second.load(Ordering::Relaxed) != second {
            // Two that do so at once keep a few requests more.
            self.second.store(second, Ordering::Relaxed);
            self.left.store(UNWATCHED_PER_SECOND, Ordering::Relaxed);
        }
        if self.left.load(Ordering::Relaxed) > 0 {
            let take = |left: u32| left.checked_sub(1);
            return self.left.try_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok();
        }
        if self.overlooked.load(Ordering::Relaxed) != second {
            self.overlooked.store(second, Ordering::Relaxed);
        }
        false
    }

    /// Whether something came since then that was not kept because nobody read.
    fn overlooked_since(&self, moment: Timestamp) -> bool {
        self.overlooked.load(Ordering::Relaxed) >= moment.0.div_euclid(1_000)
    }

    /// Reads from the arrivals received since `moment`, as far back as they are kept. `None` when too many read already.
    fn read_since(self: &Arc<Self>, moment: Timestamp) -> Option<Reader> {
        let enter = |readers: usize| (readers < READERS).then_some(readers + 1);
        self.readers
            .try_update(Ordering::Relaxed, Ordering::Relaxed, enter)
            .ok()?;
        Some(Reader::new(Arc::clone(self), moment))
    }

    /// Ends what would hold connections open: the server stops.
    pub(crate) fn close(&self) {
        self.closing.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_341_600_000);

    #[test]
    fn keeps_a_few_requests_that_nobody_reads() {
        let console = Console::new();
        let watched = |now| (0..200).filter(|_| console.is_watched(now)).count();
        assert_eq!(watched(NOW), UNWATCHED_PER_SECOND as usize);
        assert!(console.overlooked_since(NOW), "the others are known to be missing");
        let later = Timestamp(NOW.0 + 1_000);
        assert!(!console.overlooked_since(later));
        assert_eq!(watched(later), UNWATCHED_PER_SECOND as usize);
        let reader = console.read_since(NOW).unwrap();
        assert_eq!(watched(later), 200);
        drop(reader);
        assert_eq!(watched(later), 0);
    }

    #[test]
    fn bounds_its_readers() {
        let console = Console::new();
        let readers: Vec<_> = std::iter::from_fn(|| console.read_since(NOW)).collect();
        assert_eq!(readers.len(), READERS);
        drop(readers);
        assert!(console.read_since(NOW).is_some());
    }
}
