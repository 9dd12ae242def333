//! Amounts and measures, never as floating-point numbers: `10.10` stays `10.10`.

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// An amount of money, written as a text with two digits after the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Cents(pub(crate) u64);

impl Serialize for Cents {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}.{:02}", self.0 / 100, self.0 % 100))
    }
}

/// A measure, written as a number with this many digits after the point.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measure {
    pub(crate) units: i64,
    pub(crate) digits: u32,
}

impl Serialize for Measure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (sign, scale) = (if self.units < 0 { "-" } else { "" }, 10_u64.pow(self.digits));
        let (whole, fraction) = (self.units.unsigned_abs() / scale, self.units.unsigned_abs() % scale);
        let text = format!("{sign}{whole}.{fraction:0width$}", width = self.digits as usize);
        let raw = RawValue::from_string(text).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_kept() {
        let json = |value: &dyn Fn() -> serde_json::Result<String>| value().unwrap();
        assert_eq!(json(&|| serde_json::to_string(&Cents(1_010))), r#""10.10""#);
        assert_eq!(json(&|| serde_json::to_string(&Cents(5))), r#""0.05""#);
        let measure = |units, digits| serde_json::to_string(&Measure { units, digits }).unwrap();
        assert_eq!([measure(50, 1), measure(-1_200, 4)], ["5.0", "-0.1200"]);
    }
}
