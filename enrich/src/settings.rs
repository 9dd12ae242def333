use std::path::PathBuf;

use crate::proxies::TrustedProxies;

#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Settings {
    /// GeoIP file in MaxMind's format (.mmdb), of countries or cities. Without it places stay empty.
    #[arg(long, env = "CLICKPATH_GEOIP_FILE")]
    pub geoip_file: Option<PathBuf>,
    /// Store whole client addresses instead of their /24 (IPv4) or /48 (IPv6).
    #[arg(long, env = "CLICKPATH_KEEP_FULL_IP")]
    pub keep_full_ip: bool,
    /// Proxies whose `Forwarded` and `X-Forwarded-For` are believed: addresses and CIDR blocks, separated by commas; empty for none.
    #[arg(long, env = "CLICKPATH_TRUSTED_PROXIES", default_value_t)]
    pub trusted_proxies: TrustedProxies,
}
