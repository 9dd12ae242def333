//! Numbers as people write them, digit by digit, so that 10.10 stays 10.10.

use super::text::is_number;
use crate::mapping::Decimal;

/// Places after the point that a shifted number may have.
const MOST_PLACES: usize = 40;

/// `text` as JSON, its point moved `scale` places to the right (to the left when negative). `None` when it is no number.
pub(crate) fn number(text: &str, decimal: Decimal, scale: i8) -> Option<String> {
    let mut plain = match decimal {
        Decimal::Point => text.to_owned(),
        Decimal::Comma if text.contains('.') => return None,
        Decimal::Comma => text.replacen(',', ".", 1),
    };
    if plain.starts_with('+') {
        plain.remove(0);
    }
    let (sign, digits) = match plain.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", plain.as_str()),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) || (digits.contains('.') && fraction.is_empty())
    {
        // With an exponent it is JSON as it stands, or nothing.
        return (scale == 0 && is_number(&plain)).then_some(plain);
    }
    let (mut whole, mut fraction) = (whole.to_owned(), fraction.to_owned());
    for _ in 0..scale {
        whole.push(if fraction.is_empty() { '0' } else { fraction.remove(0) });
    }
    for _ in scale..0 {
        fraction.insert(0, whole.pop().unwrap_or('0'));
    }
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    match fraction.len() {
        0 => Some(format!("{sign}{whole}")),
        1..=MOST_PLACES => Some(format!("{sign}{whole}.{fraction}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stay_as_they_are() {
        for (text, decimal, scale, expect) in [
            ("10.10", Decimal::Point, 0, Some("10.10")),
            ("10,10", Decimal::Comma, 0, Some("10.10")),
            ("007", Decimal::Point, 0, Some("7")),
            ("+5", Decimal::Point, 0, Some("5")),
            ("1450", Decimal::Point, -2, Some("14.50")),
            ("5", Decimal::Point, -2, Some("0.05")),
            ("-5", Decimal::Point, -1, Some("-0.5")),
            ("1.5", Decimal::Point, 3, Some("1500")),
            ("0.0005", Decimal::Point, 3, Some("0.5")),
            ("1e3", Decimal::Point, 0, Some("1e3")),
            ("1e3", Decimal::Point, 1, None),
            ("10,10", Decimal::Point, 0, None),
            ("1.234,50", Decimal::Comma, 0, None),
            ("10.10", Decimal::Comma, 0, None),
            ("5.", Decimal::Point, 0, None),
            ("", Decimal::Point, 0, None),
            ("twelve", Decimal::Point, 0, None),
        ] {
            assert_eq!(
                number(text, decimal, scale).as_deref(),
                expect,
                "{text} {decimal:?} {scale}"
            );
        }
    }
}
