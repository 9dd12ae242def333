//! Two people and a bot, four visits, four orders.

use std::net::Ipv4Addr;

use event::{Channel, DeviceType, Timestamp};
use uuid::Uuid;

use crate::occurrence::{Deed, Line, Occurrence, Point, Referrer};
use crate::shop::layout::Viewport;
use crate::shop::{Address, PRODUCTS, Page};
use crate::truth::{Calendar, Definition, Expected, Truth};
use crate::visitor::{Agent, Entry, Place, Visitor};

/// Friday, 2026-11-20T10:00:00Z.
pub(super) const FRIDAY: i64 = 1_795_168_800_000;
const SECOND: i64 = 1_000;
const HOUR: i64 = 3_600_000;
pub(super) const DAY: i64 = 24 * HOUR;

const fn agent(browser: &'static str, device_type: DeviceType, bot_reason: &'static str) -> Agent {
    Agent {
        user_agent: "",
        browser,
        os: "",
        device_type,
        bot_reason,
        viewports: &[],
        weight: 1,
    }
}

const fn place(country: &'static str) -> Place {
    Place {
        country,
        block: [0, 0],
        weight: 1,
    }
}

const fn entry(referrer: &'static str, campaign: &'static str, channel: Channel) -> Entry {
    Entry {
        referrer,
        campaign,
        channel,
        weight: 1,
    }
}

static CHROME: Agent = agent("Chrome", DeviceType::Desktop, "");
static SAFARI: Agent = agent("Safari", DeviceType::Mobile, "");
static CRAWLER: Agent = agent("", DeviceType::Bot, "user_agent:crawler:Googlebot");
static GERMANY: Place = place("DE");
static FRANCE: Place = place("FR");
static DIRECT: Entry = entry("", "", Channel::Direct);
static NEWSLETTER: Entry = entry(
    "",
    "utm_source=newsletter&utm_medium=email&utm_campaign=spring",
    Channel::Email,
);
static SEARCH: Entry = entry("https://www.google.com/", "", Channel::OrganicSearch);

const HOME: Page = Page::Home;
const DETAIL: Page = Page::Product(&PRODUCTS[0]);
const CART: Page = Page::Cart;

struct Story {
    truth: Truth,
    number: u128,
}

