use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::{commit, console, entities, inbox, ledger, quarantine};

#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Settings {
    /// Address and port to listen on.
    #[arg(long, env = "CLICKPATH_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Another path of the tracker's script beside /clickpath.js, first-party and of your own naming: `/assets/x.js`. The files it loads are
    /// served beside it, and so is `events`.
    #[arg(long, env = "CLICKPATH_TRACKER_PATH", value_parser = own_path)]
    pub tracker_path: Option<String>,
    /// Another path that takes events, beside /events: `/collect`. Pages name it in the script tag's `data-endpoint`.
    #[arg(long, env = "CLICKPATH_EVENTS_PATH", value_parser = own_path)]
    pub events_path: Option<String>,
    /// TOML file with the sites that may send events. Without it there is one site, `shop`, served at /shop/.
    #[arg(long, env = "CLICKPATH_SITES_FILE")]
    pub sites_file: Option<PathBuf>,
    /// TOML file with the keys of those who may read, administer or send; `clickpath key new` makes them. Read at the start. Without it
    /// reports are open where the gateway listens on a loopback address, and closed elsewhere.
    #[arg(long, env = "CLICKPATH_KEYS_FILE")]
    pub keys_file: Option<PathBuf>,
    /// Reports need no key, whoever asks. For a gateway that only people who may read them can reach.
    #[arg(long, env = "CLICKPATH_PUBLIC_REPORTS")]
    pub public_reports: bool,
    /// Seconds a client may take to send a request's head, and a connection may stay idle.
    #[arg(long, env = "CLICKPATH_HEADER_TIMEOUT_SECONDS", default_value = "30", value_parser = seconds)]
    pub header_timeout: Duration,
    /// Seconds a client may take to send a request's body.
    #[arg(long, env = "CLICKPATH_BODY_TIMEOUT_SECONDS", default_value = "20", value_parser = seconds)]
    pub body_timeout: Duration,
    /// Seconds to finish accepted requests after the signal to stop.
    #[arg(long, env = "CLICKPATH_SHUTDOWN_GRACE_SECONDS", default_value = "20", value_parser = seconds)]
    pub shutdown_grace: Duration,
    /// Bytes per second that a body must bring on average after the first quarter of the body time-out; 0 sets no limit.
    #[arg(long, env = "CLICKPATH_BODY_MIN_BYTES_PER_SECOND", default_value = "500")]
    pub body_min_bytes_per_second: u32,
    /// Connections held at once; more wait in the kernel's queue.
    #[arg(long, env = "CLICKPATH_MAX_CONNECTIONS", default_value = "20000", value_parser = at_least_one)]
    pub max_connections: usize,
    /// Connections held at once by one address (IPv6: by one /64), trusted proxies apart; more are closed at once. 0 sets no limit.
    #[arg(long, env = "CLICKPATH_MAX_CONNECTIONS_PER_ADDRESS", default_value = "2000")]
    pub max_connections_per_address: usize,
    /// Requests to /events of one client address (IPv6: of one /64) whose body is still on its way; more are answered 429.
    /// 0 sets no limit.
    #[arg(long, env = "CLICKPATH_MAX_BODIES_PER_ADDRESS", default_value = "1024")]
    pub max_bodies_per_address: usize,
    /// Requests to /events and /entities worked on at once; more are answered 503.
    #[arg(long, env = "CLICKPATH_MAX_REQUESTS_IN_FLIGHT", default_value = "8192", value_parser = at_least_one)]
    pub max_requests_in_flight: usize,
    /// Requests to /events per second and client address (IPv6: and /64), two seconds' worth at once; 0 sets no limit.
    #[arg(long, env = "CLICKPATH_RATE_REQUESTS_PER_SECOND", default_value = "5000")]
    pub rate_requests_per_second: u32,
    /// Events per second and client address, two seconds' worth at once; 0 sets no limit.
    #[arg(long, env = "CLICKPATH_RATE_EVENTS_PER_SECOND", default_value = "200000")]
    pub rate_events_per_second: u32,
    /// Requests for pages, files of the dashboard and reports per second and client address, two seconds' worth at once; 0 sets
    /// no limit. Health, metrics and the tracker's files do not count.
    #[arg(long, env = "CLICKPATH_RATE_READS_PER_SECOND", default_value = "100")]
    pub rate_reads_per_second: u32,
    /// Requests per second and client address that save something (/create_resource/), two seconds' worth at once; 0 sets no limit. Reads
    /// have a limit of their own.
    #[arg(long, env = "CLICKPATH_RATE_WRITES_PER_SECOND", default_value = "5")]
    pub rate_writes_per_second: u32,
    /// Requests to /events per second and key of a site, from all addresses, two seconds' worth at once; 0 sets no limit.
    #[arg(long, env = "CLICKPATH_RATE_KEY_REQUESTS_PER_SECOND", default_value = "0")]
    pub rate_key_requests_per_second: u32,
    /// Events per second and key of a site, from all addresses, two seconds' worth at once; 0 sets no limit.
    #[arg(long, env = "CLICKPATH_RATE_KEY_EVENTS_PER_SECOND", default_value = "0")]
    pub rate_key_events_per_second: u32,
    /// Requests to /events per second and site, from all addresses, two seconds' worth at once; 0 sets no limit. The sites file
    /// may say otherwise for a site.
    #[arg(long, env = "CLICKPATH_RATE_SITE_REQUESTS_PER_SECOND", default_value = "0")]
    pub rate_site_requests_per_second: u32,
    /// Events per second and site, from all addresses, two seconds' worth at once; 0 sets no limit. The sites file may say
    /// otherwise for a site.
    #[arg(long, env = "CLICKPATH_RATE_SITE_EVENTS_PER_SECOND", default_value = "0")]
    pub rate_site_events_per_second: u32,
    /// Seconds a browser may keep the answer to a CORS preflight.
    #[arg(long, env = "CLICKPATH_CORS_MAX_AGE_SECONDS", default_value = "7200")]
    pub cors_max_age_seconds: u32,
    /// Key with which a back end or importer may set `user_agent` and `ip` of its events: `Authorization: Bearer <key>`.
    #[arg(long, env = "CLICKPATH_TRUSTED_KEY", hide_env_values = true)]
    pub trusted_key: Option<Secret>,
    /// Key with which an operator may send quarantined events again (POST /replay, `clickpath replay`) and do all else that a key of
    /// the scope admin may, at least 16 bytes.
    #[arg(long, env = "CLICKPATH_OPERATOR_KEY", hide_env_values = true)]
    pub operator_key: Option<Secret>,
    #[command(flatten)]
    pub commit: commit::Settings,
    #[command(flatten)]
    pub console: console::Settings,
    #[command(flatten)]
    pub entities: entities::Settings,
    #[command(flatten)]
    pub quarantine: quarantine::Settings,
    #[command(flatten)]
    pub inbox: inbox::Settings,
    #[command(flatten)]
    pub ledger: ledger::Settings,
}

