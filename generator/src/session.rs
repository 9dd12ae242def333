//! One visit, planned as a whole: an element is seen before it is clicked, a cart is filled before it is paid.

use std::collections::VecDeque;

use event::json::Object;

use crate::random::Random;
use crate::shop::{self, Area, Product, Viewport};

/// One event that waits for its time.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) event_type: &'static str,
    pub(crate) url: String,
    pub(crate) referrer: String,
    /// JSON object.
    pub(crate) payload: String,
}

#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) session_id: String,
    pub(crate) user_id: String,
    pub(crate) steps: VecDeque<Step>,
}

/// People who come back: with this many, daily, weekly and monthly visitors differ.
const USERS: usize = 2_000;

pub(crate) fn session(session_id: String, random: &mut Random) -> Session {
    let mut visit = Visit {
        steps: VecDeque::new(),
        viewport: *random.pick(&shop::VIEWPORTS),
        url: String::new(),
        referrer: random.pick(&shop::REFERRERS).to_string(),
        random,
    };
    visit.walk(&session_id);
    Session {
        user_id: format!("{}", 1_001 + visit.random.below(USERS)),
        steps: visit.steps,
        session_id,
    }
}

struct Visit<'r> {
    steps: VecDeque<Step>,
    viewport: Viewport,
    url: String,
    referrer: String,
    random: &'r mut Random,
}

impl Visit<'_> {
    fn walk(&mut self, session_id: &str) {
        let campaign = *self.random.pick(&shop::CAMPAIGNS);
        self.open(&format!("/shop/{campaign}"));
        self.see("#hero-link", shop::HERO_LINK);
        let seen = 1 + self.random.below(shop::PRODUCTS.len());
        for (position, product) in shop::PRODUCTS.iter().enumerate().take(seen) {
            self.see(&format!("#product-{}", product.id), shop::card(position));
        }
        if !self.random.percent(70) {
            return;
        }
        let chosen = self.random.below(seen);
        let product = &shop::PRODUCTS[chosen];
        self.click(&format!("#product-{}", product.id), shop::card(chosen));
        self.look_at(product);
        if self.random.percent(45) {
            self.add_to_cart(product);
            if self.random.percent(60) {
                self.buy(product, &format!("{session_id}-1"));
            }
        }
    }

    fn look_at(&mut self, product: &Product) {
        self.open(&format!("/shop/product.html?id={}", product.id));
        self.business("view", "product_view", |payload| product_fields(payload, product, 1));
        self.see("#add-to-cart", shop::ADD_TO_CART);
    }

    fn add_to_cart(&mut self, product: &Product) {
        self.click("#add-to-cart", shop::ADD_TO_CART);
        self.business("click", "add_to_cart", |payload| product_fields(payload, product, 1));
    }

    fn buy(&mut self, product: &Product, order_id: &str) {
        self.see("#cart-link", shop::CART_LINK);
        self.click("#cart-link", shop::CART_LINK);
        self.open("/shop/cart.html");
        self.see("#checkout-button", shop::CHECKOUT_BUTTON);
        self.click("#checkout-button", shop::CHECKOUT_BUTTON);
        self.open("/shop/checkout.html");
        self.business("view", "checkout_start", |payload| {
            payload.number("items", 1);
        });
        self.see("#place-order-button", shop::PLACE_ORDER_BUTTON);
        self.click("#place-order-button", shop::PLACE_ORDER_BUTTON);
        self.order("order_created", product, order_id, |_| {});
        self.pay(product, order_id);
    }

    fn pay(&mut self, product: &Product, order_id: &str) {
        let latency_ms = 80 + self.random.below(400) as i64;
        let error = self.random.percent(8).then(|| *self.random.pick(&shop::PAYMENT_ERRORS));
        self.order("payment_attempt", product, order_id, |payload| {
            payload.number("latency_ms", latency_ms);
            match error {
                None => payload.text("status", "ok"),
                Some(code) => payload.text("status", "error").text("error_code", code),
            };
        });
        if error.is_none() {
            self.order("order_paid", product, order_id, |_| {});
        }
    }

    /// Goes to a page, from the one before it.
    fn open(&mut self, path: &str) {
        let before = std::mem::replace(&mut self.url, path.to_owned());
        if !before.is_empty() {
            self.referrer = before;
        }
        let viewport = self.viewport;
        self.business("view", "page_view", |payload| sizes(payload, viewport));
    }

    fn see(&mut self, element_id: &str, area: Area) {
        let viewport = self.viewport;
        self.business("view", "element_view", |payload| {
            payload.text("element_id", element_id);
            payload.number("element_w", area.width).number("element_h", area.height);
            sizes(payload, viewport);
        });
    }

    /// Clicks lie nearer to the middle: the mean of two throws.
    fn click(&mut self, element_id: &str, area: Area) {
        let mut throw = |size| (self.random.pixel(0, size) + self.random.pixel(0, size)) / 2;
        let (element_x, element_y) = (throw(area.width), throw(area.height));
        let viewport = self.viewport;
        self.business("click", "click", |payload| {
            payload.text("element_id", element_id);
            payload
                .number("x", area.left + element_x)
                .number("y", area.top + element_y);
            payload.number("element_x", element_x).number("element_y", element_y);
            sizes(payload, viewport);
        });
    }

    fn order(&mut self, title: &str, product: &Product, order_id: &str, more: impl FnOnce(&mut Object<'_>)) {
        self.business("server", title, |payload| {
            payload.text("order_id", order_id);
            product_fields(payload, product, 1);
            more(payload);
        });
    }

    fn business(&mut self, event_type: &'static str, title: &str, fill: impl FnOnce(&mut Object<'_>)) {
        self.step(event_type, |payload| {
            payload.text("event_title", title);
            fill(payload);
        });
    }

    fn step(&mut self, event_type: &'static str, fill: impl FnOnce(&mut Object<'_>)) {
        let mut payload = String::new();
        fill(&mut Object::new(&mut payload));
        self.steps.push_back(Step {
            event_type,
            url: self.url.clone(),
            referrer: self.referrer.clone(),
            payload,
        });
    }
}

fn product_fields(payload: &mut Object<'_>, product: &Product, quantity: i64) {
    payload
        .text("product_id", product.id)
        .text("category", product.category);
    payload.raw("price", product.price).text("currency", shop::CURRENCY);
    payload.number("quantity", quantity);
}

fn sizes(payload: &mut Object<'_>, viewport: Viewport) {
    payload
        .number("viewport_w", viewport.width)
        .number("viewport_h", viewport.height);
    payload
        .number("page_w", viewport.width)
        .number("page_h", shop::PAGE_HEIGHT);
}
