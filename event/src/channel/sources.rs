//! Which hosts and `utm_source` names are search engines, social networks, video sites, shops, webmail.
//!
//! A compact cut of GA4's source list (<https://support.google.com/analytics/answer/9756891>, "source categories")
//! with the Russian-language services GA4 lacks.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Search,
    Social,
    Video,
    Shopping,
    Email,
}

/// The kind of a source in lower case: a brand (`google`), a host (`www.google.co.uk`) or an app (`com.google.android.gm`).
pub(super) fn kind(source: &str) -> Option<Kind> {
    if !source.contains('.') {
        return brand(source).or_else(|| alias(source));
    }
    let mut host = source;
    loop {
        if let Some(kind) = exact_host(host) {
            return Some(kind);
        }
        match host.split_once('.') {
            Some((_, parent)) if parent.contains('.') => host = parent,
            _ => break,
        }
    }
    brand(brand_label(source)?)
}

/// `google` of `www.google.co.uk`. Other subdomains (`docs.google.com`) are other services and give nothing.
fn brand_label(host: &str) -> Option<&str> {
    let site = ["www.", "m.", "l.", "lm.", "mobile.", "old.", "new."]
        .iter()
        .find_map(|prefix| host.strip_prefix(prefix))
        .unwrap_or(host);
    let (label, suffix) = site.split_once('.')?;
    match suffix.split_once('.') {
        None => Some(label),
        Some(("co" | "com" | "org" | "net" | "ne" | "or", country)) if country.len() == 2 => Some(label),
        Some(_) => None,
    }
}

/// Names that are the first label of the brand's sites under any country's domain.
fn brand(name: &str) -> Option<Kind> {
    Some(match name {
        "google" | "bing" | "yandex" | "duckduckgo" | "yahoo" | "baidu" | "ecosia" | "qwant" | "startpage"
        | "naver" | "daum" | "seznam" | "sogou" | "rambler" | "ask" | "aol" | "msn" | "kagi" | "mojeek"
        | "swisscows" | "dogpile" | "lycos" | "onet" | "virgilio" | "sputnik" => Kind::Search,

        "facebook" | "instagram" | "twitter" | "linkedin" | "pinterest" | "reddit" | "tiktok" | "snapchat"
        | "threads" | "tumblr" | "quora" | "vk" | "vkontakte" | "odnoklassniki" | "dzen" | "telegram" | "whatsapp"
        | "weibo" | "wechat" | "douban" | "xing" | "viber" | "discord" | "mastodon" | "livejournal" | "pikabu"
        | "habr" | "tenchat" | "messenger" | "meetup" | "flickr" | "disqus" | "blogger" | "medium" | "kakao"
        | "bluesky" => Kind::Social,

        "youtube" | "vimeo" | "twitch" | "dailymotion" | "rutube" | "vkvideo" | "bilibili" | "nicovideo" | "youku"
        | "iqiyi" | "netflix" | "hulu" | "disneyplus" | "wistia" | "kinopoisk" | "ivi" | "okko" | "smotrim" => {
            Kind::Video
        }

        "amazon" | "ebay" | "etsy" | "walmart" | "aliexpress" | "alibaba" | "taobao" | "temu" | "shein" | "rakuten"
        | "mercadolibre" | "mercadolivre" | "allegro" | "idealo" | "zalando" | "flipkart" | "bestbuy" | "shopee"
        | "lazada" | "shopzilla" | "wildberries" | "ozon" | "megamarket" | "sbermegamarket" | "lamoda" | "mvideo"
        | "citilink" | "eldorado" | "avito" | "kazanexpress" | "kaspi" | "joom" => Kind::Shopping,

        _ => return None,
    })
}