impl Settings {
    /// The folder of the operator's [`Settings::tracker_path`], with the slash at its end.
    pub(crate) fn tracker_folder(&self) -> Option<&str> {
        let path = self.tracker_path.as_deref()?;
        let end = path.rfind('/')? + 1;
        path.get(..end)
    }

    /// Whether the operator gave this path to events; /events is not asked here.
    pub(crate) fn takes_events_at(&self, path: &str) -> bool {
        self.events_path.as_deref() == Some(path)
            || self
                .tracker_folder()
                .is_some_and(|folder| path.strip_prefix(folder) == Some("events"))
    }
}

/// A text that no log shows.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// For a sender in this process.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// In a time that does not tell how much of `guess` is right.
    pub(crate) fn is(&self, guess: &[u8]) -> bool {
        equal(self.0.as_bytes(), guess)
    }
}

/// In a time that does not tell how much of `guess` is right.
pub(crate) fn equal(secret: &[u8], guess: &[u8]) -> bool {
    let difference = secret
        .iter()
        .zip(guess)
        .fold(0, |found, (byte, guess)| found | (byte ^ guess));
    secret.len() == guess.len() && std::hint::black_box(difference) == 0
}

impl FromStr for Secret {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        const SHORTEST_BYTES: usize = 16;
        if text.len() < SHORTEST_BYTES {
            return Err("must have at least 16 bytes");
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret")
    }
}

pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = f64::from_str(text).map_err(|error| error.to_string())?;
    if seconds <= 0.0 {
        return Err("must be more than 0 seconds".to_owned());
    }
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

/// A path that no other route of the gateway has.
fn own_path(text: &str) -> Result<String, String> {
    /// Routes without anything below them; one file may lie beside those that have.
    const TAKEN: [&str; 26] = [
        "/",
        "/audit",
        "/clickpath.js",
        "/console/events",
        "/create_resource",
        "/dashboard",
        "/entities",
        "/events",
        "/expect",
        "/get_resource",
        "/health/live",
        "/health/ready",
        "/heatmap",
        "/journeys",
        "/ledger",
        "/live",
        "/live/stream",
        "/metrics",
        "/openapi.json",
        "/overlay/token",
        "/overview",
        "/replay",
        "/reports",
        "/shop",
        "/traffic",
        "/users",
    ];
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte);
    if !text.starts_with('/') || text.ends_with('/') || text.contains("//") || !text.bytes().all(plain) {
        return Err("must be a path such as /assets/x.js: letters, digits, - _ . and /".to_owned());
    }
    if TAKEN.contains(&text)
        || ["/reports/", "/get_resource/", "/entities/", "/overlay/"]
            .iter()
            .any(|start| text.starts_with(start))
    {
        return Err("is taken by the gateway itself".to_owned());
    }
    Ok(text.to_owned())
}

pub(crate) fn at_least_one(text: &str) -> Result<usize, String> {
    match usize::from_str(text) {
        Ok(0) => Err("must be at least 1".to_owned()),
        Ok(number) => Ok(number),
        Err(error) => Err(error.to_string()),
    }
}