/// One visit: who, how, and the session's number.
#[derive(Clone, Copy)]
struct Visit(u64, &'static Agent, &'static Place, &'static Entry, u128);

const ANN_FRIDAY: Visit = Visit(1, &CHROME, &GERMANY, &SEARCH, 11);
const ANN_SATURDAY: Visit = Visit(1, &CHROME, &GERMANY, &DIRECT, 12);
const BOB_FRIDAY: Visit = Visit(2, &SAFARI, &FRANCE, &NEWSLETTER, 21);
const BOB_SUNDAY: Visit = Visit(2, &SAFARI, &FRANCE, &NEWSLETTER, 22);
const BOT: Visit = Visit(1, &CRAWLER, &FRANCE, &DIRECT, 31);

impl Story {
    fn tell(&mut self, Visit(number, agent, place, entry, session): Visit, at: i64, page: Page, deed: Deed) {
        self.number += 1;
        let occurrence = Occurrence {
            id: Uuid::from_u128(self.number),
            at: Timestamp(FRIDAY + at),
            session_id: Uuid::from_u128(session),
            visitor: Visitor {
                number,
                agent,
                place,
                viewport: Viewport {
                    width: 1_280,
                    height: 720,
                },
                ip: Ipv4Addr::LOCALHOST,
                clock_skew_ms: 0,
            },
            entry,
            address: Address { page, campaign: "" },
            referrer: Referrer::Outside(""),
            deed,
        };
        self.truth.observe(&occurrence);
        self.truth.sent(&occurrence);
    }
}

fn line(product: usize, quantity: u32) -> Line {
    Line {
        product: &PRODUCTS[product],
        quantity,
    }
}

fn click(x: u32, y: u32) -> Deed {
    let point = Point {
        x,
        y,
        element_x: 1,
        element_y: 1,
    };
    Deed::Click {
        element: "#hero-link",
        point: Some(point),
    }
}

pub(super) fn expected(zone: &str, bots: bool) -> Expected {
    let mut definition = Definition::usual(Calendar::new(zone).unwrap());
    definition.bots = bots;
    let mut story = Story {
        truth: Truth::new(definition),
        number: 0,
    };
    let [one, two, three, four] = [1, 2, 3, 4].map(|number| Uuid::from_u128(1_000 + number));
    let page = |latency_ms| Deed::PageView { latency_ms };
    let attempt = |order, latency_ms, error| Deed::PaymentAttempt {
        order,
        amount_cents: 0,
        latency_ms,
        error,
    };
    let hero = Deed::ElementView {
        element: "#hero-link",
        width: 220,
        height: 48,
    };
    let keyboard = Deed::Click {
        element: "#hero-link",
        point: None,
    };
    let checkout = Deed::CheckoutStart {
        amount_cents: 4_090,
        items: 3,
    };

    // Ann finds the shop, clicks twice, buys two Sencha and an Assam at the second attempt.
    let mut ann = |at, page, deed| story.tell(ANN_FRIDAY, at, page, deed);
    ann(0, HOME, page(100));
    ann(10 * SECOND, HOME, hero);
    ann(20 * SECOND, HOME, click(120, 260));
    ann(21 * SECOND, HOME, keyboard);
    ann(22 * SECOND, DETAIL, page(200));
    ann(23 * SECOND, DETAIL, Deed::ProductView(line(0, 1)));
    ann(30 * SECOND, DETAIL, Deed::AddToCart(line(0, 2)));
    ann(60 * SECOND, CART, checkout);
    let created = |line| Deed::OrderCreated { order: one, line };
    ann(70 * SECOND, CART, created(line(0, 2)));
    ann(70 * SECOND + 1, CART, created(line(1, 1)));
    ann(80 * SECOND, CART, attempt(one, 300, Some("DECLINED")));
    ann(90 * SECOND, CART, attempt(one, 400, None));
    let paid = |line| Deed::OrderPaid { order: one, line };
    ann(95 * SECOND, CART, paid(line(0, 2)));
    ann(95 * SECOND + 1, CART, paid(line(1, 1)));

    // A bot, and Bob who looks at one page half an hour before midnight (UTC).
    story.tell(BOT, HOUR, HOME, page(50));
    story.tell(BOT, HOUR + 1, DETAIL, Deed::ProductView(line(3, 1)));
    story.tell(BOB_FRIDAY, 13 * HOUR + HOUR / 2, HOME, page(150));

    // Ann again: sees the link, orders twice, pays one and cancels it, leaves the other.
    let mut ann = |at, page, deed| story.tell(ANN_SATURDAY, DAY + at, page, deed);
    ann(0, HOME, page(110));
    ann(SECOND, HOME, hero);
    ann(4 * SECOND, CART, page(120));
    let honey = line(18, 1);
    ann(
        5 * SECOND,
        CART,
        Deed::OrderCreated {
            order: two,
            line: honey,
        },
    );
    ann(6 * SECOND, CART, attempt(two, 500, None));
    ann(
        7 * SECOND,
        CART,
        Deed::OrderPaid {
            order: two,
            line: honey,
        },
    );
    ann(
        8 * SECOND,
        CART,
        Deed::OrderCreated {
            order: three,
            line: honey,
        },
    );
    let cancelled = Deed::OrderCancelled {
        order: two,
        line: honey,
        reason: "CUSTOMER_REQUEST",
    };
    ann(HOUR, CART, cancelled);

    // Bob wants a kettle and cannot pay. Ann's first order arrives.
    let mut bob = |at, page, deed| story.tell(BOB_SUNDAY, 2 * DAY + at, page, deed);
    let kettle = line(11, 1);
    bob(0, DETAIL, page(130));
    bob(SECOND, DETAIL, Deed::AddToCart(kettle));
    bob(
        2 * SECOND,
        CART,
        Deed::OrderCreated {
            order: four,
            line: kettle,
        },
    );
    bob(3 * SECOND, CART, attempt(four, 600, Some("DECLINED")));
    story.tell(
        ANN_FRIDAY,
        3 * DAY,
        CART,
        Deed::OrderDelivered {
            order: one,
            line: line(0, 2),
        },
    );
    story.truth.finish()
}
