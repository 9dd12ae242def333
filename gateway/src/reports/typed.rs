use jiff::civil::Date;
use uuid::Uuid;

use super::parameters::date_time;
use crate::moment;

const TEXT_BYTES: usize = 512;

/// A text as a parameter of the ClickHouse type, as the database takes it; `None` for a type that no request can give. The error
/// says what the text must be.
pub(super) fn typed(type_name: &str, text: &str) -> Option<Result<String, &'static str>> {
    if let Some(inner) = inside(type_name, "LowCardinality").or_else(|| inside(type_name, "Nullable")) {
        return typed(inner, text);
    }
    let whole = |least: i128, most: i128| match text.parse::<i128>() {
        Ok(number) if (least..=most).contains(&number) => Ok(number.to_string()),
        _ => Err("must be a whole number that its type can hold"),
    };
    let checked = match type_name {
        "String" => plain(text),
        "UInt8" => whole(0, u8::MAX.into()),
        "UInt16" => whole(0, u16::MAX.into()),
        "UInt32" => whole(0, u32::MAX.into()),
        "UInt64" => whole(0, u64::MAX.into()),
        "Int8" => whole(i8::MIN.into(), i8::MAX.into()),
        "Int16" => whole(i16::MIN.into(), i16::MAX.into()),
        "Int32" => whole(i32::MIN.into(), i32::MAX.into()),
        "Int64" => whole(i64::MIN.into(), i64::MAX.into()),
        "Float32" | "Float64" => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number.to_string()),
            _ => Err("must be a number"),
        },
        "Bool" => match text {
            "1" | "true" => Ok("true".to_owned()),
            "0" | "false" => Ok("false".to_owned()),
            _ => Err("must be 1 or 0"),
        },
        "Date" | "Date32" => match text.parse::<Date>() {
            Ok(day) if text.len() == 10 => Ok(day.to_string()),
            _ => Err("must be a date such as 2026-11-22"),
        },
        "UUID" => text
            .parse::<Uuid>()
            .map(|id| id.to_string())
            .map_err(|_| "must be a UUID"),
        _ if type_name.starts_with("DateTime") => moment::parse(text)
            .map(date_time)
            .ok_or("must be an RFC 3339 moment or milliseconds since 1970, between 2000 and 2100"),
        _ => return None,
    };
    Some(checked)
}

fn inside<'t>(type_name: &'t str, outer: &str) -> Option<&'t str> {
    type_name.strip_prefix(outer)?.strip_prefix('(')?.strip_suffix(')')
}

fn plain(text: &str) -> Result<String, &'static str> {
    match text.len() <= TEXT_BYTES && !text.chars().any(char::is_control) {
        true => Ok(text.to_owned()),
        false => Err("must be at most 512 bytes of text without control characters"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(type_name: &str, text: &str, expect: Option<&str>) {
        let found = typed(type_name, text).unwrap();
        assert_eq!(found.as_deref().ok(), expect, "{type_name} {text}: {found:?}");
    }

    #[test]
    fn takes_values_of_their_type_only() {
        check("UInt8", "255", Some("255"));
        check("UInt8", "256", None);
        check("UInt8", "1 OR 1=1", None);
        check("Int16", "-5", Some("-5"));
        check("Float64", "0.5", Some("0.5"));
        check("Float64", "inf", None);
        check("Bool", "true", Some("true"));
        check("Date", "2026-11-22", Some("2026-11-22"));
        check("Date", "2026-11-31", None);
        check(
            "DateTime64(3, 'UTC')",
            "2026-11-22T10:00:00+03:00",
            Some("2026-11-22 07:00:00.000"),
        );
        check("LowCardinality(String)", "it's", Some("it's"));
        check("String", &"x".repeat(513), None);
        check("String", "a\nb", None);
        assert!(typed("Array(String)", "a").is_none());
    }
}
