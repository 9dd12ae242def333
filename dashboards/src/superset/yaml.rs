use std::fmt::Write;

use serde_json::Value;

/// YAML 1.1 and 1.2 alike: texts are quoted as in JSON, those of several lines are literal blocks.
pub(super) fn text(value: &Value) -> String {
    let mut out = String::new();
    block(value, 0, &mut out);
    out
}

fn block(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                indent(depth, out);
                write_key(key, out);
                after_key(value, depth, out);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                indent(depth, out);
                out.push('-');
                after_key(item, depth, out);
            }
        }
        _ => {
            indent(depth, out);
            out.push_str(&value.to_string());
            out.push('\n');
        }
    }
}

fn after_key(value: &Value, depth: usize, out: &mut String) {
    let is_empty =
        value.as_object().is_some_and(serde_json::Map::is_empty) || value.as_array().is_some_and(Vec::is_empty);
    match value {
        Value::Object(_) | Value::Array(_) if !is_empty => {
            out.push('\n');
            block(value, depth + 1, out);
        }
        Value::String(text) if is_literal(text) => {
            // Stripped of the last line's end, and with the indentation said, whatever the first line begins with.
            out.push_str(" |2-\n");
            for line in text.lines() {
                if !line.is_empty() {
                    indent(depth + 1, out);
                    out.push_str(line);
                }
                out.push('\n');
            }
        }
        value => {
            writeln!(out, " {value}").expect("a String takes all");
        }
    }
}

/// Lines of which a literal block says exactly what they are.
fn is_literal(text: &str) -> bool {
    let is_plain = |letter: char| letter == '\n' || !letter.is_control();
    text.contains('\n')
        && !text.ends_with('\n')
        && text.chars().all(is_plain)
        && text.lines().all(|line| line.trim_end() == line)
}

fn write_key(key: &str, out: &mut String) {
    let is_plain = key
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    // These are booleans or null in YAML 1.1.
    let is_word = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"].contains(&key.to_lowercase().as_str());
    if is_plain && !is_word && key.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_') {
        out.push_str(key);
    } else {
        out.push_str(&Value::from(key).to_string());
    }
    out.push(':');
}

fn indent(depth: usize, out: &mut String) {
    out.push_str(&"  ".repeat(depth));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn lines_are_a_block() {
        let value = json!({"a": {"sql": "  SELECT\n\n1", "n": null, "on": [], "list": [{"b": 1}, "x: y"]}});
        let expected = "a:\n  list:\n    -\n      b: 1\n    - \"x: y\"\n  \"n\": null\n  \"on\": []\n  sql: |2-\n      SELECT\n\n    1\n";
        assert_eq!(super::text(&value), expected);
    }
}
