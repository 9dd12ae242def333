use crate::occurrence::Line;
use crate::shop::Product;

/// What is in the cart: at most three lines of different products.
#[derive(Debug, Default)]
pub(super) struct Basket {
    lines: [Option<Line>; 3],
}

impl Basket {
    /// False when the cart has the product already or no room for another line.
    pub(super) fn add(&mut self, product: &'static Product, quantity: u32) -> bool {
        if self.lines().any(|line| line.product.id == product.id) {
            return false;
        }
        let room = self.lines.iter_mut().find(|line| line.is_none());
        room.map(|room| *room = Some(Line { product, quantity })).is_some()
    }

    /// Takes out what was put in last.
    pub(super) fn remove_last(&mut self) -> Option<Line> {
        self.lines.iter_mut().rev().find_map(Option::take)
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = Line> + use<> {
        self.lines.into_iter().flatten()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines().next().is_none()
    }

    pub(super) fn items(&self) -> u32 {
        self.lines().map(|line| line.quantity).sum()
    }

    pub(super) fn amount_cents(&self) -> u64 {
        self.lines().map(|line| line.value_cents()).sum()
    }
}
