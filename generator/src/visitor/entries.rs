use event::Channel;

/// How a visit begins, and the channel that this makes.
#[derive(Debug)]
pub struct Entry {
    /// Absolute, or empty.
    pub referrer: &'static str,
    /// Campaign parameters of the first page's URL.
    pub campaign: &'static str,
    pub channel: Channel,
    pub(crate) weight: u32,
}

const fn entry(referrer: &'static str, campaign: &'static str, channel: Channel, weight: u32) -> Entry {
    Entry {
        referrer,
        campaign,
        channel,
        weight,
    }
}

pub(crate) static ENTRIES: [Entry; 12] = [
    entry("", "", Channel::Direct, 20),
    entry("https://www.google.com/", "", Channel::OrganicSearch, 22),
    entry("https://www.bing.com/", "", Channel::OrganicSearch, 3),
    entry("https://yandex.ru/", "", Channel::OrganicSearch, 5),
    entry("https://www.instagram.com/", "", Channel::OrganicSocial, 6),
    entry("https://www.youtube.com/", "", Channel::OrganicVideo, 3),
    entry("https://tea-notes.example/best-sencha", "", Channel::Referral, 6),
    entry(
        "",
        "utm_source=newsletter&utm_medium=email&utm_campaign=spring",
        Channel::Email,
        12,
    ),
    entry(
        "https://www.google.com/",
        "utm_source=google&utm_medium=cpc&utm_campaign=tea",
        Channel::PaidSearch,
        12,
    ),
    entry(
        "https://www.instagram.com/",
        "utm_source=instagram&utm_medium=paid_social&utm_campaign=spring",
        Channel::PaidSocial,
        6,
    ),
    entry(
        "https://news.example/",
        "utm_source=news&utm_medium=display&utm_campaign=kettle&utm_content=wide",
        Channel::Display,
        3,
    ),
    entry(
        "https://partner.example/",
        "utm_source=partner&utm_medium=affiliate",
        Channel::Affiliates,
        2,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_what_the_contract_makes_of_them() {
        for entry in &ENTRIES {
            let url = format!("https://shop.example/shop/?{}", entry.campaign);
            let (channel, _) = event::channel::attribute(&url, entry.referrer, "https://shop.example/");
            assert_eq!(channel, entry.channel, "{entry:?}");
        }
    }
}
