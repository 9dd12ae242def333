//! The traffic channel of a visit, from the page's campaign parameters and its referrer.
//!
//! The rules are GA4's default channel groups for manual traffic
//! (<https://support.google.com/analytics/answer/9756891>), applied to one page view, with these additions:
//!
//! - Without campaign parameters, an ad system's click id stands for its source and medium ([`query`]); `fbclid` and `igsh`
//!   name the source only, because links of people carry them as well as ads.
//! - Without either, the referrer's host is the source. Webmail counts as email. A page of the same site is [`Channel::Internal`].
//! - What GA4 leaves "Unassigned" (a campaign whose source and medium fit no rule) is [`Channel::Referral`].

mod query;
mod sources;

use crate::{Channel, ChannelGroup, Utm};
use query::{ClickId, Text};
use sources::Kind;

/// The channel and the campaign parameters of one page view.
///
/// `url` is absolute. A `referrer` on the host of `url` or of `site_base_url`, or on a subdomain of it, is the site itself.
pub fn attribute<'u>(url: &'u str, referrer: &str, site_base_url: &str) -> (Channel, Utm<'u>) {
    let query::Campaign { utm, click_id } = query::read(url);
    let channel = if utm.source.is_empty() && utm.medium.is_empty() && utm.campaign.is_empty() {
        match click_id {
            Some(click_id) => of_click_id(click_id, referrer),
            None => of_referrer(url, referrer, site_base_url),
        }
    } else {
        of_campaign(&utm, click_id, referrer)
    };
    (channel, utm)
}

fn of_campaign(utm: &Utm<'_>, click_id: Option<ClickId>, referrer: &str) -> Channel {
    let medium = match click_id {
        Some(click_id) if utm.medium.is_empty() => Text::lower(click_id.medium),
        _ => Text::lower(&utm.medium),
    };
    let source = match click_id {
        Some(click_id) if utm.source.is_empty() => Text::lower(click_id.source),
        None if utm.source.is_empty() => Text::lower(query::host(referrer)),
        _ => Text::lower(&utm.source),
    };
    let campaign = Text::lower(&utm.campaign);
    by_rules(source.as_str(), medium.as_str(), campaign.as_str())
}

fn of_click_id(click_id: ClickId, referrer: &str) -> Channel {
    if click_id.medium.is_empty() && !referrer.is_empty() {
        let host = Text::lower(query::host(referrer));
        if let Some(kind) = sources::kind(host.as_str()) {
            return organic(kind);
        }
    }
    by_rules(click_id.source, click_id.medium, "")
}

fn of_referrer(url: &str, referrer: &str, site_base_url: &str) -> Channel {
    let host = Text::lower(query::host(referrer));
    if host.as_str().is_empty() {
        return Channel::Direct;
    }
    let ours = |page: &str| {
        let page = Text::lower(query::host(page));
        is_same_site(host.as_str(), page.as_str())
    };
    if ours(url) || ours(site_base_url) {
        return Channel::Internal;
    }
    sources::kind(host.as_str()).map_or(Channel::Referral, organic)
}

fn is_same_site(referrer: &str, page: &str) -> bool {
    let page = page.strip_prefix("www.").unwrap_or(page);
    !page.is_empty()
        && referrer
            .strip_suffix(page)
            .is_some_and(|subdomain| subdomain.is_empty() || subdomain.ends_with('.'))
}

fn organic(kind: Kind) -> Channel {
    match kind {
        Kind::Search => Channel::OrganicSearch,
        Kind::Social => Channel::OrganicSocial,
        Kind::Video => Channel::OrganicVideo,
        Kind::Shopping => Channel::OrganicShopping,
        Kind::Email => Channel::Email,
    }
}

