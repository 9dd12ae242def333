//! User agent and client hints to browser, system, device, platform, and the reason why it is a bot.
//!
//! Client hints come first, then woothee, then the rules here for what woothee does not know: tablets, televisions, browsers
//! since about 2019, in-app browsers, native apps. What nobody can tell from these headers:
//!
//! - Safari on an iPad asks for desktop pages and then calls itself a Macintosh: it counts as a desktop.
//! - Windows 11 calls itself Windows 10 in the user agent; only `Sec-CH-UA-Platform-Version` tells them apart.
//! - Browsers freeze the version of the system: `Android 10; K`, `Mac OS X 10_15_7` and `Mac OS X 10.15` say nothing and give an
//!   empty version.
//! - Brave differs from Chrome in its client hints only.

mod bots;
mod browsers;
mod cache;
mod devices;
mod hints;
mod systems;

use std::borrow::Cow;

use event::{DeviceType, Platform};

use bots::Bot;
pub(crate) use cache::Cache;
use hints::Hints;

/// The headers that describe a client, as sent; empty when absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Headers<'h> {
    pub user_agent: &'h str,
    pub sec_ch_ua: &'h str,
    pub sec_ch_ua_mobile: &'h str,
    pub sec_ch_ua_platform: &'h str,
    pub sec_ch_ua_model: &'h str,
    pub sec_ch_ua_platform_version: &'h str,
}

/// What [`Headers`] say. An empty text is "unknown".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detected<'h> {
    pub browser: &'static str,
    pub browser_version: Cow<'h, str>,
    pub os: &'static str,
    pub os_version: Cow<'h, str>,
    pub device_type: DeviceType,
    pub platform: Platform,
    /// `empty_user_agent`, `headless`, `automation`, `http_library:<name>`, or
    /// `user_agent:<kind>:<name>` with kind `crawler`, `ai_crawler`, `preview`, `monitor` or `feed`.
    pub bot_reason: Cow<'static, str>,
}

/// Works it out anew, in some ten microseconds; [`crate::Enricher`] remembers the answers.
pub fn detect<'h>(headers: &Headers<'h>) -> Detected<'h> {
    let bot = bots::find(headers);
    match &bot {
        Some(Bot::Named { .. } | Bot::Library(_)) => program(bot, DeviceType::Bot),
        Some(Bot::Empty) => program(bot, DeviceType::Other),
        Some(Bot::Headless | Bot::Automation) | None => browser(headers, bot),
    }
}

/// What a program says about browser and system is not about a visitor's.
fn program<'h>(bot: Option<Bot<'_>>, device_type: DeviceType) -> Detected<'h> {
    Detected {
        browser: "",
        browser_version: Cow::Borrowed(""),
        os: "",
        os_version: Cow::Borrowed(""),
        device_type,
        platform: Platform::Web,
        bot_reason: bots::reason(bot),
    }
}

fn browser<'h>(headers: &Headers<'h>, bot: Option<Bot<'_>>) -> Detected<'h> {
    let agent = headers.user_agent;
    let hints = Hints::read(headers);
    let woothee = woothee::parser::Parser::new().parse(agent);
    let (os, os_version) = systems::find(agent, &hints, woothee.as_ref());
    let native = systems::native_app(agent, os);
    let (browser, browser_version) = match native {
        Some(_) => ("", ""),
        None => browsers::find(agent, &hints, woothee.as_ref()),
    };
    Detected {
        browser,
        browser_version: Cow::Borrowed(browser_version),
        os,
        os_version,
        device_type: devices::find(agent, &hints, os, woothee.as_ref()),
        platform: native.unwrap_or(Platform::Web),
        bot_reason: bots::reason(bot),
    }
}

/// The run of digits and dots after the first `token` of `agent`, or an empty text.
fn version_after<'h>(agent: &'h str, token: &str) -> &'h str {
    let Some((_, rest)) = agent.split_once(token) else {
        return "";
    };
    let end = rest
        .find(|letter: char| !letter.is_ascii_digit() && letter != '.')
        .unwrap_or(rest.len());
    rest[..end].trim_end_matches('.')
}

fn contains_any(agent: &str, tokens: &[&str]) -> bool {
    tokens.iter().any(|token| agent.contains(token))
}
