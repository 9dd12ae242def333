//! Values as a terminal shows them.

use serde_json::Value;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// One line without control characters: texts are what strangers sent, and a terminal obeys some.
pub(super) fn cell(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::String(text) => text
            .chars()
            .map(|letter| if letter.is_control() { '\u{fffd}' } else { letter })
            .collect(),
        Value::Number(number) if number.is_f64() => {
            let text = format!("{:.4}", number.as_f64().unwrap_or_default());
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        other => cell(&Value::String(other.to_string())),
    }
}

/// The values of one column, fractions with as many digits as the one of them that needs most.
pub(super) fn column<'v>(values: impl Iterator<Item = Option<&'v Value>> + Clone) -> Vec<String> {
    let fractions = values.clone().flatten().filter(|value| value.is_f64());
    let fractions: Vec<f64> = fractions.filter_map(Value::as_f64).collect();
    // Shares need four digits to differ; money has two.
    let most = if fractions.iter().all(|value| value.abs() <= 1.0) {
        4
    } else {
        2
    };
    let needed = |value: &f64| {
        let text = format!("{value:.most$}");
        text.trim_end_matches('0').rsplit('.').next().map_or(0, str::len)
    };
    let digits = fractions.iter().map(needed).max();
    let text = |value: &Value| match (digits, value.as_f64()) {
        (Some(digits), Some(number)) => format!("{number:.digits$}"),
        _ => cell(value),
    };
    values.map(|value| value.map_or_else(String::new, text)).collect()
}

/// A number, also where ClickHouse writes it as a text.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// Cut to `columns`, with an ellipsis, and filled up with blanks.
pub(super) fn fit(text: &str, columns: usize, to_the_right: bool) -> String {
    let mut cut = String::new();
    let mut taken = 0;
    if width(text) <= columns {
        cut.push_str(text);
        taken = width(text);
    } else {
        for letter in text.chars() {
            let wide = letter.width().unwrap_or(0);
            if taken + wide + 1 > columns {
                break;
            }
            cut.push(letter);
            taken += wide;
        }
        cut.push('…');
        taken += 1;
    }
    let blanks = " ".repeat(columns.saturating_sub(taken));
    if to_the_right { blanks + &cut } else { cut + &blanks }
}

/// Words of `text` in lines of at most `columns`.
pub(super) fn wrap(text: &str, columns: usize) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().filter(|line| width(line) + 1 + width(word) <= columns);
        match line {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) => *line += &format!(" {word}"),
            None => lines.push(word.to_owned()),
        }
    }
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn shows_values_on_one_line() {
        for (value, expect) in [
            (json!(null), "–"),
            (json!(0.123_456), "0.1235"),
            (json!(2.0), "2"),
            (json!(18_446_744_073_709_551_615_u64), "18446744073709551615"),
            (json!("a\u{1b}[2Jb\nc"), "a\u{fffd}[2Jb\u{fffd}c"),
            (json!(["a", 1]), "[\"a\",1]"),
        ] {
            assert_eq!(cell(&value), expect);
        }
    }

    #[test]
    fn fractions_of_a_column_have_the_same_digits() {
        let check = |values: serde_json::Value, expect: &[&str]| {
            let values = values.as_array().unwrap();
            assert_eq!(column(values.iter().map(Some)), expect);
        };
        check(json!([0.5, 0.485_36, null, 1]), &["0.5000", "0.4854", "–", "1.0000"]);
        check(json!([35.925_331, 7, 1_234_567.5]), &["35.93", "7.00", "1234567.50"]);
        check(json!([2.0, 3.0]), &["2", "3"]);
        check(
            json!([18_446_744_073_709_551_615_u64, 1]),
            &["18446744073709551615", "1"],
        );
        check(json!(["a", 0.25]), &["a", "0.25"]);
    }

    #[test]
    fn fits_letters_of_any_width() {
        assert_eq!(fit("Кнопка", 8, false), "Кнопка  ");
        assert_eq!(fit("Кнопка", 4, false), "Кно…");
        assert_eq!(fit("日本語", 5, false), "日本…");
        assert_eq!(fit("日本語", 4, false), "日… ");
        assert_eq!(fit("42", 4, true), "  42");
        assert_eq!(wrap("один два три", 8), "один два\nтри");
    }
}
