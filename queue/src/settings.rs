use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Settings {
    /// AMQP address of RabbitMQ, for example amqp://clickpath:secret@rabbitmq:5672/%2f; of a cluster the addresses of its nodes, separated by
    /// commas: one that chance chooses is used while it answers, then another. Without it the embedded queue is used.
    #[arg(long, env = "CLICKPATH_AMQP_URL", hide_env_values = true)]
    pub amqp_url: Option<String>,
    /// Folder of the embedded queue and of the spool. Each process needs its own.
    #[arg(long, env = "CLICKPATH_QUEUE_DIR", default_value = DEFAULT_DIR)]
    pub queue_dir: PathBuf,
    /// Bytes each log may hold on disk: of the embedded queue or of the spool, one each for events, quarantine and entities. A publish
    /// beyond it is refused until loader or broker have caught up. Damaged stretches that were put aside are not counted.
    #[arg(long, env = "CLICKPATH_QUEUE_MAX_BYTES", default_value_t = DEFAULT_MAX_BYTES, value_parser = clap::value_parser!(u64).range(MIN_BYTES..))]
    pub queue_max_bytes: u64,
    /// Whether groups wait on this machine's disk while RabbitMQ is away, blocked by an alarm, or refuses them. Without it they
    /// are refused then, with 503.
    #[arg(long, env = "CLICKPATH_QUEUE_SPOOL", default_value_t = true, action = clap::ArgAction::Set)]
    pub queue_spool: bool,
    /// When embedded queue and spool call fsync.
    #[arg(long, env = "CLICKPATH_QUEUE_FSYNC", value_enum, default_value_t = Fsync::Always)]
    pub queue_fsync: Fsync,
    /// Milliseconds between two fsyncs under the policy `interval`.
    #[arg(long, env = "CLICKPATH_QUEUE_FSYNC_INTERVAL_MS", default_value_t = DEFAULT_FSYNC_INTERVAL_MS)]
    pub queue_fsync_interval_ms: u64,
    /// Groups RabbitMQ hands to one loader ahead of their acknowledgement; bounds the loader's memory: a busy gateway's groups have
    /// about 100 kB each. A batch ends with half of them.
    #[arg(long, env = "CLICKPATH_QUEUE_PREFETCH", default_value_t = DEFAULT_PREFETCH, value_parser = clap::value_parser!(u16).range(1..))]
    pub queue_prefetch: u16,
    /// Messages RabbitMQ hands to one gateway ahead of their acknowledgement, of those that other programs put into clickpath.in.
    #[arg(long, env = "CLICKPATH_QUEUE_INBOX_PREFETCH", default_value_t = DEFAULT_INBOX_PREFETCH, value_parser = clap::value_parser!(u16).range(1..))]
    pub queue_inbox_prefetch: u16,
    /// Milliseconds a publish to RabbitMQ may wait for its confirm.
    #[arg(long, env = "CLICKPATH_QUEUE_PUBLISH_TIMEOUT_MS", default_value_t = DEFAULT_PUBLISH_TIMEOUT_MS)]
    pub queue_publish_timeout_ms: u64,
}

/// What a publish to the embedded queue or the spool survives when it has returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Fsync {
    /// The group is on the disk: it survives a crash of the process, of the system, and loss of power.
    Always,
    /// The group is with the operating system: it survives a crash of the process. A crash of the system or loss of power
    /// takes at most the last interval's groups.
    Interval,
}

const DEFAULT_DIR: &str = "data/queue";
const DEFAULT_MAX_BYTES: u64 = 4 * 1024 * 1024 * 1024;
const MIN_BYTES: u64 = 1024 * 1024;
const DEFAULT_FSYNC_INTERVAL_MS: u64 = 100;
const DEFAULT_PREFETCH: u16 = 200;
const DEFAULT_INBOX_PREFETCH: u16 = 500;
const DEFAULT_PUBLISH_TIMEOUT_MS: u64 = 10_000;

impl Settings {
    /// The embedded queue in `folder`, everything else by default.
    pub fn embedded(folder: impl Into<PathBuf>) -> Self {
        Self {
            amqp_url: None,
            queue_dir: folder.into(),
            queue_max_bytes: DEFAULT_MAX_BYTES,
            queue_spool: true,
            queue_fsync: Fsync::Always,
            queue_fsync_interval_ms: DEFAULT_FSYNC_INTERVAL_MS,
            queue_prefetch: DEFAULT_PREFETCH,
            queue_inbox_prefetch: DEFAULT_INBOX_PREFETCH,
            queue_publish_timeout_ms: DEFAULT_PUBLISH_TIMEOUT_MS,
        }
    }

    /// RabbitMQ at `amqp_url` without a spool, everything else by default.
    pub fn rabbitmq(amqp_url: impl Into<String>) -> Self {
        Self {
            queue_spool: false,
            ..Self::spooled(amqp_url, DEFAULT_DIR)
        }
    }

    /// RabbitMQ at `amqp_url` with the spool in `folder`, everything else by default.
    pub fn spooled(amqp_url: impl Into<String>, folder: impl Into<PathBuf>) -> Self {
        Self {
            amqp_url: Some(amqp_url.into()),
            ..Self::embedded(folder)
        }
    }

    pub(crate) fn fsync_interval(&self) -> Duration {
        Duration::from_millis(self.queue_fsync_interval_ms)
    }

    pub(crate) fn publish_timeout(&self) -> Duration {
        Duration::from_millis(self.queue_publish_timeout_ms)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Program {
        #[command(flatten)]
        settings: Settings,
    }

    #[test]
    fn defaults_are_those_of_embedded() {
        let parsed = Program::try_parse_from(["program"]).unwrap().settings;
        assert_eq!(format!("{parsed:?}"), format!("{:?}", Settings::embedded("data/queue")));
    }

    #[test]
    fn refuses_settings_that_cannot_work() {
        let check = |arguments: [&str; 3]| assert!(Program::try_parse_from(arguments).is_err(), "{arguments:?}");
        check(["program", "--queue-max-bytes", "1000"]);
        check(["program", "--queue-prefetch", "0"]);
        check(["program", "--queue-fsync", "sometimes"]);
    }
}
