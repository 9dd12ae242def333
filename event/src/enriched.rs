use std::borrow::Cow;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::{Event, Timestamp};

/// An event with what the server knows about it: what travels through the queue and becomes one row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EnrichedEvent<'a> {
    #[serde(borrow)]
    pub event: Event<'a>,
    pub source: Source,
    /// When the gateway took it in, by the server's clock.
    pub received_at: Timestamp,
    /// Server's clock minus client's at sending, milliseconds; absent when the client did not say when it sent.
    pub clock_skew_ms: Option<i64>,
    #[serde(borrow)]
    pub client: Client<'a>,
    #[serde(borrow)]
    pub location: Location<'a>,
    pub channel: Channel,
    #[serde(borrow)]
    pub utm: Utm<'a>,
    /// The client's address, truncated unless the operator chose otherwise.
    pub ip: Option<IpAddr>,
}

/// Which door the event came through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Source {
    Tracker,
    Http,
    Amqp,
    Csv,
    Generator,
}

impl Source {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tracker => "tracker",
            Self::Http => "http",
            Self::Amqp => "amqp",
            Self::Csv => "csv",
            Self::Generator => "generator",
        }
    }
}

/// What the user agent and its client hints say. An empty text is "unknown".
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Client<'a> {
    #[serde(borrow)]
    pub user_agent: Cow<'a, str>,
    #[serde(borrow)]
    pub browser: Cow<'a, str>,
    #[serde(borrow)]
    pub browser_version: Cow<'a, str>,
    #[serde(borrow)]
    pub os: Cow<'a, str>,
    #[serde(borrow)]
    pub os_version: Cow<'a, str>,
    pub device_type: DeviceType,
    pub platform: Platform,
    /// Why the client counts as a bot; empty for people. Bots are flagged, never dropped.
    #[serde(borrow)]
    pub bot_reason: Cow<'a, str>,
}

impl Client<'_> {
    pub fn is_bot(&self) -> bool {
        !self.bot_reason.is_empty()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DeviceType {
    Desktop,
    Mobile,
    Tablet,
    Tv,
    Bot,
    Other,
}

impl DeviceType {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Desktop => "desktop",
            Self::Mobile => "mobile",
            Self::Tablet => "tablet",
            Self::Tv => "tv",
            Self::Bot => "bot",
            Self::Other => "other",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Platform {
    Web,
    Ios,
    Android,
}

impl Platform {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Ios => "ios",
            Self::Android => "android",
        }
    }
}

/// From the GeoIP file; empty texts where it does not know, or where there is no file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Location<'a> {
    /// ISO 3166-1 alpha-2.
    #[serde(borrow)]
    pub country: Cow<'a, str>,
    /// ISO 3166-2 without the country, for example `BY` for Bavaria.
    #[serde(borrow)]
    pub region: Cow<'a, str>,
    #[serde(borrow)]
    pub city: Cow<'a, str>,
}

/// Campaign parameters of the page's URL, as given.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Utm<'a> {
    #[serde(borrow)]
    pub source: Cow<'a, str>,
    #[serde(borrow)]
    pub medium: Cow<'a, str>,
    #[serde(borrow)]
    pub campaign: Cow<'a, str>,
    #[serde(borrow)]
    pub term: Cow<'a, str>,
    #[serde(borrow)]
    pub content: Cow<'a, str>,
}

/// GA4's default channel groups (<https://support.google.com/analytics/answer/9756891>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Channel {
    Direct,
    CrossNetwork,
    PaidShopping,
    PaidSearch,
    PaidSocial,
    PaidVideo,
    Display,
    PaidOther,
    OrganicShopping,
    OrganicSocial,
    OrganicVideo,
    OrganicSearch,
    Referral,
    Email,
    Affiliates,
    Audio,
    Sms,
    MobilePush,
    /// The referrer is a page of the same site: the visit goes on.
    Internal,
}

/// Five coarse groups of [`Channel`], of which `organic`, `ads` and `email` are seed 000's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChannelGroup {
    Organic,
    Ads,
    Email,
    Referral,
    Direct,
}