/// GA4's table, in its order: the first rule that fits wins. All texts are lower case.
fn by_rules(source: &str, medium: &str, campaign: &str) -> Channel {
    let kind = sources::kind(source);
    let shopping = kind == Some(Kind::Shopping) || names_a_shop(campaign);
    if source == "(direct)" && matches!(medium, "(not set)" | "(none)" | "") {
        return Channel::Direct;
    }
    if campaign.contains("cross-network") {
        return Channel::CrossNetwork;
    }
    if medium.contains("cp") || medium == "ppc" || medium == "retargeting" || medium.starts_with("paid") {
        return match kind {
            _ if shopping => Channel::PaidShopping,
            Some(Kind::Search) => Channel::PaidSearch,
            Some(Kind::Social) => Channel::PaidSocial,
            Some(Kind::Video) => Channel::PaidVideo,
            _ if medium == "cpm" => Channel::Display,
            _ => Channel::PaidOther,
        };
    }
    let is_email = |text| matches!(text, "email" | "e-mail" | "e_mail" | "e mail");
    match medium {
        "display" | "banner" | "expandable" | "interstitial" => Channel::Display,
        _ if shopping => Channel::OrganicShopping,
        _ if kind == Some(Kind::Social) => Channel::OrganicSocial,
        "social" | "social-network" | "social-media" | "sm" | "social network" | "social media" => {
            Channel::OrganicSocial
        }
        _ if kind == Some(Kind::Video) || medium.contains("video") => Channel::OrganicVideo,
        _ if kind == Some(Kind::Search) || medium == "organic" => Channel::OrganicSearch,
        "referral" | "app" | "link" => Channel::Referral,
        _ if kind == Some(Kind::Email) || is_email(source) || is_email(medium) => Channel::Email,
        "affiliate" => Channel::Affiliates,
        "audio" => Channel::Audio,
        _ if source == "sms" || medium == "sms" => Channel::Sms,
        _ if is_push(source, medium) => Channel::MobilePush,
        _ => Channel::Referral,
    }
}

/// GA4's `^(.*(([^a-df-z]|^)shop|shopping).*)$`: `shop` as a word or in `e-shop` and `eshop`, not in `bishop`.
fn names_a_shop(campaign: &str) -> bool {
    campaign.contains("shopping")
        || campaign.match_indices("shop").any(|(at, _)| {
            let before = campaign[..at].chars().next_back();
            before.is_none_or(|letter| letter == 'e' || !letter.is_ascii_lowercase())
        })
}

fn is_push(source: &str, medium: &str) -> bool {
    medium.ends_with("push") || medium.contains("mobile") || medium.contains("notification") || source == "firebase"
}

impl Channel {
    /// The name as stored and shown, snake case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::CrossNetwork => "cross_network",
            Self::PaidShopping => "paid_shopping",
            Self::PaidSearch => "paid_search",
            Self::PaidSocial => "paid_social",
            Self::PaidVideo => "paid_video",
            Self::Display => "display",
            Self::PaidOther => "paid_other",
            Self::OrganicShopping => "organic_shopping",
            Self::OrganicSocial => "organic_social",
            Self::OrganicVideo => "organic_video",
            Self::OrganicSearch => "organic_search",
            Self::Referral => "referral",
            Self::Email => "email",
            Self::Affiliates => "affiliates",
            Self::Audio => "audio",
            Self::Sms => "sms",
            Self::MobilePush => "mobile_push",
            Self::Internal => "internal",
        }
    }

    /// Ads are what was paid for, email what the shop sends by itself (messages and pushes too).
    pub fn group(self) -> ChannelGroup {
        match self {
            Self::Direct | Self::Internal => ChannelGroup::Direct,
            Self::CrossNetwork
            | Self::PaidShopping
            | Self::PaidSearch
            | Self::PaidSocial
            | Self::PaidVideo
            | Self::Display
            | Self::PaidOther
            | Self::Audio => ChannelGroup::Ads,
            Self::OrganicShopping | Self::OrganicSocial | Self::OrganicVideo | Self::OrganicSearch => {
                ChannelGroup::Organic
            }
            Self::Referral | Self::Affiliates => ChannelGroup::Referral,
            Self::Email | Self::Sms | Self::MobilePush => ChannelGroup::Email,
        }
    }
}

impl ChannelGroup {
    /// The name as stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Organic => "organic",
            Self::Ads => "ads",
            Self::Email => "email",
            Self::Referral => "referral",
            Self::Direct => "direct",
        }
    }
}

#[cfg(test)]
mod tests;
