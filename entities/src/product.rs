use generator::random::Random;
use serde::Serialize;

use crate::catalogue::SHELVES;
use crate::generate::{Kind, Thing};
use crate::nations::one_of;
use crate::number::{Cents, Measure};
use crate::phone::filled;

#[derive(Debug, Serialize)]
pub(crate) struct Product {
    pub(crate) product_id: String,
    pub(crate) title: &'static str,
    pub(crate) category: &'static str,
    description: String,
    pub(crate) unit: &'static str,
    pub(crate) price: Cents,
    currency: &'static str,
    tax_percent: u64,
    rating: Rating,
    nutrition_per_100: Nutrition,
    manufacturer: Manufacturer,
    /// GTIN-13.
    barcode: String,
    shelf_life_days: u32,
    organic: bool,
    image: String,
}

#[derive(Debug, Serialize)]
struct Rating {
    rate: Measure,
    count: u32,
}

#[derive(Debug, Serialize)]
struct Nutrition {
    energy_kcal: u32,
    fat_g: Measure,
    carbohydrate_g: Measure,
    protein_g: Measure,
}

#[derive(Debug, Serialize)]
struct Manufacturer {
    name: &'static str,
    country: &'static str,
    website: String,
}

const MANUFACTURERS: [(&str, &str, &str); 8] = [
    ("Hof Lindenau", "DE", "hof-lindenau"),
    ("Moulin Bleu", "FR", "moulin-bleu"),
    ("Polder & Zonen", "NL", "polder-zonen"),
    ("Huerta del Sur", "ES", "huerta-del-sur"),
    ("Cascina Verde", "IT", "cascina-verde"),
    ("Brookfield Farms", "GB", "brookfield-farms"),
    ("Zielona Dolina", "PL", "zielona-dolina"),
    ("Nordfjell", "NO", "nordfjell"),
];

impl Thing for Product {
    fn file_name(&self) -> &str {
        &self.product_id
    }
}

pub(crate) fn all(seed: u64) -> Vec<Product> {
    let shelves = SHELVES.iter();
    let products = shelves.flat_map(|(category, tax, products)| products.iter().map(move |one| (*category, *tax, one)));
    products
        .zip(1..)
        .map(|((category, tax_percent, (title, unit, cents)), number)| {
            let mut random = Kind::Product.random(seed, number);
            let (manufacturer, country, domain) = *one_of(&MANUFACTURERS, &mut random);
            let organic = random.percent(30);
            let product_id = format!("product-{number:03}");
            Product {
                title,
                category,
                description: description(title, unit, organic, manufacturer),
                unit,
                price: Cents(cents + 10 * random.below(4)),
                currency: "EUR",
                tax_percent,
                rating: Rating {
                    rate: tenths(&mut random, 25, 50),
                    count: random.between(3, 900),
                },
                nutrition_per_100: nutrition(&mut random),
                manufacturer: Manufacturer {
                    name: manufacturer,
                    country,
                    website: format!("https://{domain}.example/"),
                },
                barcode: barcode(&mut random),
                shelf_life_days: random.between(2, 180),
                organic,
                image: format!("https://probablyfresh.example/images/{product_id}.jpg"),
                product_id,
            }
        })
        .collect()
}

fn description(title: &str, unit: &str, organic: bool, manufacturer: &str) -> String {
    let farming = if organic { "organic, " } else { "" };
    format!("{title}: {farming}{unit}, from {manufacturer}.")
}

/// Fat, carbohydrate and protein, and the energy that they have (Regulation (EU) 1169/2011, annex XIV).
fn nutrition(random: &mut Random) -> Nutrition {
    let (fat, carbohydrate, protein) = (tenths(random, 0, 300), tenths(random, 0, 450), tenths(random, 1, 240));
    let energy = 9 * fat.units + 4 * carbohydrate.units + 4 * protein.units;
    Nutrition {
        energy_kcal: (energy / 10).unsigned_abs() as u32,
        fat_g: fat,
        carbohydrate_g: carbohydrate,
        protein_g: protein,
    }
}

fn tenths(random: &mut Random, from: u32, to: u32) -> Measure {
    Measure {
        units: i64::from(random.between(from, to)),
        digits: 1,
    }
}

/// With GS1's check digit: the digits, weighted 1 and 3 in turn, add up to a multiple of ten.
fn barcode(random: &mut Random) -> String {
    let digits = filled("40##########", random);
    let weighted = digits.bytes().zip([1, 3].into_iter().cycle());
    let sum: u32 = weighted.map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    let check = (10 - sum % 10) % 10;
    format!("{digits}{check}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn barcodes_check() {
        for number in 0..100 {
            let code = barcode(&mut Random::new(number));
            assert_eq!(code.len(), 13, "{code}");
            let weighted = code.bytes().zip([1, 3].into_iter().cycle());
            let sum: u32 = weighted.map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
            assert_eq!(sum % 10, 0, "{code}");
        }
    }
}
