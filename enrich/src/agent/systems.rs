//! Which operating system, and whether the client is a native app.

use std::borrow::Cow;

use event::Platform;
use woothee::parser::WootheeResult;

use super::hints::Hints;
use super::{contains_any, version_after};

/// Name and version; empty texts for what nobody knows.
pub(super) fn find<'h>(
    agent: &'h str,
    hints: &Hints<'h>,
    woothee: Option<&WootheeResult<'h>>,
) -> (&'static str, Cow<'h, str>) {
    by_token(agent)
        .map(|(name, version)| (name, Cow::Borrowed(version)))
        .or_else(|| by_hints(agent, hints, woothee))
        .or_else(|| by_woothee(agent, woothee?))
        .unwrap_or(("", Cow::Borrowed("")))
}

/// Systems that woothee does not know, and that call themselves Linux, Android or Mac OS X as well.
fn by_token(agent: &str) -> Option<(&'static str, &str)> {
    const TOKENS: &[(&str, &str, &str)] = &[
        ("Windows Phone", "Windows Phone", "Windows Phone "),
        ("Xbox", "Xbox", ""),
        ("PlayStation", "PlayStation", ""),
        ("PLAYSTATION", "PlayStation", ""),
        ("Nintendo", "Nintendo", ""),
        ("HarmonyOS", "HarmonyOS", "HarmonyOS "),
        ("OpenHarmony", "HarmonyOS", "OpenHarmony "),
        ("Tizen", "Tizen", "Tizen "),
        ("Web0S", "webOS", ""),
        ("webOS", "webOS", "webOS/"),
        ("NetCast", "NetCast", "NetCast."),
        ("KAIOS/", "KaiOS", "KAIOS/"),
        ("Roku", "Roku OS", "Roku/DVP-"),
        ("AppleTV", "tvOS", "AppleTV/tvOS/"),
        ("tvOS", "tvOS", "tvOS "),
        ("VIDAA", "VIDAA", "VIDAA/"),
        ("okhttp/", "Android", ""),
    ];
    let (_, name, version) = TOKENS.iter().find(|(token, _, _)| agent.contains(token))?;
    let version = if version.is_empty() {
        ""
    } else {
        version_after(agent, version)
    };
    Some((name, version))
}

fn by_hints<'h>(
    agent: &'h str,
    hints: &Hints<'h>,
    woothee: Option<&WootheeResult<'h>>,
) -> Option<(&'static str, Cow<'h, str>)> {
    let version = trim_zeros(hints.platform_version);
    let (name, version) = match hints.platform {
        "Windows" => ("Windows", windows_release(hints.platform_version)),
        "macOS" => ("macOS", version),
        "Android" => ("Android", version),
        "Chrome OS" | "Chromium OS" | "ChromeOS" => ("ChromeOS", version),
        "iOS" => ("iOS", version),
        "Linux" => ("Linux", ""),
        _ => return None,
    };
    let fallback = || by_woothee(agent, woothee?).filter(|(os, _)| *os == name);
    match version {
        "" => Some(fallback().unwrap_or((name, Cow::Borrowed("")))),
        known => Some((name, Cow::Borrowed(known))),
    }
}

/// `Sec-CH-UA-Platform-Version` counts Windows API contracts
/// (<https://learn.microsoft.com/microsoft-edge/web-platform/how-to-detect-win11>).
fn windows_release(platform_version: &str) -> &'static str {
    let mut numbers = platform_version.split('.').map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(13..)), _) => "11",
        (Some(Ok(1..)), _) => "10",
        (Some(Ok(0)), Some(Ok(3))) => "8.1",
        (Some(Ok(0)), Some(Ok(2))) => "8",
        (Some(Ok(0)), Some(Ok(1))) => "7",
        _ => "",
    }
}

/// `14.5.0` to `14.5`, `14.0.0` to `14`.
fn trim_zeros(version: &str) -> &str {
    let mut version = version;
    while let Some(shorter) = version.strip_suffix(".0") {
        version = shorter;
    }
    version
}

