//! What became of the events received here: counted by site and minute, written to the warehouse, compared with what is stored.
//!
//! - [`books`]: the counts in memory
//! - [`write`]: brings them, and the age of what the spool still holds, into tables `ledger` and `ledger_marks`
//! - [`mark`]: what may be said of the spool
//! - [`check`]: keeps the gauge `clickpath_ledger_gap`
//! - [`route`]: `GET /ledger`

mod books;
mod check;
mod mark;
mod metrics;
mod route;
mod write;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::State;
use crate::settings::{at_least_one, seconds};
use crate::sites::SiteIndex;
use books::Books;
pub(crate) use books::{Counts, Minute};
pub(crate) use metrics::LedgerMetrics;
pub(crate) use route::ledger;

#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Settings {
    /// Minutes back from now in which the gauge clickpath_ledger_gap looks for accepted events that are missing.
    #[arg(long, env = "CLICKPATH_LEDGER_MINUTES", default_value = "60", value_parser = at_least_one)]
    pub ledger_minutes: usize,
    /// Seconds between two looks of that gauge.
    #[arg(long, env = "CLICKPATH_LEDGER_CHECK_SECONDS", default_value = "15", value_parser = seconds)]
    pub ledger_check_interval: Duration,
    /// Seconds between two writes of this process's counts to table ledger. A gateway that is killed loses what it counted since
    /// the last one; the events themselves then show as unreported.
    #[arg(long, env = "CLICKPATH_LEDGER_WRITE_SECONDS", default_value = "2", value_parser = seconds)]
    pub ledger_write_interval: Duration,
}

/// The counts of this process. One lock a request and one a group, each for a few additions.
pub(crate) struct Ledger {
    books: Mutex<Books>,
}

impl Ledger {
    pub(crate) fn new(sites: usize) -> Self {
        Self {
            books: Mutex::new(Books::new(sites)),
        }
    }

    /// `None` is the site of events whose site is not configured here.
    pub(crate) fn add(&self, minute: Minute, counts: impl IntoIterator<Item = (Option<SiteIndex>, Counts)>) {
        let mut books = self.books();
        for (site, counts) in counts {
            books.add(minute, site, counts);
        }
    }

    /// A panic elsewhere leaves at worst one event uncounted.
    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes and checks until `stop`, then writes what is left.
pub(crate) async fn run(state: State, stop: CancellationToken) {
    tokio::join!(write::run(&state, &stop), check::run(&state, &stop));
}
