use std::path::PathBuf;
use std::time::Duration;

use crate::batch::Limits;
use crate::retry::Backoff;

const DEFAULT_DIR: &str = "data/loader";
const DEFAULT_REMEMBERED_IDS: usize = 1_000_000;
const DEFAULT_BATCH_ROWS: usize = 50_000;
const DEFAULT_BATCH_BYTES: usize = 32 * 1024 * 1024;
const DEFAULT_BATCH_AGE_MS: u64 = 400;
const DEFAULT_RETRY_FIRST_MS: u64 = 100;
const DEFAULT_RETRY_LAST_MS: u64 = 10_000;
const DEFAULT_SHUTDOWN_MS: u64 = 20_000;
const DEFAULT_SLACK_MS: u64 = 30_000;

#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Settings {
    /// Folder in which each batch is written down before it is inserted, so that it is repeated exactly after a crash. Each
    /// loader has its own.
    #[arg(long, env = "CLICKPATH_LOADER_DIR", default_value = DEFAULT_DIR)]
    pub loader_dir: PathBuf,
    /// Events, the last stored, whose copies are recognised without asking the database: so many at most, and half as many at
    /// least, because they are forgotten by the half; 31 bytes of memory each. Of older ones copies are recognised by asking it:
    /// about every event that happened, by its own clock, before the oldest that is remembered was received.
    #[arg(long, env = "CLICKPATH_LOADER_REMEMBERED_IDS", default_value_t = DEFAULT_REMEMBERED_IDS)]
    pub loader_remembered_ids: usize,
    /// Rows after which a batch is inserted. Large batches are cheap: per row an insert of 1,000 costs the database nine
    /// times the CPU of one of 100,000.
    #[arg(long, env = "CLICKPATH_LOADER_BATCH_ROWS", default_value_t = DEFAULT_BATCH_ROWS)]
    pub loader_batch_rows: usize,
    /// Bytes of encoded rows, before compression, after which a batch is inserted; bounds the loader's memory.
    #[arg(long, env = "CLICKPATH_LOADER_BATCH_BYTES", default_value_t = DEFAULT_BATCH_BYTES)]
    pub loader_batch_bytes: usize,
    /// Milliseconds after its first event at which a batch is inserted, full or not.
    #[arg(long, env = "CLICKPATH_LOADER_BATCH_AGE_MS", default_value_t = DEFAULT_BATCH_AGE_MS)]
    pub loader_batch_age_ms: u64,
    /// Milliseconds before the first repetition of a failed insert; each further wait is twice as long.
    #[arg(long, env = "CLICKPATH_LOADER_RETRY_FIRST_MS", default_value_t = DEFAULT_RETRY_FIRST_MS)]
    pub loader_retry_first_ms: u64,
    /// Milliseconds that no wait between repetitions exceeds.
    #[arg(long, env = "CLICKPATH_LOADER_RETRY_LAST_MS", default_value_t = DEFAULT_RETRY_LAST_MS)]
    pub loader_retry_last_ms: u64,
    /// Milliseconds that the batch in hand may take after the signal to stop; its groups come again if it takes longer.
    #[arg(long, env = "CLICKPATH_LOADER_SHUTDOWN_MS", default_value_t = DEFAULT_SHUTDOWN_MS)]
    pub loader_shutdown_ms: u64,
    /// Milliseconds by which clocks may differ and a group may wait for its confirm: what was received so long before a group that
    /// is stored counts as stored too. So much later a minute of the ledger is settled and an erasure begins.
    #[arg(long, env = "CLICKPATH_LOADER_SLACK_MS", default_value_t = DEFAULT_SLACK_MS)]
    pub loader_slack_ms: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            loader_dir: DEFAULT_DIR.into(),
            loader_remembered_ids: DEFAULT_REMEMBERED_IDS,
            loader_batch_rows: DEFAULT_BATCH_ROWS,
            loader_batch_bytes: DEFAULT_BATCH_BYTES,
            loader_batch_age_ms: DEFAULT_BATCH_AGE_MS,
            loader_retry_first_ms: DEFAULT_RETRY_FIRST_MS,
            loader_retry_last_ms: DEFAULT_RETRY_LAST_MS,
            loader_shutdown_ms: DEFAULT_SHUTDOWN_MS,
            loader_slack_ms: DEFAULT_SLACK_MS,
        }
    }
}

impl Settings {
    /// A batch takes at most half of what the queue hands out ahead: the other half is on its way while the batch is stored,
    /// and many small groups do not wait for the batch's age.
    pub(crate) fn limits(&self, prefetch: Option<u16>) -> Limits {
        Limits {
            rows: self.loader_batch_rows,
            bytes: self.loader_batch_bytes,
            groups: prefetch.map_or(usize::MAX, |prefetch| usize::from(prefetch).div_ceil(2)),
        }
    }

    /// Half of what is remembered is forgotten at once.
    pub(crate) fn generation(&self) -> usize {
        self.loader_remembered_ids.div_ceil(2)
    }

    pub(crate) fn batch_age(&self) -> Duration {
        Duration::from_millis(self.loader_batch_age_ms)
    }

    pub(crate) fn backoff(&self) -> Backoff {
        Backoff {
            first: Duration::from_millis(self.loader_retry_first_ms),
            last: Duration::from_millis(self.loader_retry_last_ms),
        }
    }

    pub(crate) fn slack(&self) -> Duration {
        Duration::from_millis(self.loader_slack_ms)
    }

    pub(crate) fn shutdown(&self) -> Duration {
        Duration::from_millis(self.loader_shutdown_ms)
    }
}
