use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An amount of money in ten-thousandths of the currency's unit: `Decimal(18, 4)` in ClickHouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Money(pub i64);

impl Money {
    /// Ten-thousandths in one unit of the currency.
    pub const SCALE: i64 = 10_000;
}

/// The text is not a decimal number with at most fourteen digits before and four after the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a decimal number with at most 14 digits before and 4 after the point")]
pub struct NotMoney;

impl FromStr for Money {
    type Err = NotMoney;

    fn from_str(text: &str) -> Result<Self, NotMoney> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let point_without_digits = digits.contains('.') && fraction.is_empty();
        if whole.is_empty() || whole.len() > 14 || point_without_digits || !all_digits(whole) || !all_digits(fraction) {
            return Err(NotMoney);
        }
        let fraction = fraction.trim_end_matches('0');
        let Some(padding) = 4_usize.checked_sub(fraction.len()) else {
            return Err(NotMoney);
        };
        let digits = whole
            .bytes()
            .chain(fraction.bytes())
            .chain(std::iter::repeat_n(b'0', padding));
        let ten_thousandths = digits.fold(0, |amount, digit| amount * 10 + i64::from(digit - b'0'));
        Ok(Self(if negative { -ten_thousandths } else { ten_thousandths }))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let amount = self.0.unsigned_abs();
        let scale = Self::SCALE.unsigned_abs();
        write!(formatter, "{sign}{}.{:04}", amount / scale, amount % scale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: Option<i64>) {
        assert_eq!(text.parse::<Money>().ok().map(|money| money.0), expect, "{text}");
    }

    #[test]
    fn keeps_every_decimal_digit() {
        check("10.10", Some(101_000));
        check("0.0001", Some(1));
        check("-3", Some(-30_000));
        check("99999999999999.9999", Some(999_999_999_999_999_999));
        check("1.50000", Some(15_000));
    }

    #[test]
    fn refuses_what_is_no_amount() {
        for text in ["", "-", ".5", "5.", "1e3", "1.00001", "NaN", "1,5", "100000000000000"] {
            check(text, None);
        }
    }
}
