//! A writer of JSON text, small enough for the tracker: no serde, no `format!`, no panics.
//!
//! Its inverse is [`crate::decode`]. An object or array closes itself when it is dropped.

/// Writes one object: `{"name":value,…}`.
///
/// ```
/// let mut text = String::new();
/// event::json::Object::new(&mut text).text("type", "click").number("x", 445);
/// assert_eq!(text, r#"{"type":"click","x":445}"#);
/// ```
pub struct Object<'t> {
    text: &'t mut String,
    is_empty: bool,
}

impl<'t> Object<'t> {
    pub fn new(text: &'t mut String) -> Self {
        text.push('{');
        Self { text, is_empty: true }
    }

    pub fn text(&mut self, name: &str, value: &str) -> &mut Self {
        self.name(name);
        push_text(self.text, value);
        self
    }

    pub fn number(&mut self, name: &str, value: i64) -> &mut Self {
        self.name(name);
        push_number(self.text, value);
        self
    }

    /// `value` is JSON already, a `data-` attribute's object for example.
    pub fn raw(&mut self, name: &str, value: &str) -> &mut Self {
        self.name(name);
        self.text.push_str(value);
        self
    }

    pub fn object(&mut self, name: &str) -> Object<'_> {
        self.name(name);
        Object::new(self.text)
    }

    pub fn array(&mut self, name: &str) -> Array<'_> {
        self.name(name);
        Array::new(self.text)
    }

    fn name(&mut self, name: &str) {
        separate(self.text, &mut self.is_empty);
        push_text(self.text, name);
        self.text.push(':');
    }
}

impl Drop for Object<'_> {
    fn drop(&mut self) {
        self.text.push('}');
    }
}

/// Writes one array: `[value,…]`.
pub struct Array<'t> {
    text: &'t mut String,
    is_empty: bool,
}

impl<'t> Array<'t> {
    pub fn new(text: &'t mut String) -> Self {
        text.push('[');
        Self { text, is_empty: true }
    }

    pub fn text(&mut self, value: &str) -> &mut Self {
        separate(self.text, &mut self.is_empty);
        push_text(self.text, value);
        self
    }

    pub fn number(&mut self, value: i64) -> &mut Self {
        separate(self.text, &mut self.is_empty);
        push_number(self.text, value);
        self
    }

    /// `value` is JSON already, an event encoded before for example.
    pub fn raw(&mut self, value: &str) -> &mut Self {
        separate(self.text, &mut self.is_empty);
        self.text.push_str(value);
        self
    }

    pub fn object(&mut self) -> Object<'_> {
        separate(self.text, &mut self.is_empty);
        Object::new(self.text)
    }
}

impl Drop for Array<'_> {
    fn drop(&mut self) {
        self.text.push(']');
    }
}

fn separate(text: &mut String, is_empty: &mut bool) {
    if !std::mem::take(is_empty) {
        text.push(',');
    }
}

/// RFC 8259, section 7.
fn push_text(text: &mut String, value: &str) {
    text.push('"');
    for character in value.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            control if control < ' ' => {
                let code = control as u8;
                text.push_str(if code < 0x10 { "\\u000" } else { "\\u001" });
                push_hexadecimal(text, code & 0x0f);
            }
            other => text.push(other),
        }
    }
    text.push('"');
}

fn push_hexadecimal(text: &mut String, digit: u8) {
    let zero = if digit < 10 { b'0' } else { b'a' - 10 };
    text.push(char::from(zero + digit));
}

fn push_number(text: &mut String, value: i64) {
    if value < 0 {
        text.push('-');
    }
    push_digits(text, value.unsigned_abs());
}

fn push_digits(text: &mut String, value: u64) {
    if value >= 10 {
        push_digits(text, value / 10);
    }
    text.push(char::from(b'0' + (value % 10) as u8));
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn writes_what_serde_json_reads() {
        let every_ascii: String = (0_u8..=0x7f).map(char::from).collect();
        let mut text = String::new();
        {
            let mut array = Array::new(&mut text);
            let mut object = array.object();
            object.text("ascii", &every_ascii).text(&every_ascii, "née 🦀 \u{2028}");
            object
                .number("smallest", i64::MIN)
                .number("largest", i64::MAX)
                .number("zero", 0);
            object.object("empty");
            object.array("list").number(1).text("").raw("[true]");
            object.raw("raw", "{\"a\":null}");
            drop(object);
            array.raw("2").text("last");
        }
        let expected = json!([{
            "ascii": &every_ascii, (&*every_ascii): "née 🦀 \u{2028}",
            "smallest": i64::MIN, "largest": i64::MAX, "zero": 0,
            "empty": {}, "list": [1, "", [true]], "raw": {"a": null},
        }, 2, "last"]);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), expected, "{text}");
    }
}
