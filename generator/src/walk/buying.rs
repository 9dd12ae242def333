use uuid::Uuid;

use super::{AFTERMATH_MS, Walk};
use crate::occurrence::Deed;
use crate::shop::layout::Slot;
use crate::shop::{CUSTOMER_REQUEST, OUT_OF_STOCK, PAYMENT_EXPIRED, Page};

const HOUR_MS: u32 = 3_600_000;

impl Walk<'_> {
    pub(super) fn go_to_cart(&mut self) {
        self.click("#cart-link", Slot::CartLink);
        self.open(Page::Cart);
        for (number, line) in self.basket.lines().enumerate() {
            self.see(line.product.cart_item, Slot::CartLine(number as u32));
        }
        self.see("#checkout-button", Slot::Main);
        if self.random.percent(9) {
            self.change_mind();
        }
        if self.basket.is_empty() || !self.random.percent(78) {
            return;
        }
        self.click("#checkout-button", Slot::Main);
        self.check_out();
    }

    fn change_mind(&mut self) {
        let Some(line) = self.basket.remove_last() else { return };
        let slot = Slot::CartRemove(self.basket.lines().count() as u32);
        self.click(line.product.cart_remove, slot);
        self.wait(5, 40);
        self.happens(Deed::RemoveFromCart(line));
    }

    fn check_out(&mut self) {
        self.open(Page::Checkout);
        self.wait(20, 80);
        self.happens(Deed::CheckoutStart {
            amount_cents: self.basket.amount_cents(),
            items: self.basket.items(),
        });
        self.see("#place-order-button", Slot::Main);
        if !self.random.percent(84) {
            return;
        }
        self.wait(20_000, 90_000);
        self.click("#place-order-button", Slot::Main);
        let order = self.new_order();
        self.of_order(60, |line| Deed::OrderCreated { order, line });
        self.open(Page::Payment(order));
        self.see("#pay-button", Slot::Main);
        if self.random.percent(94) {
            self.pay(order);
        } else if self.random.percent(60) {
            self.later(HOUR_MS, 3 * HOUR_MS);
            self.cancelled(order, PAYMENT_EXPIRED);
        }
    }

    /// Up to three attempts. The order is paid, given up, or cancelled.
    fn pay(&mut self, order: Uuid) {
        for _ in 0..3 {
            self.click("#pay-button", Slot::Main);
            if self.attempt(order) {
                return self.paid(order);
            }
            if !self.random.percent(55) {
                break;
            }
        }
        if self.random.percent(35) {
            self.open(Page::Order(order));
            self.see("#order-status", Slot::OrderStatus);
            self.click("#cancel-order", Slot::Beside);
            self.cancelled(order, CUSTOMER_REQUEST);
        }
    }

    fn attempt(&mut self, order: Uuid) -> bool {
        let error = if self.random.percent(self.beginning.weather.provider_failures) {
            Some("PROVIDER_5XX")
        } else if self.random.percent(8) {
            Some(match self.random.below(10) {
                0..6 => "DECLINED",
                6..8 => "PROVIDER_5XX",
                _ => "PAYMENT_TIMEOUT",
            })
        } else {
            None
        };
        let latency_ms = match error {
            Some("PAYMENT_TIMEOUT") => 3_000,
            _ => self.random.between(180, 520) + self.random.between(0, 400),
        };
        self.wait(latency_ms, latency_ms + 20);
        self.happens(Deed::PaymentAttempt {
            order,
            amount_cents: self.basket.amount_cents(),
            latency_ms,
            error,
        });
        error.is_none()
    }

    /// And what becomes of it: delivered in one to four days, or cancelled within hours, or on its way for longer than anyone looks.
    fn paid(&mut self, order: Uuid) {
        self.wait(10, 40);
        self.of_order(3, |line| Deed::OrderPaid { order, line });
        self.open(Page::Order(order));
        self.see("#order-status", Slot::OrderStatus);
        match self.random.below(100) {
            0..3 => {
                self.later(AFTERMATH_MS, 6 * HOUR_MS);
                self.cancelled(order, CUSTOMER_REQUEST);
            }
            3..5 => {
                self.later(2 * HOUR_MS, 20 * HOUR_MS);
                self.cancelled(order, OUT_OF_STOCK);
            }
            5..97 => {
                self.later(24 * HOUR_MS, 96 * HOUR_MS);
                self.of_order(3, |line| Deed::OrderDelivered { order, line });
            }
            _ => {}
        }
    }

    fn later(&mut self, from_ms: u32, to_ms: u32) {
        self.wait(from_ms.max(AFTERMATH_MS), to_ms);
    }

    fn cancelled(&mut self, order: Uuid, reason: &'static str) {
        self.wait(5, 40);
        self.of_order(3, |line| Deed::OrderCancelled { order, line, reason });
    }

    /// One event per line of the cart, as the shop reports orders.
    fn of_order(&mut self, within_ms: u32, deed: impl Fn(crate::occurrence::Line) -> Deed) {
        for line in self.basket.lines() {
            self.wait(1, within_ms);
            self.happens(deed(line));
        }
    }
}