/// `utm_source` names in use that are no host's label.
fn alias(name: &str) -> Option<Kind> {
    Some(match name {
        "fb" | "ig" | "x" | "tg" | "ok" | "yandex_zen" | "zen" | "insta" | "vk_ads" | "vkads" | "mytarget" | "meta" => {
            Kind::Social
        }
        "yt" => Kind::Video,
        "google shopping" | "shopping" | "wb" | "yandex_market" | "ymarket" => Kind::Shopping,
        "adwords" | "google_ads" | "googleads" | "yandex_direct" | "yandex.direct" | "ya" => Kind::Search,
        "newsletter" | "mailchimp" | "sendgrid" | "sendpulse" | "unisender" | "klaviyo" => Kind::Email,
        _ => return None,
    })
}

/// Hosts that count with all their subdomains, and apps that put their name into the referrer.
fn exact_host(host: &str) -> Option<Kind> {
    Some(match host {
        "mail.google.com"
        | "mail.yahoo.com"
        | "mail.yandex.ru"
        | "mail.yandex.com"
        | "e.mail.ru"
        | "mail.rambler.ru"
        | "outlook.live.com"
        | "outlook.office.com"
        | "outlook.office365.com"
        | "mail.aol.com"
        | "mail.proton.me"
        | "com.google.android.gm"
        | "com.microsoft.office.outlook"
        | "ru.mail.mailapp"
        | "ru.yandex.mail" => Kind::Email,

        "news.google.com"
        | "images.google.com"
        | "cse.google.com"
        | "syndicatedsearch.goog"
        | "ya.ru"
        | "go.mail.ru"
        | "search.yahoo.com"
        | "search.yahoo.co.jp"
        | "search.brave.com"
        | "search.naver.com"
        | "search.daum.net"
        | "search.aol.com"
        | "nova.rambler.ru"
        | "cn.bing.com"
        | "yandex.com.tr"
        | "lite.duckduckgo.com"
        | "html.duckduckgo.com"
        | "com.google.android.googlequicksearchbox"
        | "ru.yandex.searchplugin"
        | "yandex.direct" => Kind::Search,

        "t.co"
        | "x.com"
        | "lnkd.in"
        | "pin.it"
        | "redd.it"
        | "t.me"
        | "telegram.me"
        | "web.telegram.org"
        | "vk.com"
        | "vk.ru"
        | "vk.me"
        | "ok.ru"
        | "my.mail.ru"
        | "dzen.ru"
        | "zen.yandex.ru"
        | "wa.me"
        | "web.whatsapp.com"
        | "fb.me"
        | "fb.com"
        | "facebook.com"
        | "instagram.com"
        | "linkedin.com"
        | "pinterest.com"
        | "reddit.com"
        | "out.reddit.com"
        | "tiktok.com"
        | "tumblr.com"
        | "bsky.app"
        | "mastodon.social"
        | "livejournal.com"
        | "news.ycombinator.com"
        | "vc.ru"
        | "weixin.qq.com"
        | "twitter.com"
        | "discord.com"
        | "max.ru"
        | "com.facebook.katana"
        | "com.instagram.android"
        | "com.twitter.android"
        | "com.linkedin.android"
        | "com.pinterest"
        | "com.reddit.frontpage"
        | "org.telegram.messenger"
        | "com.vkontakte.android"
        | "ru.ok.android"
        | "com.zhiliaoapp.musically" => Kind::Social,

        "youtu.be"
        | "youtube.com"
        | "twitch.tv"
        | "vimeo.com"
        | "bilibili.com"
        | "disneyplus.com"
        | "ted.com"
        | "vkvideo.ru"
        | "rutube.ru"
        | "com.google.android.youtube" => Kind::Video,

        "market.yandex.ru"
        | "market.yandex.com"
        | "ozon.ru"
        | "wildberries.ru"
        | "wb.ru"
        | "shopping.google.com"
        | "shopping.yahoo.com"
        | "shop.app"
        | "avito.ru"
        | "tiu.ru"
        | "com.amazon.mshop.android.shopping" => Kind::Shopping,

        _ => return None,
    })
}
