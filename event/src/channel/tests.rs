use super::attribute;
use crate::{Channel, ChannelGroup, Utm};

const BASE: &str = "https://shop.example";

/// `page` is the path and query of a page of the shop.
#[track_caller]
fn check(page: &str, referrer: &str, expected: Channel) {
    let url = format!("{BASE}{page}");
    let (channel, _) = attribute(&url, referrer, BASE);
    assert_eq!(channel, expected, "page {page}, referrer {referrer:?}");
}

#[test]
fn referrers_give_organic_channels() {
    let table = [
        ("", Channel::Direct),
        ("about:blank", Channel::Direct),
        ("https://www.google.com/", Channel::OrganicSearch),
        ("https://www.google.co.uk/search?q=shoes", Channel::OrganicSearch),
        ("https://www.google.com.tr/", Channel::OrganicSearch),
        ("https://WWW.Google.COM:443/", Channel::OrganicSearch),
        ("https://yandex.ru/clck/", Channel::OrganicSearch),
        ("https://ya.ru/", Channel::OrganicSearch),
        ("https://go.mail.ru/search", Channel::OrganicSearch),
        ("https://duckduckgo.com/", Channel::OrganicSearch),
        ("https://r.search.yahoo.com/", Channel::OrganicSearch),
        (
            "android-app://com.google.android.googlequicksearchbox/",
            Channel::OrganicSearch,
        ),
        ("https://docs.google.com/document/d/1", Channel::Referral),
        ("https://google.com.evil.example/", Channel::Referral),
        ("https://notgoogle.com/", Channel::Referral),
        ("https://user:google.com@evil.example/", Channel::Referral),
        ("https://vk.com/wall-1_2", Channel::OrganicSocial),
        ("https://away.vk.com/away.php", Channel::OrganicSocial),
        ("https://m.ok.ru/", Channel::OrganicSocial),
        ("https://dzen.ru/a/1", Channel::OrganicSocial),
        ("https://t.me/channel", Channel::OrganicSocial),
        ("https://l.facebook.com/l.php?u=x", Channel::OrganicSocial),
        ("https://t.co/abc", Channel::OrganicSocial),
        ("https://www.linkedin.com/feed/", Channel::OrganicSocial),
        ("https://rutube.ru/video/1", Channel::OrganicVideo),
        ("https://www.youtube.com/watch?v=1", Channel::OrganicVideo),
        ("https://www.ozon.ru/product/1", Channel::OrganicShopping),
        ("https://www.wildberries.ru/", Channel::OrganicShopping),
        ("https://market.yandex.ru/", Channel::OrganicShopping),
        ("https://www.amazon.de/dp/1", Channel::OrganicShopping),
        ("https://mail.google.com/mail/u/0/", Channel::Email),
        ("https://e.mail.ru/inbox", Channel::Email),
        ("https://blog.example/review", Channel::Referral),
        ("https://[2001:db8::1]:8080/", Channel::Referral),
    ];
    for (referrer, expected) in table {
        check("/", referrer, expected);
    }
}

#[test]
fn own_pages_are_internal() {
    for referrer in [
        "https://shop.example/cart",
        "https://www.shop.example/",
        "https://m.shop.example/",
        "http://SHOP.example:8080/",
    ] {
        check("/", referrer, Channel::Internal);
    }
    check("/", "https://notshop.example/", Channel::Referral);
    let (channel, _) = attribute("http://127.0.0.1:7070/shop/", "http://127.0.0.1:7070/", BASE);
    assert_eq!(
        channel,
        Channel::Internal,
        "the page's own host counts beside the site's"
    );
    let (channel, _) = attribute("https://pay.example/", "https://shop.example/cart", BASE);
    assert_eq!(channel, Channel::Internal);
}

#[test]
fn campaigns_follow_the_rules() {
    let table = [
        ("utm_source=google&utm_medium=cpc", Channel::PaidSearch),
        ("utm_source=Yandex&utm_medium=CPC", Channel::PaidSearch),
        ("utm_source=yandex.direct&utm_medium=cpc", Channel::PaidSearch),
        ("utm_source=vk&utm_medium=cpc", Channel::PaidSocial),
        ("utm_source=facebook.com&utm_medium=paid_social", Channel::PaidSocial),
        ("utm_source=youtube&utm_medium=cpv", Channel::PaidVideo),
        ("utm_source=youtube&utm_medium=cpc", Channel::PaidVideo),
        ("utm_source=ozon&utm_medium=cpc", Channel::PaidShopping),
        (
            "utm_source=google&utm_medium=cpc&utm_campaign=eshop",
            Channel::PaidShopping,
        ),
        (
            "utm_source=google&utm_medium=cpc&utm_campaign=bishop",
            Channel::PaidSearch,
        ),
        ("utm_source=partner&utm_medium=cpm", Channel::Display),
        ("utm_source=partner&utm_medium=banner", Channel::Display),
        ("utm_source=partner&utm_medium=retargeting", Channel::PaidOther),
        (
            "utm_source=google&utm_medium=cpc&utm_campaign=x-cross-network",
            Channel::CrossNetwork,
        ),
        ("utm_source=news&utm_medium=email", Channel::Email),
        ("utm_source=e-mail", Channel::Email),
        ("utm_source=newsletter&utm_campaign=spring", Channel::Email),
        ("utm_source=partner&utm_medium=affiliate", Channel::Affiliates),
        ("utm_source=spotify&utm_medium=audio", Channel::Audio),
        ("utm_source=sms&utm_campaign=a", Channel::Sms),
        ("utm_source=app&utm_medium=web_push", Channel::MobilePush),
        ("utm_source=firebase", Channel::MobilePush),
        ("utm_source=tg&utm_medium=post", Channel::OrganicSocial),
        ("utm_source=blog&utm_medium=social-media", Channel::OrganicSocial),
        ("utm_source=rutube", Channel::OrganicVideo),
        ("utm_medium=organic", Channel::OrganicSearch),
        ("utm_source=partner&utm_medium=link", Channel::Referral),
        ("utm_source=partner&utm_medium=qr", Channel::Referral),
        ("utm_source=(direct)&utm_medium=(none)", Channel::Direct),
        ("utm_source=e%20mail", Channel::Email),
        ("utm_source=e+mail", Channel::Email),
    ];
    for (query, expected) in table {
        check(&format!("/?{query}"), "", expected);
    }
}

