//! What the server knows about an event's sender: client, place, channel, truncated address.

use std::net::IpAddr;

use event::{EnrichedEvent, Event, Source, Timestamp};

#[derive(Debug, Clone, clap::Args)]
pub struct Settings {
    /// GeoIP file in MaxMind's format. Without it places stay empty.
    #[arg(long, env = "CLICKPATH_GEOIP_FILE")]
    pub geoip_file: Option<std::path::PathBuf>,
    /// Store whole client addresses instead of their /24 (IPv4) or /48 (IPv6).
    #[arg(long, env = "CLICKPATH_KEEP_FULL_IP")]
    pub keep_full_ip: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum OpenError {}

/// What one request says about its sender, besides the events themselves.
#[derive(Debug, Clone, Default)]
pub struct Request<'r> {
    /// `User-Agent` header.
    pub user_agent: &'r str,
    /// Client hints, as sent; empty when absent.
    pub sec_ch_ua: &'r str,
    pub sec_ch_ua_mobile: &'r str,
    pub sec_ch_ua_platform: &'r str,
    /// `Sec-CH-UA-Model` and `-Platform-Version` come only over TLS and on request.
    pub sec_ch_ua_model: &'r str,
    pub sec_ch_ua_platform_version: &'r str,
    /// The client's address after `proxies::client_ip`.
    pub ip: Option<IpAddr>,
}

/// Holds the GeoIP file and the cache of parsed user agents; share it.
pub struct Enricher {}

impl Enricher {
    /// Reads the GeoIP file; a named file that is missing or broken is an error.
    pub fn open(settings: &Settings) -> Result<Self, OpenError> {
        let _ = settings;
        Ok(Self {})
    }

    /// Adds what is known. `event.user_agent` and `event.ip`, when present, win over the request's.
    /// `site_base_url` tells inner referrers from outer ones.
    pub fn enrich<'a>(&'a self, event: Event<'a>, request: &Request<'a>, arrival: Arrival<'_>) -> EnrichedEvent<'a> {
        let client = event::Client {
            user_agent: request.user_agent.into(),
            browser: "".into(),
            browser_version: "".into(),
            os: "".into(),
            os_version: "".into(),
            device_type: event::DeviceType::Other,
            platform: event::Platform::Web,
            bot_reason: "".into(),
        };
        EnrichedEvent {
            event,
            source: arrival.source,
            received_at: arrival.received_at,
            clock_skew_ms: arrival.clock_skew_ms,
            client,
            location: event::Location::default(),
            channel: event::Channel::Direct,
            utm: event::Utm::default(),
            ip: request.ip,
        }
    }
}

/// When and how the events came in.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'s> {
    pub source: Source,
    pub received_at: Timestamp,
    pub clock_skew_ms: Option<i64>,
    pub site_base_url: &'s str,
}
