//! Made-up visitors of a site: sessions of views, clicks and orders, some of them reported long after they happened.

use std::collections::VecDeque;

use super::event::{Event, Flaw};
use crate::random::Random;

pub const SITES: [&str; 3] = ["shop", "blog", "tea-notes.example"];

/// Sessions that go on at the same time.
const VISITORS: usize = 20;
const USERS: usize = 150;
const MINUTE_MS: i64 = 60_000;
/// A session that is silent for longer is another one to `sessions`.
const SILENCE_MS: i64 = 30 * MINUTE_MS;

struct Product {
    id: &'static str,
    category: &'static str,
    price: &'static str,
}

const PRODUCTS: [Product; 4] = [
    Product {
        id: "sencha",
        category: "tea",
        price: "14.50",
    },
    Product {
        id: "huila",
        category: "coffee",
        price: "12.5",
    },
    Product {
        id: "kettle",
        category: "brewing",
        price: "79",
    },
    Product {
        id: "yunomi",
        category: "cups",
        price: "22.0099",
    },
];
const ELEMENTS: [&str; 6] = [
    "#hero-link",
    "#add-to-cart",
    "#cart-link",
    "#checkout-button",
    "main > ul > li:nth-of-type(3)",
    "#newsletter",
];
const PAGES: [&str; 5] = ["/", "/catalog?sort=price", "/cart", "/checkout", "/about"];
const REFERRERS: [&str; 4] = [
    "",
    "https://www.google.com/",
    "https://www.instagram.com/",
    "https://reviews.example/tea",
];
const PAYMENT_ERRORS: [&str; 3] = ["DECLINED", "PROVIDER_5XX", "PAYMENT_TIMEOUT"];

/// The stream of what visitors do.
#[derive(Debug)]
pub(super) struct Visitors {
    site: &'static str,
    random: Random,
    sessions: Vec<Session>,
}

#[derive(Debug)]
struct Session {
    site: &'static str,
    session_id: String,
    user_id: String,
    referrer: &'static str,
    url: String,
    /// How long ago it happened what is reported now.
    behind_ms: i64,
    last_ms: i64,
    steps: VecDeque<Step>,
}

#[derive(Debug)]
enum Step {
    Open,
    See,
    Click,
    /// A silence that ends the session for those who watch.
    Away,
    Order(Order),
}

#[derive(Debug)]
struct Order {
    title: &'static str,
    number: u64,
    product: usize,
    quantity: i64,
    status: &'static str,
    error_code: &'static str,
}

impl Visitors {
    pub(super) fn new(site: &'static str, random: Random) -> Self {
        Self {
            site,
            random,
            sessions: Vec::new(),
        }
    }

    /// What one of the visitors does next. No two events of a session have the same moment.
    pub(super) fn next(&mut self, now_ms: i64) -> Event {
        loop {
            if self.sessions.len() < VISITORS {
                let session = Session::new(self.site, &mut self.random, now_ms);
                self.sessions.push(session);
            }
            let visitor = self.random.below(self.sessions.len());
            let session = &mut self.sessions[visitor];
            match session.steps.pop_front() {
                Some(Step::Away) => session.behind_ms -= (SILENCE_MS + MINUTE_MS).min(session.behind_ms),
                Some(step) => return session.act(step, now_ms, &mut self.random),
                None => _ = self.sessions.swap_remove(visitor),
            }
        }
    }

    /// The same, and a small share of it must be refused.
    pub(super) fn next_or_flawed(&mut self, now_ms: i64, flawed_percent: usize) -> Event {
        let mut event = self.next(now_ms);
        event.flaw = self
            .random
            .percent(flawed_percent)
            .then(|| *self.random.pick(&Flaw::ALL));
        event
    }
}

impl Session {
    fn new(site: &'static str, random: &mut Random, now_ms: i64) -> Self {
        let behind_ms = match random.below(100) {
            0..75 => 0,
            75..90 => random.within(20 * MINUTE_MS..180 * MINUTE_MS),
            _ => random.within(1_300 * MINUTE_MS..3_000 * MINUTE_MS),
        };
        let user_id = match random.percent(85) {
            true => format!("user-{}", random.below(USERS)),
            false => String::new(),
        };
        let mut session = Self {
            site,
            session_id: random.uuid(now_ms - behind_ms).to_string(),
            user_id,
            referrer: *random.pick(&REFERRERS),
            url: String::new(),
            behind_ms,
            last_ms: 0,
            steps: VecDeque::new(),
        };
        session.plan(random);
        session
    }

    fn plan(&mut self, random: &mut Random) {
        for _ in 0..=random.below(4) {
            self.steps.push_back(Step::Open);
            for _ in 0..random.below(4) {
                self.steps.push_back(Step::See);
            }
            for _ in 0..random.below(3) {
                self.steps.push_back(Step::Click);
            }
            if random.percent(20) {
                self.steps.push_back(Step::Away);
            }
        }
        if random.percent(30) {
            self.order(random);
        }
    }

    fn order(&mut self, random: &mut Random) {
        let number = random.within(1..i64::MAX).unsigned_abs();
        let (product, quantity) = (random.below(PRODUCTS.len()), random.within(1..4));
        let (paid, fate) = (random.percent(80), random.below(100));
        let status = if paid { "ok" } else { "error" };
        let error_code = if paid { "" } else { *random.pick(&PAYMENT_ERRORS) };
        let mut push = |title, status, error_code| {
            self.steps.push_back(Step::Order(Order {
                title,
                number,
                product,
                quantity,
                status,
                error_code,
            }));
        };
        push("order_created", "", "");
        push("payment_attempt", status, error_code);
        if paid {
            push("order_paid", "", "");
        }
        match fate {
            0..40 if paid => push("order_delivered", "", ""),
            85..100 => push("order_cancelled", "", "CHANGED_MIND"),
            _ => {}
        }
    }

    fn act(&mut self, step: Step, now_ms: i64, random: &mut Random) -> Event {
        let created_at = (now_ms - self.behind_ms).max(self.last_ms + 1);
        self.last_ms = created_at;
        if matches!(step, Step::Open) {
            self.url = format!("https://{}{}", self.site, random.pick(&PAGES));
        }
        let event = Event {
            id: random.uuid(now_ms),
            site: self.site,
            created_at,
            session_id: self.session_id.clone(),
            user_id: self.user_id.clone(),
            url: self.url.clone(),
            referrer: self.referrer,
            ..Event::default()
        };
        match step {
            Step::Open | Step::Away => Event {
                kind: "view",
                title: "page_view",
                ..event
            },
            Step::See => Event {
                kind: "view",
                title: "element_view",
                element_id: (*random.pick(&ELEMENTS)).to_owned(),
                ..event
            },
            Step::Click => Event {
                kind: "click",
                title: "click",
                element_id: (*random.pick(&ELEMENTS)).to_owned(),
                x: Some(random.within(0..1_280)),
                y: Some(random.within(0..2_400)),
                ..event
            },
            Step::Order(order) => {
                let product = &PRODUCTS[order.product];
                Event {
                    kind: "server",
                    title: order.title,
                    order_id: format!("order-{:016x}", order.number),
                    product_id: product.id,
                    category: product.category,
                    price: product.price,
                    quantity: Some(order.quantity),
                    status: order.status,
                    error_code: order.error_code,
                    latency_ms: (!order.status.is_empty()).then(|| random.within(80..480)),
                    ..event
                }
            }
        }
    }
}
