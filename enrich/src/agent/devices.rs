//! Which kind of device.

use event::DeviceType;
use woothee::parser::WootheeResult;

use super::contains_any;
use super::hints::Hints;

pub(super) fn find(agent: &str, hints: &Hints<'_>, os: &str, woothee: Option<&WootheeResult<'_>>) -> DeviceType {
    if matches!(os, "PlayStation" | "Xbox" | "Nintendo") {
        return DeviceType::Other;
    }
    if is_tv(agent, os) {
        return DeviceType::Tv;
    }
    if is_tablet(agent) || is_tablet_model(hints.model) {
        return DeviceType::Tablet;
    }
    match (hints.mobile, os) {
        (Some(true), _) => return DeviceType::Mobile,
        (Some(false), "Android") => return DeviceType::Tablet,
        (Some(false), "Windows" | "macOS" | "Linux" | "ChromeOS") => return DeviceType::Desktop,
        _ => {}
    }
    let category = woothee.map_or("", |woothee| woothee.category);
    match os {
        "Android" if is_android_tablet(agent) => DeviceType::Tablet,
        "Android" | "iOS" | "KaiOS" | "Windows Phone" | "BlackBerry" | "Symbian" | "Firefox OS" => DeviceType::Mobile,
        "HarmonyOS" | "Tizen" if contains_any(agent, &["Mobile", "Phone"]) => DeviceType::Mobile,
        "Windows" | "macOS" | "Linux" | "ChromeOS" | "BSD" | "Mac OS Classic" => DeviceType::Desktop,
        _ if agent.starts_with("Dart/") => DeviceType::Mobile,
        _ if contains_any(agent, &["Opera Mini/", "iPhone", "iOS ", "UCWEB"]) => DeviceType::Mobile,
        _ => match category {
            "pc" => DeviceType::Desktop,
            "smartphone" | "mobilephone" => DeviceType::Mobile,
            _ => DeviceType::Other,
        },
    }
}

fn is_tv(agent: &str, os: &str) -> bool {
    matches!(os, "tvOS" | "Roku OS" | "webOS" | "NetCast" | "VIDAA")
        || has_digits_or_capital_after(agent, "AFT", |letter| letter.is_ascii_uppercase())
        || contains_any(
            agent,
            &[
                "SmartTV",
                "SMART-TV",
                "Smart-TV",
                "Smart TV",
                "SmartHub",
                "GoogleTV",
                "Google TV",
                "Android TV",
                "BRAVIA",
                "CrKey",
                "HbbTV",
                "Viera",
                "AQUOS",
                "MiTV",
                "MIBOX",
                "Chromecast",
                "InettvBrowser",
                "TV Safari",
                "OPTV",
                "DTV",
                "SHIELD Android",
                "NETTV",
                " TV)",
                " TV ",
                "TV;",
            ],
        )
}

/// What names itself a tablet, though it may say `Mobile` too.
fn is_tablet(agent: &str) -> bool {
    contains_any(agent, &["iPad", "Kindle", "PlayBook", "Tablet;", "; Tablet", "Silk/"])
        || (agent.contains("Android") && is_tablet_model(agent))
        || (contains_any(agent, &["OpenHarmony", "HarmonyOS"]) && agent.contains("Tablet"))
}

/// Model names of tablets, in a user agent or in `Sec-CH-UA-Model`.
fn is_tablet_model(text: &str) -> bool {
    let digit = |letter: char| letter.is_ascii_digit();
    let capital = |letter: char| letter.is_ascii_uppercase();
    contains_any(
        text,
        &[
            "Xiaomi Pad",
            "Mi Pad",
            "MI PAD",
            "Redmi Pad",
            "POCO Pad",
            "MediaPad",
            "MatePad",
            "HUAWEI AGS",
            "BAH3",
            "BAH4",
            "Lenovo TB",
            "Lenovo Tab",
            "Lenovo YT",
            "Nexus 7",
            "Nexus 9",
            "Nexus 10",
            "Pixel C",
            "Pixel Tablet",
            "Xoom",
            "Transformer",
            "realme Pad",
            "OnePlus Pad",
            "HONOR Pad",
            "Galaxy Tab",
            "Tablet",
        ],
    ) || ["SM-T", "SM-X", "SM-P", "GT-P", "OPD", "AGS"]
        .iter()
        .any(|family| has_digits_or_capital_after(text, family, digit))
        || has_digits_or_capital_after(text, "; KF", capital)
}

fn has_digits_or_capital_after(text: &str, family: &str, fits: impl Fn(char) -> bool) -> bool {
    text.match_indices(family)
        .any(|(at, _)| text[at + family.len()..].starts_with(&fits))
}

/// Google asks makers to leave `Mobile` out on tablets. Only browsers follow it: `Dalvik` and `okhttp` never say it.
fn is_android_tablet(agent: &str) -> bool {
    agent.starts_with("Mozilla/") && !agent.contains("Mobile") && !agent.contains("Opera Mini/")
}
