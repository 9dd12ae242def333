use super::Walk;
use crate::occurrence::{Deed, Line};
use crate::shop::layout::Slot;
use crate::shop::{CATEGORIES, PRODUCTS, Page, Product, SEARCHES};

/// Products of one category.
const SHELF: usize = 4;

impl Walk<'_> {
    /// A person's visit.
    pub(super) fn browse(&mut self) {
        let lands_on_product = self.random.percent(28);
        if lands_on_product {
            let product = self.favourite();
            self.address.page = Page::Product(product);
            self.page_view();
            self.look_at(product);
        } else {
            self.page_view();
            if self.random.percent(9) {
                return;
            }
            self.look_around(&PRODUCTS);
        }
        if self.random.percent(30) {
            return;
        }
        let interest = 1 + self.random.below(4);
        for _ in 0..interest {
            let shelf = self.choose_shelf();
            self.look_around(shelf);
            if !shelf.is_empty() {
                self.take_a_product(shelf);
            }
            if self.random.percent(22) {
                break;
            }
        }
        if !self.basket.is_empty() && self.random.percent(70) {
            self.go_to_cart();
        }
    }

    /// A bot's visit: page after page, no cart.
    pub(super) fn crawl(&mut self) {
        self.page_view();
        for _ in 0..4 + self.random.below(12) {
            let product = &PRODUCTS[self.random.below(PRODUCTS.len() as u64) as usize];
            self.wait(200, 1_500);
            self.open(Page::Product(product));
            self.product_view(product);
        }
    }

    fn favourite(&mut self) -> &'static Product {
        self.random.weighted(&PRODUCTS, |product| product.weight)
    }

    fn product_view(&mut self, product: &'static Product) {
        self.wait(20, 120);
        self.happens(Deed::ProductView(Line { product, quantity: 1 }));
    }

    /// Scrolls past the first cards of a catalogue page.
    fn look_around(&mut self, shelf: &'static [Product]) {
        if matches!(self.address.page, Page::Home) {
            self.see("#hero-link", Slot::HeroLink);
        }
        let depth = 2 + self.random.below(shelf.len().min(9) as u64) as usize;
        for (position, product) in shelf.iter().enumerate().take(depth) {
            self.see(product.card, Slot::Card(position as u32));
        }
    }

    /// To a page with products on shelves, and what lies there.
    fn choose_shelf(&mut self) -> &'static [Product] {
        match self.random.below(10) {
            0..3 if matches!(self.address.page, Page::Home) => &PRODUCTS,
            0..8 => {
                let number = self.random.below(CATEGORIES.len() as u64) as usize;
                let (category, link) = CATEGORIES[number];
                self.click(link, Slot::Category(number as u32 + 1));
                self.open(Page::Catalogue(Some(category)));
                &PRODUCTS[number * SHELF..(number + 1) * SHELF]
            }
            _ => {
                let (query, found) = SEARCHES[self.random.below(SEARCHES.len() as u64) as usize].clone();
                self.click("#search-input", Slot::SearchField);
                self.wait(1_500, 6_000);
                self.open(Page::Search(query));
                self.wait(20, 80);
                let results = found.len() as u32;
                self.happens(Deed::Search { query, results });
                &PRODUCTS[found]
            }
        }
    }

    /// Opens a product of the shelf, or puts it into the cart from there.
    fn take_a_product(&mut self, shelf: &'static [Product]) {
        let product = self.random.weighted(shelf, |product| product.weight);
        let position = shelf.iter().take_while(|other| other.id != product.id).count() as u32;
        if self.random.percent(12) {
            self.click(product.quick_add, Slot::QuickAdd(position));
            self.put_into_cart(product, 1);
            return;
        }
        self.click(product.card, Slot::Card(position));
        self.open(Page::Product(product));
        self.look_at(product);
    }

    fn look_at(&mut self, product: &'static Product) {
        self.product_view(product);
        self.see("#add-to-cart", Slot::AddToCart);
        if self.random.percent(35) {
            let related = self.favourite();
            if related.category != product.category {
                let position = self.random.below(4) as u32;
                self.see(related.related, Slot::Related(position));
            }
        }
        if !self.random.percent(31) {
            return;
        }
        let mut quantity = 1;
        while quantity < 4 && self.random.percent(18) {
            self.click("#quantity-plus", Slot::QuantityPlus);
            quantity += 1;
        }
        self.click("#add-to-cart", Slot::AddToCart);
        self.put_into_cart(product, quantity);
        self.see("#view-cart-link", Slot::ViewCart);
    }

    fn put_into_cart(&mut self, product: &'static Product, quantity: u32) {
        if self.basket.add(product, quantity) {
            self.wait(5, 40);
            self.happens(Deed::AddToCart(Line { product, quantity }));
        }
    }
}
