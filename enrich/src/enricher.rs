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

/// What a request's headers and address say, looked up once for all of its events. Made by [`Enricher::sender`].
pub struct Sender<'r> {
    client: Client<'r>,
    ip: Option<IpAddr>,
    location: Location<'r>,
    /// The page that the event before this one came from; a request's events mostly come from one page.
    page: Option<Page<'r>>,
}

struct Page<'r> {
    url: &'r str,
    referrer: &'r str,
    site_base_url: &'r str,
    channel: Channel,
    utm: Utm<'r>,
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

    /// Looks up who sent the request.
    pub fn sender<'r>(&'r self, request: &Request<'r>) -> Sender<'r> {
        Sender {
            client: self.agents.client(&headers(request)),
            ip: request.ip,
            location: self.locate(request.ip),
            page: None,
        }
    }

    /// Adds what is known. `event.user_agent` and `event.ip`, when present, win over the request's, and move: in the result
    /// they stand in `client.user_agent` and, truncated, in `ip` only.
    pub fn enrich<'a>(
        &'a self,
        mut event: Event<'a>,
        sender: &mut Sender<'a>,
        arrival: Arrival<'a>,
    ) -> EnrichedEvent<'a> {
        let sender_is_visitor =
            matches!(arrival.source, Source::Tracker | Source::Http) && event.event_type != EventType::Server;
        let (ip, location) = match event.ip.take() {
            Some(ip) => (Some(ip), self.locate(Some(ip))),
            None if sender_is_visitor => (sender.ip, sender.location.clone()),
            None => (None, Location::default()),
        };
        let own_agent = std::mem::take(&mut event.user_agent);
        let mut client = if !own_agent.is_empty() {
            self.own_client(own_agent)
        } else if sender_is_visitor {
            sender.client.clone()
        } else {
            unknown_client()
        };
        if client.bot_reason.is_empty() && says_webdriver(&event.payload.rest) {
            client.bot_reason = Cow::Borrowed("automation");
        }
        let (channel, utm) = sender.attribute(&event, arrival.site_base_url);
        EnrichedEvent {
            event,
            source: arrival.source,
            received_at: arrival.received_at,
            clock_skew_ms: arrival.clock_skew_ms,
            client,
            location,
            channel,
            utm,
            ip: ip.map(|ip| self.kept(ip)),
        }
    }

    /// As much of an address as the settings let anything keep.
    pub fn kept(&self, ip: IpAddr) -> IpAddr {
        match self.keep_full_ip {
            true => ip.to_canonical(),
            false => truncate(ip),
        }
    }

    fn locate(&self, ip: Option<IpAddr>) -> Location<'_> {
        match (&self.geoip, ip) {
            (Some(geoip), Some(ip)) => geoip.locate(ip),
            _ => Location::default(),
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
    const NAME: &[u8] = br#""webdriver""#;
    // The standard search prepares itself for longer texts than these.
    let name = rest.as_bytes().windows(NAME.len()).position(|bytes| bytes == NAME);
    let value = name.map_or("", |at| rest[at + NAME.len()..].trim_start());
    value
        .strip_prefix(':')
        .is_some_and(|value| value.trim_start().starts_with("true"))
}

impl<'r> Sender<'r> {
    fn attribute(&mut self, event: &Event<'r>, site_base_url: &'r str) -> (Channel, Utm<'r>) {
        let (Cow::Borrowed(url), Cow::Borrowed(referrer)) = (&event.url, &event.referrer) else {
            let (channel, utm) = channel::attribute(&event.url, &event.referrer, site_base_url);
            return (channel, detached_utm(utm));
        };
        if let Some(page) = &self.page
            && (page.url, page.referrer, page.site_base_url) == (url, referrer, site_base_url)
        {
            return (page.channel, page.utm.clone());
        }
        let (channel, utm) = channel::attribute(url, referrer, site_base_url);
        self.page = Some(Page {
            url,
            referrer,
            site_base_url,
            channel,
            utm: utm.clone(),
        });
        (channel, utm)
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
