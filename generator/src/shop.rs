//! What the generated visitors see of `demo-site/`: its pages, the ids on them, and where they lie.

pub(crate) struct Product {
    pub(crate) id: &'static str,
    pub(crate) category: &'static str,
    pub(crate) price: &'static str,
}

const fn product(id: &'static str, category: &'static str, price: &'static str) -> Product {
    Product { id, category, price }
}

pub(crate) const CURRENCY: &str = "EUR";

pub(crate) const PRODUCTS: [Product; 10] = [
    product("sencha", "tea", "14.50"),
    product("assam", "tea", "11.90"),
    product("chamomile", "tea", "8.90"),
    product("yirgacheffe", "coffee", "13.90"),
    product("huila", "coffee", "12.50"),
    product("cast-iron-pot", "brewing", "69.00"),
    product("kettle", "brewing", "79.00"),
    product("tall-mug", "cups", "19.50"),
    product("yunomi", "cups", "22.00"),
    product("dark-chocolate", "sweets", "5.90"),
];

/// CSS pixels: left and top edge in the page, width, height.
#[derive(Clone, Copy)]
pub(crate) struct Area {
    pub(crate) left: i64,
    pub(crate) top: i64,
    pub(crate) width: i64,
    pub(crate) height: i64,
}

pub(crate) const HERO_LINK: Area = area(96, 420, 220, 48);
pub(crate) const ADD_TO_CART: Area = area(720, 540, 180, 48);
pub(crate) const CART_LINK: Area = area(1_130, 24, 90, 40);
pub(crate) const CHECKOUT_BUTTON: Area = area(900, 460, 200, 48);
pub(crate) const PLACE_ORDER_BUTTON: Area = area(96, 760, 240, 48);

const fn area(left: i64, top: i64, width: i64, height: i64) -> Area {
    Area {
        left,
        top,
        width,
        height,
    }
}

/// The card of a product on the first page: four in a row.
pub(crate) fn card(position: usize) -> Area {
    let (row, column) = (position as i64 / 4, position as i64 % 4);
    area(64 + column * 296, 640 + row * 420, 280, 400)
}

#[derive(Clone, Copy)]
pub(crate) struct Viewport {
    pub(crate) width: i64,
    pub(crate) height: i64,
}

pub(crate) const VIEWPORTS: [Viewport; 3] = [
    Viewport {
        width: 1_280,
        height: 720,
    },
    Viewport {
        width: 1_440,
        height: 900,
    },
    Viewport {
        width: 1_920,
        height: 1_080,
    },
];

pub(crate) const PAGE_HEIGHT: i64 = 2_400;

pub(crate) const REFERRERS: [&str; 5] = [
    "",
    "https://www.google.com/",
    "https://www.google.com/",
    "https://www.instagram.com/",
    "https://tea-notes.example/best-sencha",
];

pub(crate) const CAMPAIGNS: [&str; 4] = [
    "",
    "",
    "?utm_source=newsletter&utm_medium=email&utm_campaign=spring",
    "?utm_source=google&utm_medium=cpc&utm_campaign=tea",
];

pub(crate) const PAYMENT_ERRORS: [&str; 3] = ["DECLINED", "PROVIDER_5XX", "PAYMENT_TIMEOUT"];
