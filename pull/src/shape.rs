//! What the API must answer. Fields that are not named here are taken and, of products, kept.

use std::fmt;

use event::{Money, Timestamp};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// One element of `GET /products` with its own text.
#[derive(Debug)]
pub struct Listed<'t> {
    pub product: Product,
    /// As the API wrote it.
    pub text: &'t str,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Product {
    pub id: u64,
    #[serde(deserialize_with = "text")]
    pub title: String,
    #[serde(deserialize_with = "amount")]
    pub price: Amount,
    #[serde(deserialize_with = "text")]
    pub category: String,
    #[serde(rename = "description")]
    _description: Option<String>,
    #[serde(rename = "image")]
    _image: Option<String>,
    #[serde(rename = "rating")]
    _rating: Option<Rating>,
    #[serde(default, rename = "updated_at", deserialize_with = "moment")]
    _updated_at: Option<Timestamp>,
}

/// A price, and how the API writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amount {
    pub money: Money,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Rating {
    #[serde(rename = "rate", deserialize_with = "share_of_five")]
    _rate: (),
    #[serde(rename = "count")]
    _count: u64,
}

/// One element of `GET /carts`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cart {
    pub id: u64,
    pub user_id: u64,
    #[serde(deserialize_with = "required_moment")]
    pub date: Timestamp,
    pub products: Vec<CartLine>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CartLine {
    pub product_id: u64,
    pub quantity: u32,
}

/// What is wrong, and where.
#[derive(Debug, thiserror::Error)]
pub enum ShapeError {
    /// With line and column.
    #[error("not a JSON array: {0}")]
    NotArray(#[source] serde_json::Error),
    #[error("{path}: {message}")]
    Field { path: String, message: String },
}

/// The answer to `GET /products`.
pub fn products(body: &[u8]) -> Result<Vec<Listed<'_>>, ShapeError> {
    let listed = elements(body)?.into_iter().enumerate();
    listed
        .map(|(place, text)| {
            Ok(Listed {
                product: element(place, text)?,
                text,
            })
        })
        .collect()
}

/// The answer to `GET /carts`.
pub fn carts(body: &[u8]) -> Result<Vec<Cart>, ShapeError> {
    let listed = elements(body)?.into_iter().enumerate();
    listed.map(|(place, text)| element(place, text)).collect()
}

fn elements(body: &[u8]) -> Result<Vec<&str>, ShapeError> {
    let elements = serde_json::from_slice::<Vec<&RawValue>>(body).map_err(ShapeError::NotArray)?;
    Ok(elements.into_iter().map(RawValue::get).collect())
}

fn element<T: DeserializeOwned>(place: usize, text: &str) -> Result<T, ShapeError> {
    let mut json = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(&mut json).map_err(|error| ShapeError::Field {
        path: match error.path().to_string() {
            whole if whole == "." => format!("[{place}]"),
            path => format!("[{place}].{path}"),
        },
        message: without_place(error.inner()),
    })
}

/// Line and column of an element by itself say nothing.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    match text.is_empty() {
        true => Err(D::Error::custom("expected a text that is not empty")),
        false => Ok(text),
    }
}

/// A number or a text, every digit kept.
fn amount<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Amount, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    let text = raw.get().trim_matches('"').to_owned();
    match text.parse::<Money>() {
        Ok(money) if money >= Money(0) => Ok(Amount { money, text }),
        _ => Err(D::Error::custom(format_args!(
            "expected an amount with at most 4 digits after the point, found {}",
            shortened(raw.get())
        ))),
    }
}

fn share_of_five<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    match f64::deserialize(deserializer)? {
        0.0..=5.0 => Ok(()),
        rate => Err(D::Error::custom(format_args!("expected 0 to 5, found {rate}"))),
    }
}

fn required_moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(D::Error::custom)
}

fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| text.parse()).transpose().map_err(D::Error::custom)
}

fn shortened(text: &str) -> impl fmt::Display {
    text.chars().take(40).collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"id":1,"title":"Lamp","price":10.10,"category":"home","rating":{"rate":4.5,"count":3}}"#;

    #[track_caller]
    fn check(body: &str, expect: &str) {
        let error = products(body.as_bytes()).unwrap_err();
        assert!(error.to_string().starts_with(expect), "{error}");
    }

    #[test]
    fn wrong_field_is_named_by_its_path() {
        let with = |from: &str, to: &str| format!("[{GOOD},{GOOD},{}]", GOOD.replace(from, to));
        check(&with("4.5", "\"good\""), "[2].rating.rate: invalid type: string");
        check(&with("4.5", "7"), "[2].rating.rate: expected 0 to 5, found 7");
        check(&with("10.10", "1e3"), "[2].price: expected an amount");
        check(&with("10.10", "-1"), "[2].price: expected an amount");
        check(&with("\"Lamp\"", "\"\""), "[2].title: expected a text");
        check(&with("\"id\":1,", ""), "[2]: missing field `id`");
        check("[[]]", "[0]: invalid");
    }

    #[test]
    fn what_is_no_array_is_named_by_line_and_column() {
        for body in ["{}", "[{\"id\": 1}", "<html>", ""] {
            let error = products(body.as_bytes()).unwrap_err().to_string();
            assert!(
                error.starts_with("not a JSON array: ") && error.contains(" at line 1 column "),
                "{error}"
            );
        }
    }

    #[test]
    fn prices_keep_their_digits() {
        let body = format!("[{GOOD}]");
        let listed = products(body.as_bytes()).unwrap();
        assert_eq!(listed[0].text, GOOD);
        assert_eq!(listed[0].product.price.text, "10.10");
        assert_eq!(listed[0].product.price.money, Money(101_000));
    }

    #[test]
    fn carts_have_dates() {
        let cart = r#"{"id":1,"userId":2,"date":"2020-03-02T00:00:00.000Z","products":[{"productId":3,"quantity":4}],"__v":0}"#;
        assert_eq!(
            carts(format!("[{cart}]").as_bytes()).unwrap()[0].products[0].quantity,
            4
        );
        let undated = carts(format!("[{}]", cart.replace("2020-03-02T", "yesterday ")).as_bytes()).unwrap_err();
        assert!(
            undated.to_string().starts_with("[0].date: expected an RFC 3339"),
            "{undated}"
        );
        let negative = carts(format!("[{}]", cart.replace(":4", ":-4")).as_bytes()).unwrap_err();
        assert!(
            negative.to_string().starts_with("[0].products[0].quantity: "),
            "{negative}"
        );
    }
}
