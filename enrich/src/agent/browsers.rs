//! Which browser, in-app browsers included.

use woothee::parser::WootheeResult;

use super::hints::Hints;
use super::version_after;

/// Name and version; empty texts for what nobody knows.
///
/// A brand of its own in the client hints comes first (`Brave`), then a token of the user agent (an app's name says more than
/// the `Android WebView` of its hints), then the engine's brand, then woothee.
pub(super) fn find<'h>(
    agent: &'h str,
    hints: &Hints<'h>,
    woothee: Option<&WootheeResult<'h>>,
) -> (&'static str, &'h str) {
    let by_token = by_token(agent);
    let branded = |engine: bool| {
        let known = |(brand, version)| Some((brand_name(brand, engine)?, version));
        hints.brands().find_map(known)
    };
    let (name, version) = match (branded(false), by_token) {
        (Some(brand), Some(token)) if brand.0 == token.0 => token,
        (Some(brand), _) => brand,
        (None, Some(token)) => token,
        (None, None) => match (branded(true), by_woothee(agent, woothee)) {
            (Some(brand), Some(parsed)) if brand.0 != parsed.0 => brand,
            (_, Some(parsed)) => parsed,
            (Some(brand), None) => brand,
            (None, None) => ("", ""),
        },
    };
    (name, version)
}

fn by_token(agent: &str) -> Option<(&'static str, &str)> {
    let (token, name) = TOKENS.iter().find(|(token, _)| agent.contains(token))?;
    Some((name, version_after(agent, token)))
}

/// `engine` asks for the brands that many browsers share.
fn brand_name(brand: &str, engine: bool) -> Option<&'static str> {
    let name = match brand {
        "Microsoft Edge" => "Edge",
        "Opera" | "Opera GX" | "Opera Mobile" => "Opera",
        "Opera Mini" | "Opera Mini Android" => "Opera Mini",
        "Brave" => "Brave",
        "YaBrowser" | "Yandex" | "Yandex Browser" => "Yandex Browser",
        "Vivaldi" => "Vivaldi",
        "Samsung Internet" => "Samsung Internet",
        "DuckDuckGo" => "DuckDuckGo",
        "HuaweiBrowser" => "Huawei Browser",
        "Whale" => "Whale",
        "CocCoc" | "Coc Coc" => "Coc Coc",
        "Silk" | "Amazon Silk" => "Silk",
        "Google Chrome" | "HeadlessChrome" if engine => "Chrome",
        "Android WebView" if engine => "WebView",
        _ => return None,
    };
    Some(name)
}

fn by_woothee<'h>(agent: &'h str, woothee: Option<&WootheeResult<'h>>) -> Option<(&'static str, &'h str)> {
    let woothee = woothee?;
    let name = match woothee.name {
        "Chrome" => "Chrome",
        "Firefox" => "Firefox",
        "Safari" if agent.contains("Android") => "Android Browser",
        "Safari" => "Safari",
        "Edge" => "Edge",
        "Internet Explorer" => "Internet Explorer",
        "Opera" => "Opera",
        "Vivaldi" => "Vivaldi",
        "Sleipnir" => "Sleipnir",
        "Google Search App" => "Google App",
        "Yandex Browser" => "Yandex Browser",
        "SamsungBrowser" => "Samsung Internet",
        "Webview" => return Some(("WebView", version_after(agent, "Chrome/"))),
        _ => return None,
    };
    let version = if woothee.version == woothee::woothee::VALUE_UNKNOWN {
        ""
    } else {
        woothee.version
    };
    Some((name, version))
}

/// The first that occurs wins: apps before browsers, browsers before the engines they name beside themselves.
const TOKENS: &[(&str, &str)] = &[
    ("Instagram ", "Instagram"),
    ("FBAV/", "Facebook"),
    ("FBAN/", "Facebook"),
    ("FB_IAB/", "Facebook"),
    ("musical_ly_", "TikTok"),
    ("BytedanceWebview", "TikTok"),
    ("TikTok ", "TikTok"),
    ("trill_", "TikTok"),
    ("Telegram-Android/", "Telegram"),
    ("Telegram-iOS/", "Telegram"),
    ("VKAndroidApp/", "VK"),
    ("VKiOSApp/", "VK"),
    ("com.vk.vkclient/", "VK"),
    ("MicroMessenger/", "WeChat"),
    (" Line/", "LINE"),
    ("KAKAOTALK ", "KakaoTalk"),
    ("Snapchat/", "Snapchat"),
    ("Pinterest/", "Pinterest"),
    ("[Pinterest", "Pinterest"),
    ("LinkedInApp", "LinkedIn"),
    ("Twitter for ", "X"),
    ("TwitterAndroid", "X"),
    ("GSA/", "Google App"),
    ("YaApp_Android/", "Yandex App"),
    ("YaSearchBrowser/", "Yandex App"),
    ("YandexSearch/", "Yandex App"),
    ("YaBrowser/", "Yandex Browser"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("Edg/", "Edge"),
    ("Edge/", "Edge"),
    ("OPiOS/", "Opera Mini"),
    ("Opera Mini/", "Opera Mini"),
    ("OPR/", "Opera"),
    ("OPT/", "Opera"),
    ("OPX/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("Brave/", "Brave"),
    ("Ddg/", "DuckDuckGo"),
    ("DuckDuckGo/", "DuckDuckGo"),
    ("HuaweiBrowser/", "Huawei Browser"),
    ("MiuiBrowser/", "Mi Browser"),
    ("VivoBrowser/", "Vivo Browser"),
    ("HeyTapBrowser/", "HeyTap Browser"),
    ("UCBrowser/", "UC Browser"),
    ("UBrowser/", "UC Browser"),
    ("MQQBrowser/", "QQ Browser"),
    ("QQBrowser/", "QQ Browser"),
    ("Whale/", "Whale"),
    ("coc_coc_browser/", "Coc Coc"),
    ("Puffin/", "Puffin"),
    ("Silk/", "Silk"),
    ("Maxthon/", "Maxthon"),
    ("Atom/", "Atom"),
    ("AlohaBrowser/", "Aloha"),
    ("Ecosia", "Ecosia"),
    ("Avast/", "Avast"),
    ("Focus/", "Firefox Focus"),
    ("Klar/", "Firefox Focus"),
    ("FxiOS/", "Firefox"),
    ("SeaMonkey/", "SeaMonkey"),
    ("PaleMoon/", "Pale Moon"),
    ("Waterfox/", "Waterfox"),
    ("Epiphany/", "GNOME Web"),
    ("Falkon/", "Falkon"),
    ("Konqueror/", "Konqueror"),
    ("OculusBrowser/", "Oculus Browser"),
    ("HeadlessChrome/", "Chrome"),
    ("Electron/", "Electron"),
];
