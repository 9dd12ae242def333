/// One product of `demo-site/products.js` with the ids of its elements.
#[derive(Debug)]
pub struct Product {
    pub id: &'static str,
    pub category: &'static str,
    pub price_cents: u32,
    pub(crate) card: &'static str,
    pub(crate) quick_add: &'static str,
    pub(crate) related: &'static str,
    pub(crate) cart_item: &'static str,
    pub(crate) cart_remove: &'static str,
    /// How often visitors choose it.
    pub(crate) weight: u32,
}

/// ISO 4217.
pub const CURRENCY: &str = "EUR";

macro_rules! product {
    ($id:literal, $category:literal, $price_cents:literal, $weight:literal) => {
        Product {
            id: $id,
            category: $category,
            price_cents: $price_cents,
            card: concat!("#product-", $id),
            quick_add: concat!("#quick-add-", $id),
            related: concat!("#related-", $id),
            cart_item: concat!("#cart-item-", $id),
            cart_remove: concat!("#cart-remove-", $id),
            weight: $weight,
        }
    };
}

/// In the order of the shelves.
pub static PRODUCTS: [Product; 20] = [
    product!("sencha", "tea", 1_450, 16),
    product!("assam", "tea", 1_190, 8),
    product!("earl-grey", "tea", 1_290, 9),
    product!("chamomile", "tea", 890, 6),
    product!("yirgacheffe", "coffee", 1_390, 11),
    product!("huila", "coffee", 1_250, 9),
    product!("night-roast", "coffee", 1_150, 8),
    product!("decaf", "coffee", 1_320, 4),
    product!("cast-iron-pot", "brewing", 6_900, 4),
    product!("glass-pot", "brewing", 3_400, 5),
    product!("dripper", "brewing", 4_250, 5),
    product!("kettle", "brewing", 7_900, 4),
    product!("tall-mug", "cups", 1_950, 6),
    product!("yunomi", "cups", 2_200, 4),
    product!("espresso-pair", "cups", 2_600, 3),
    product!("double-wall", "cups", 1_650, 4),
    product!("dark-chocolate", "sweets", 590, 7),
    product!("shortbread", "sweets", 720, 5),
    product!("heather-honey", "sweets", 980, 4),
    product!("candied-ginger", "sweets", 640, 3),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searches_find_what_the_shop_finds() {
        let shop = include_str!("../../../demo-site/products.js").to_lowercase();
        for (query, found) in crate::shop::SEARCHES {
            let texts = shop.split("product(\"").skip(1).take(PRODUCTS.len());
            // Name, line and description; the details after them are not searched.
            let texts = texts.map(|text| text.split('{').next().unwrap_or("").contains(query));
            let matches = texts
                .enumerate()
                .filter_map(|(place, matches)| matches.then_some(place));
            assert_eq!(matches.collect::<Vec<_>>(), found.collect::<Vec<_>>(), "{query}");
        }
    }

    /// The shop's own file says what is sold; a price changed there must change here.
    #[test]
    fn stock_is_the_shops() {
        let shop = include_str!("../../../demo-site/products.js");
        assert_eq!(shop.matches("  product(\"").count(), PRODUCTS.len());
        for product in &PRODUCTS {
            let line = shop
                .lines()
                .find(|line| line.contains(&format!("product(\"{}\", \"{}\"", product.id, product.category)));
            let price = format!(", {}, ", product.price_cents);
            assert!(line.is_some_and(|line| line.contains(&price)), "{product:?}");
        }
    }
}