#[test]
fn click_ids_stand_for_their_campaign() {
    let table = [
        ("gclid=1", "", Channel::PaidSearch),
        ("gbraid=1", "", Channel::PaidSearch),
        ("wbraid=1", "", Channel::PaidSearch),
        ("a=b&gclid=1", "https://www.google.com/", Channel::PaidSearch),
        ("gclid=", "https://www.google.com/", Channel::OrganicSearch),
        ("dclid=1", "", Channel::Display),
        ("msclkid=1", "", Channel::PaidSearch),
        ("yclid=1", "https://yandex.ru/", Channel::PaidSearch),
        ("ymclid=1", "", Channel::PaidShopping),
        ("ttclid=1", "", Channel::PaidSocial),
        ("twclid=1", "", Channel::PaidSocial),
        ("fbclid=1", "", Channel::OrganicSocial),
        ("fbclid=1", "https://l.instagram.com/", Channel::OrganicSocial),
        ("fbclid=1&utm_medium=paid", "", Channel::PaidSocial),
        ("mc_eid=1", "", Channel::Email),
        (
            "gclid=1&utm_source=google&utm_medium=organic",
            "",
            Channel::OrganicSearch,
        ),
        ("gclid=1&utm_campaign=spring", "", Channel::PaidSearch),
    ];
    for (query, referrer, expected) in table {
        check(&format!("/?{query}"), referrer, expected);
    }
}

#[test]
fn campaign_without_source_takes_the_referrer() {
    check("/?utm_medium=cpc", "https://vk.com/", Channel::PaidSocial);
    check(
        "/?utm_campaign=spring",
        "https://www.google.com/",
        Channel::OrganicSearch,
    );
    check(
        "/?utm_source=google&utm_medium=cpc",
        "https://shop.example/",
        Channel::PaidSearch,
    );
}

#[test]
fn utm_values_are_percent_decoded() {
    let url = "https://shop.example/?utm_source=%D1%8F%D0%BD%D0%B4%D0%B5%D0%BA%D1%81&utm_term=red+shoes&utm_content=100%&utm_campaign=a%zz%4&utm_medium=%ff&utm_medium=second#utm_source=fragment";
    let (_, utm) = attribute(url, "", BASE);
    let expected = Utm {
        source: "яндекс".into(),
        medium: "\u{fffd}".into(),
        campaign: "a%zz%4".into(),
        term: "red shoes".into(),
        content: "100%".into(),
    };
    assert_eq!(utm, expected);
}

#[test]
fn plain_utm_values_are_borrowed() {
    let (_, utm) = attribute("https://shop.example/?utm_source=google", "", BASE);
    assert!(matches!(utm.source, std::borrow::Cow::Borrowed("google")));
}

#[test]
fn takes_any_text_as_url() {
    let long = format!("https://{}/?utm_source={}", "ё".repeat(500), "ж".repeat(500));
    for text in [
        "",
        "?",
        "://",
        "https://",
        "https://?#",
        "%%%",
        "https://[",
        "https://@:/",
        "?utm_source",
        &long,
    ] {
        attribute(text, text, text);
    }
}

#[test]
fn every_channel_has_its_own_name() {
    let channels = [
        Channel::Direct,
        Channel::CrossNetwork,
        Channel::PaidShopping,
        Channel::PaidSearch,
        Channel::PaidSocial,
        Channel::PaidVideo,
        Channel::Display,
        Channel::PaidOther,
        Channel::OrganicShopping,
        Channel::OrganicSocial,
        Channel::OrganicVideo,
        Channel::OrganicSearch,
        Channel::Referral,
        Channel::Email,
        Channel::Affiliates,
        Channel::Audio,
        Channel::Sms,
        Channel::MobilePush,
        Channel::Internal,
    ];
    let names: std::collections::BTreeSet<_> = channels.iter().map(|channel| channel.as_str()).collect();
    assert_eq!(names.len(), channels.len());
    assert_eq!(Channel::PaidSearch.group(), ChannelGroup::Ads);
    assert_eq!(Channel::OrganicVideo.group().as_str(), "organic");
    assert_eq!(Channel::Email.group().as_str(), "email");
}
