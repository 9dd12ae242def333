use event::DeviceType;

use crate::shop::layout::Viewport;

/// A user agent and what it says, in the names that the enrichment uses.
#[derive(Debug)]
pub struct Agent {
    pub user_agent: &'static str,
    pub browser: &'static str,
    pub os: &'static str,
    pub device_type: DeviceType,
    /// Empty for people.
    pub bot_reason: &'static str,
    pub(crate) viewports: &'static [Viewport],
    pub(crate) weight: u32,
}

const fn viewport(width: u32, height: u32) -> Viewport {
    Viewport { width, height }
}

const SCREENS: &[Viewport] = &[
    viewport(1_280, 720),
    viewport(1_440, 900),
    viewport(1_536, 864),
    viewport(1_920, 1_080),
];
const IPHONES: &[Viewport] = &[viewport(390, 844), viewport(430, 932)];
const PHONES: &[Viewport] = &[viewport(360, 780), viewport(412, 915)];
const TABLETS: &[Viewport] = &[viewport(800, 1_280), viewport(820, 1_180)];

const fn person(user_agent: &'static str, browser: &'static str, os: &'static str, device_type: DeviceType) -> Agent {
    let viewports = match device_type {
        DeviceType::Tablet => TABLETS,
        DeviceType::Mobile => PHONES,
        _ => SCREENS,
    };
    Agent {
        user_agent,
        browser,
        os,
        device_type,
        bot_reason: "",
        viewports,
        weight: 1,
    }
}

impl Agent {
    const fn weighing(mut self, weight: u32) -> Self {
        self.weight = weight;
        self
    }

    const fn on(mut self, viewports: &'static [Viewport]) -> Self {
        self.viewports = viewports;
        self
    }

    const fn because(mut self, bot_reason: &'static str) -> Self {
        self.bot_reason = bot_reason;
        self
    }
}

pub(super) static PEOPLE: [Agent; 11] = [
    person(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
        "Chrome",
        "Windows",
        DeviceType::Desktop,
    )
    .weighing(24),
    person(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
        "Edge",
        "Windows",
        DeviceType::Desktop,
    )
    .weighing(8),
    person(
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15",
        "Safari",
        "macOS",
        DeviceType::Desktop,
    )
    .weighing(9),
    person(
        "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
        "Firefox",
        "Linux",
        DeviceType::Desktop,
    )
    .weighing(4),
    person(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
        "Firefox",
        "Windows",
        DeviceType::Desktop,
    )
    .weighing(4),
    person(
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1",
        "Safari",
        "iOS",
        DeviceType::Mobile,
    )
    .on(IPHONES)
    .weighing(21),
    person(
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
        "Chrome",
        "Android",
        DeviceType::Mobile,
    )
    .weighing(17),
    person(
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36",
        "Samsung Internet",
        "Android",
        DeviceType::Mobile,
    )
    .weighing(5),
    person(
        "Mozilla/5.0 (Linux; Android 15; SM-X610) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
        "Chrome",
        "Android",
        DeviceType::Tablet,
    )
    .weighing(4),
    person(
        "Mozilla/5.0 (iPad; CPU OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1",
        "Safari",
        "iOS",
        DeviceType::Tablet,
    )
    .weighing(3),
    person(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 YaBrowser/25.10.0.0 Safari/537.36",
        "Yandex Browser",
        "Windows",
        DeviceType::Desktop,
    )
    .weighing(1),
];

pub(super) static BOTS: [Agent; 3] = [
    person(
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "",
        "",
        DeviceType::Bot,
    )
    .because("user_agent:crawler:Googlebot")
    .weighing(3),
    person(
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/141.0.0.0 Safari/537.36",
        "Chrome",
        "Linux",
        DeviceType::Desktop,
    )
    .because("headless")
    .weighing(5),
    person("python-requests/2.32.3", "", "", DeviceType::Bot)
        .because("http_library:python-requests")
        .weighing(2),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_say_what_the_enrichment_reads() {
        for agent in PEOPLE.iter().chain(&BOTS) {
            let found = enrich::agent::detect(&enrich::agent::Headers {
                user_agent: agent.user_agent,
                ..Default::default()
            });
            let said = (agent.browser, agent.os, agent.device_type, agent.bot_reason);
            let found = (found.browser, found.os, found.device_type, &*found.bot_reason);
            assert_eq!(said, found, "{}", agent.user_agent);
        }
    }
}
