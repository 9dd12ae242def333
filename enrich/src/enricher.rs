use std::borrow::Cow;
use std::net::IpAddr;

use event::{
    Channel, Client, DeviceType, EnrichedEvent, Event, EventType, Location, Platform, Source, Timestamp, Utm, channel,
    limits,
};

use crate::agent::{Cache, Headers};
use crate::geoip::{GeoIp, OpenError};
use crate::{Settings, truncate};

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
    /// The client's address after [`crate::proxies::client_ip`].
    pub ip: Option<IpAddr>,
}

/// When and how the events came in.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'s> {
    pub source: Source,
    pub received_at: Timestamp,
    pub clock_skew_ms: Option<i64>,
    pub site_base_url: &'s str,
}

/// Holds the GeoIP file and the cache of parsed user agents; share it.
pub struct Enricher {
    geoip: Option<GeoIp>,
    agents: Cache,
    keep_full_ip: bool,
}

impl Enricher {
    /// Reads the GeoIP file; a named file that is missing or broken is an error, none named is a warning in the log.
    pub fn open(settings: &Settings) -> Result<Self, OpenError> {
        let geoip = settings.geoip_file.as_deref().map(GeoIp::open).transpose()?;
        if geoip.is_none() {
            tracing::warn!("no GeoIP file is set (CLICKPATH_GEOIP_FILE): country, region and city stay empty");
        }
        Ok(Self {
            geoip,
            agents: Cache::new(),
            keep_full_ip: settings.keep_full_ip,
        })
    }

    /// Adds what is known. `event.user_agent` and `event.ip`, when present, win over the request's, and move: in the result
    /// they stand in `client.user_agent` and, truncated, in `ip` only.
    pub fn enrich<'a>(
        &'a self,
        mut event: Event<'a>,
        request: &Request<'a>,
        arrival: Arrival<'_>,
    ) -> EnrichedEvent<'a> {
        let sender_is_visitor =
            matches!(arrival.source, Source::Tracker | Source::Http) && event.event_type != EventType::Server;
        let ip = event.ip.take().or(request.ip.filter(|_| sender_is_visitor));
        let own_agent = std::mem::take(&mut event.user_agent);
        let mut client = if !own_agent.is_empty() {
            self.own_client(own_agent)
        } else if sender_is_visitor {
            self.agents.client(&headers(request))
        } else {
            unknown_client()
        };
        if client.bot_reason.is_empty() && says_webdriver(&event.payload.rest) {
            client.bot_reason = Cow::Borrowed("automation");
        }
        let (channel, utm) = attribute(&event, arrival.site_base_url);
        let location = match (&self.geoip, ip) {
            (Some(geoip), Some(ip)) => geoip.locate(ip),
            _ => Location::default(),
        };
        EnrichedEvent {
            event,
            source: arrival.source,
            received_at: arrival.received_at,
            clock_skew_ms: arrival.clock_skew_ms,
            client,
            location,
            channel,
            utm,
            ip: ip.map(|ip| {
                if self.keep_full_ip {
                    ip.to_canonical()
                } else {
                    truncate(ip)
                }
            }),
        }
    }

    /// The request's client hints describe the request's sender, so they do not count beside an event's own user agent.
    fn own_client<'a>(&self, user_agent: Cow<'a, str>) -> Client<'a> {
        match user_agent {
            Cow::Borrowed(user_agent) => self.agents.client(&agent_only(user_agent)),
            Cow::Owned(user_agent) => detached(self.agents.client(&agent_only(&user_agent))),
        }
    }
}

/// Longest client hint that is read, bytes; real ones stay below 150.
const HINT_BYTES: usize = 256;

fn headers<'r>(request: &Request<'r>) -> Headers<'r> {
    let hint = |text: &'r str| if text.len() > HINT_BYTES { "" } else { text };
    Headers {
        user_agent: cut(request.user_agent),
        sec_ch_ua: hint(request.sec_ch_ua),
        sec_ch_ua_mobile: hint(request.sec_ch_ua_mobile),
        sec_ch_ua_platform: hint(request.sec_ch_ua_platform),
        sec_ch_ua_model: hint(request.sec_ch_ua_model),
        sec_ch_ua_platform_version: hint(request.sec_ch_ua_platform_version),
    }
}

fn agent_only(user_agent: &str) -> Headers<'_> {
    Headers {
        user_agent: cut(user_agent),
        ..Headers::default()
    }
}

/// A header's agent gets the limit that an event's own has.
fn cut(user_agent: &str) -> &str {
    &user_agent[..user_agent.floor_char_boundary(limits::USER_AGENT_BYTES)]
}

fn unknown_client() -> Client<'static> {
    Client {
        user_agent: Cow::Borrowed(""),
        browser: Cow::Borrowed(""),
        browser_version: Cow::Borrowed(""),
        os: Cow::Borrowed(""),
        os_version: Cow::Borrowed(""),
        device_type: DeviceType::Other,
        platform: Platform::Web,
        bot_reason: Cow::Borrowed(""),
    }
}

fn detached(client: Client<'_>) -> Client<'static> {
    let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
    Client {
        user_agent: own(client.user_agent),
        browser: own(client.browser),
        browser_version: own(client.browser_version),
        os: own(client.os),
        os_version: own(client.os_version),
        device_type: client.device_type,
        platform: client.platform,
        bot_reason: own(client.bot_reason),
    }
}

/// `"webdriver": true` among the payload's other fields: the tracker's word that a program drives the browser.
fn says_webdriver(rest: &str) -> bool {
    let value = rest
        .split_once(r#""webdriver""#)
        .map_or("", |(_, value)| value.trim_start());
    value
        .strip_prefix(':')
        .is_some_and(|value| value.trim_start().starts_with("true"))
}

fn attribute<'a>(event: &Event<'a>, site_base_url: &str) -> (Channel, Utm<'a>) {
    match &event.url {
        Cow::Borrowed(url) => channel::attribute(url, &event.referrer, site_base_url),
        Cow::Owned(url) => {
            let (channel, utm) = channel::attribute(url, &event.referrer, site_base_url);
            (channel, detached_utm(utm))
        }
    }
}

fn detached_utm(utm: Utm<'_>) -> Utm<'static> {
    let own = |text: Cow<'_, str>| match text {
        Cow::Borrowed("") => Cow::Borrowed(""),
        text => Cow::Owned(text.into_owned()),
    };
    Utm {
        source: own(utm.source),
        medium: own(utm.medium),
        campaign: own(utm.campaign),
        term: own(utm.term),
        content: own(utm.content),
    }
}
