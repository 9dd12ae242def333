use enrich::agent::{Headers, detect};
use event::DeviceType;

const WINDOWS: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";
const ANDROID: &str =
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36";

fn chrome_on<'h>(user_agent: &'h str, platform: &'h str, version: &'h str, mobile: &'h str) -> Headers<'h> {
    Headers {
        user_agent,
        sec_ch_ua: r#""Google Chrome";v="131", "Chromium";v="131", "Not_A Brand";v="24""#,
        sec_ch_ua_mobile: mobile,
        sec_ch_ua_platform: platform,
        sec_ch_ua_platform_version: version,
        sec_ch_ua_model: "",
    }
}

#[test]
fn platform_version_tells_windows_11() {
    for (version, expected) in [
        (r#""15.0.0""#, "11"),
        (r#""13.0.0""#, "11"),
        (r#""10.0.0""#, "10"),
        (r#""0.3.0""#, "8.1"),
        (r#""0.1.0""#, "7"),
        (r#""""#, "10"),
        ("", "10"),
        ("nonsense", "10"),
    ] {
        let found = detect(&chrome_on(WINDOWS, r#""Windows""#, version, "?0"));
        assert_eq!(
            (found.os, found.os_version.as_ref()),
            ("Windows", expected),
            "{version}"
        );
        assert_eq!(found.device_type, DeviceType::Desktop);
    }
}

#[test]
fn brands_tell_browsers_that_hide() {
    for (brands, browser, version) in [
        (
            r#""Brave";v="131", "Chromium";v="131", "Not_A Brand";v="24""#,
            "Brave",
            "131",
        ),
        (
            r#""Not)A;Brand";v="99", "Opera";v="116", "Chromium";v="131""#,
            "Opera",
            "116",
        ),
        (r#""Chromium";v="131", "Not_A Brand";v="24""#, "Chrome", "131.0.0.0"),
        (r#""Google Chrome";v="131", "Chromium";v="131""#, "Chrome", "131.0.0.0"),
        (r#"broken "list"#, "Chrome", "131.0.0.0"),
    ] {
        let mut headers = chrome_on(WINDOWS, r#""Windows""#, "", "?0");
        headers.sec_ch_ua = brands;
        let found = detect(&headers);
        assert_eq!(
            (found.browser, found.browser_version.as_ref()),
            (browser, version),
            "{brands}"
        );
    }
}

#[test]
fn in_app_browser_says_more_than_its_webview() {
    let agent = format!("{ANDROID} [FB_IAB/FB4A;FBAV/489.0.0.66.81;]");
    let mut headers = chrome_on(&agent, r#""Android""#, r#""14.0.0""#, "?1");
    headers.sec_ch_ua = r#""Android WebView";v="131", "Chromium";v="131""#;
    let found = detect(&headers);
    assert_eq!(
        (found.browser, found.browser_version.as_ref()),
        ("Facebook", "489.0.0.66.81")
    );
    assert_eq!((found.os, found.os_version.as_ref()), ("Android", "14"));
}

#[test]
fn mobile_and_model_tell_tablets() {
    let desktop_mode =
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";
    let phone = detect(&chrome_on(ANDROID, r#""Android""#, "", "?1"));
    assert_eq!(phone.device_type, DeviceType::Mobile);
    let tablet = detect(&chrome_on(desktop_mode, r#""Android""#, "", "?0"));
    assert_eq!((tablet.os, tablet.device_type), ("Android", DeviceType::Tablet));
    for model in [r#""SM-X710""#, r#""Pixel Tablet""#] {
        let headers = Headers {
            sec_ch_ua_model: model,
            ..chrome_on(ANDROID, r#""Android""#, "", "?1")
        };
        assert_eq!(detect(&headers).device_type, DeviceType::Tablet, "{model}");
    }
}

#[test]
fn headless_brand_is_a_bot() {
    let mut headers = chrome_on(WINDOWS, r#""Windows""#, "", "?0");
    headers.sec_ch_ua = r#""HeadlessChrome";v="131", "Chromium";v="131""#;
    let found = detect(&headers);
    assert_eq!(found.bot_reason, "headless");
    assert_eq!((found.browser, found.device_type), ("Chrome", DeviceType::Desktop));
}

#[test]
fn platform_is_the_apps() {
    for (user_agent, platform) in [
        (WINDOWS, "web"),
        (ANDROID, "web"),
        ("okhttp/4.12.0", "android"),
        (
            "Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8 Build/UD1A.230803.041)",
            "android",
        ),
        ("Dart/3.5 (dart:io)", "android"),
        ("ShopApp/214 CFNetwork/1496.0.7 Darwin/23.5.0", "ios"),
        ("ShopApp/2.3.1 (iPhone; iOS 17.5; Scale/3.00)", "ios"),
        ("ShopApp/2.3.1 (Android 14; Pixel 8)", "android"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
            "web",
        ),
    ] {
        let found = detect(&Headers {
            user_agent,
            ..Headers::default()
        });
        assert_eq!(found.platform.as_str(), platform, "{user_agent}");
    }
}