fn by_woothee<'h>(agent: &'h str, woothee: &WootheeResult<'h>) -> Option<(&'static str, Cow<'h, str>)> {
    let version = match woothee.os_version.as_ref() {
        woothee::woothee::VALUE_UNKNOWN => Cow::Borrowed(""),
        _ => woothee.os_version.clone(),
    };
    if let Some(release) = woothee.os.strip_prefix("Windows ") {
        return Some(windows_by_name(release));
    }
    Some(match woothee.os {
        "Mac OSX" if matches!(version.as_ref(), "10.15.7" | "10.15") => ("macOS", Cow::Borrowed("")),
        "Mac OSX" => ("macOS", version),
        "Mac OS Classic" => ("Mac OS Classic", Cow::Borrowed("")),
        "iOS" if contains_any(agent, &["Darwin"]) && is_mac_app(agent) => ("macOS", Cow::Borrowed("")),
        "iPhone" | "iPad" | "iPod" | "iOS" => ("iOS", ios_version(agent, version)),
        "Android" if agent.contains("Android 10; K)") => ("Android", Cow::Borrowed("")),
        "Android" => ("Android", version),
        "ChromeOS" => ("ChromeOS", Cow::Borrowed(chrome_os_version(agent))),
        "Linux" => ("Linux", Cow::Borrowed("")),
        "BSD" => ("BSD", version),
        "BlackBerry" | "BlackBerry 10" => ("BlackBerry", version),
        "Firefox OS" => ("Firefox OS", version),
        "SymbianOS" => ("Symbian", Cow::Borrowed("")),
        _ => return None,
    })
}

fn windows_by_name(release: &str) -> (&'static str, Cow<'static, str>) {
    let version = match release {
        "10" => "10",
        "8.1" => "8.1",
        "8" => "8",
        "7" => "7",
        "Vista" => "Vista",
        "XP" => "XP",
        "2000" => "2000",
        "Phone OS" => return ("Windows Phone", Cow::Borrowed("")),
        "CE" => return ("Windows CE", Cow::Borrowed("")),
        _ => "",
    };
    ("Windows", Cow::Borrowed(version))
}

/// Apps write `iOS 17.5`. From version 26 on Safari freezes the system's version at 18 and tells it by its own, which is the same number on iOS.
fn ios_version<'h>(agent: &'h str, version: Cow<'h, str>) -> Cow<'h, str> {
    let safari = version_after(agent, "Version/");
    let major = |version: &str| version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    match (major(safari), major(&version)) {
        (Some(26..), Some(..26)) => Cow::Borrowed(safari),
        (_, None) => Cow::Borrowed(version_after(agent, "iOS ")),
        _ => version,
    }
}

/// `CrOS x86_64 14541.0.0`.
fn chrome_os_version(agent: &str) -> &str {
    let inside = agent.split_once("CrOS ").map_or("", |(_, rest)| rest);
    let inside = inside.split(')').next().unwrap_or("");
    inside.rsplit(' ').next().unwrap_or("")
}

/// A Mac's CFNetwork names the processor after Darwin's version, iOS's does not.
fn is_mac_app(agent: &str) -> bool {
    contains_any(agent, &["(x86_64)", "(arm64)", "Macintosh", "macOS", "Mac OS X"])
}

/// The platform of an app's own agent, or `None` for what shows web pages (in-app browsers too).
///
/// Browsers, and whatever shows pages, call themselves `Mozilla/…` or `Opera/…`. An app says `Shop/2.3 (iPhone; iOS 17.5)`, or leaves its
/// HTTP library's name: `okhttp` and `Dalvik` are Android's, `CFNetwork` is iOS's. `Dart` (Flutter) names no system; it counts as Android, so
/// an app on iOS should send its own agent.
pub(super) fn native_app(agent: &str, os: &str) -> Option<Platform> {
    if agent.starts_with("Mozilla/") || agent.starts_with("Opera/") {
        return None;
    }
    match os {
        "iOS" => Some(Platform::Ios),
        "Android" => Some(Platform::Android),
        _ if contains_any(agent, &["iOS ", "iPhone", "iPad"]) => Some(Platform::Ios),
        _ if agent.contains("Android") || agent.starts_with("Dart/") => Some(Platform::Android),
        _ => None,
    }
}
