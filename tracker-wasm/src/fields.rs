//! What the event crate's JSON writer leaves to its caller.

use event::json::Object;

/// Left out when the text is empty: the contract reads absence as "not given".
pub(crate) fn given(object: &mut Object<'_>, name: &str, value: &str) {
    if !value.is_empty() {
        object.text(name, value);
    }
}

/// Rounded to a whole number, halves away from zero; NaN is left out.
pub(crate) fn rounded(object: &mut Object<'_>, name: &str, value: f64) {
    if !value.is_nan() {
        // `f64::round` would bring its software implementation along; a cast cuts towards zero.
        let half = if value < 0.0 { -0.5 } else { 0.5 };
        object.number(name, (value + half) as i64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_out_what_is_unknown() {
        let mut text = String::new();
        let mut object = Object::new(&mut text);
        rounded(&mut object, "down", -2.5);
        rounded(&mut object, "up", 444.5);
        rounded(&mut object, "zero", -0.2);
        rounded(&mut object, "none", f64::NAN);
        given(&mut object, "absent", "");
        given(&mut object, "here", "a");
        drop(object);
        assert_eq!(text, r#"{"down":-3,"up":445,"zero":0,"here":"a"}"#);
    }
}
