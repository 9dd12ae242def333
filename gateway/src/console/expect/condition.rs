use regex::{Regex, RegexBuilder};
use serde_json::{Value, json};

const OPERATORS: &str = "must be a value, or an object with one of equals, one_of, regex, exists, at_least and at_most";
/// Compiled; a longer expression is refused.
const REGEX_BYTES: usize = 256 * 1024;
const REGEX_TEXT_BYTES: usize = 1_024;

/// What the value at a path must be.
#[derive(Debug)]
pub(super) enum Condition {
    /// The same JSON value; numbers by their value.
    Equals(Value),
    OneOf(Vec<Value>),
    /// A text in which the expression is found somewhere.
    Regex(Regex),
    /// There is such a field, or there is none.
    Exists(bool),
    AtLeast(f64),
    AtMost(f64),
}

impl Condition {
    /// `"add_to_cart"`, `{"regex": "^add_"}`, `{"exists": true}` and so on.
    pub(super) fn read(value: Value) -> Result<Self, String> {
        let Value::Object(operator) = value else {
            return Ok(Self::Equals(value));
        };
        let mut operators = operator.into_iter();
        let (Some((name, value)), None) = (operators.next(), operators.next()) else {
            return Err(OPERATORS.to_owned());
        };
        match (name.as_str(), value) {
            ("equals", value) => Ok(Self::Equals(value)),
            ("one_of", Value::Array(values)) if !values.is_empty() => Ok(Self::OneOf(values)),
            ("one_of", _) => Err("one_of must be an array of values".to_owned()),
            ("regex", Value::String(text)) if text.len() <= REGEX_TEXT_BYTES => {
                let regex = RegexBuilder::new(&text).size_limit(REGEX_BYTES).build();
                regex
                    .map(Self::Regex)
                    .map_err(|_| format!("regex {text:?} is none that can be used"))
            }
            ("regex", _) => Err(format!("regex must be a text of at most {REGEX_TEXT_BYTES} bytes")),
            ("exists", Value::Bool(exists)) => Ok(Self::Exists(exists)),
            ("exists", _) => Err("exists must be true or false".to_owned()),
            ("at_least", Value::Number(number)) => Ok(Self::AtLeast(number.as_f64().unwrap_or(f64::NAN))),
            ("at_most", Value::Number(number)) => Ok(Self::AtMost(number.as_f64().unwrap_or(f64::NAN))),
            ("at_least" | "at_most", _) => Err(format!("{name} must be a number")),
            _ => Err(OPERATORS.to_owned()),
        }
    }

    pub(super) fn holds(&self, found: Option<&Value>) -> bool {
        let number = || found.and_then(Value::as_f64);
        match self {
            Self::Exists(exists) => found.is_some() == *exists,
            Self::Equals(value) => found.is_some_and(|found| is_same(found, value)),
            Self::OneOf(values) => found.is_some_and(|found| values.iter().any(|value| is_same(found, value))),
            Self::Regex(regex) => found.and_then(Value::as_str).is_some_and(|text| regex.is_match(text)),
            Self::AtLeast(least) => number().is_some_and(|number| number >= *least),
            Self::AtMost(most) => number().is_some_and(|number| number <= *most),
        }
    }

    /// As it was given.
    pub(super) fn json(&self) -> Value {
        match self {
            Self::Equals(Value::Object(fields)) => json!({"equals": fields}),
            Self::Equals(value) => value.clone(),
            Self::OneOf(values) => json!({"one_of": values}),
            Self::Regex(regex) => json!({"regex": regex.as_str()}),
            Self::Exists(exists) => json!({"exists": exists}),
            Self::AtLeast(least) => json!({"at_least": least}),
            Self::AtMost(most) => json!({"at_most": most}),
        }
    }
}

/// 1 is 1.0, at any depth.
fn is_same(found: &Value, value: &Value) -> bool {
    match (found, value) {
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let same = |(name, value): (&String, &Value)| other.get(name).is_some_and(|other| is_same(value, other));
            one.len() == other.len() && one.iter().all(same)
        }
        (one, other) => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(condition: Value, holds: &[Value], fails: &[Value]) {
        let condition = Condition::read(condition).unwrap();
        for value in holds {
            assert!(condition.holds(Some(value)), "{condition:?} of {value}");
        }
        for value in fails {
            assert!(!condition.holds(Some(value)), "{condition:?} of {value}");
        }
    }

    #[test]
    fn compares_values() {
        check(json!("a"), &[json!("a")], &[json!("A"), json!(1), json!(null)]);
        check(json!(1), &[json!(1), json!(1.0)], &[json!("1"), json!(2)]);
        check(
            json!([1, {"a": 2}]),
            &[json!([1.0, {"a": 2.0}])],
            &[json!([1]), json!([1, {"a": 2, "b": 3}])],
        );
        check(
            json!({"equals": {"a": 1}}),
            &[json!({"a": 1})],
            &[json!({}), json!({"a": 2})],
        );
        check(json!({"one_of": ["a", 2]}), &[json!("a"), json!(2)], &[json!("b")]);
        check(
            json!({"regex": "^#add-"}),
            &[json!("#add-to-cart")],
            &[json!("x#add-"), json!(7)],
        );
        check(
            json!({"at_least": 2}),
            &[json!(2), json!(3.5)],
            &[json!(1.9), json!("3")],
        );
        check(json!({"at_most": 2}), &[json!(2), json!(-3)], &[json!(2.1)]);
        check(json!({"exists": true}), &[json!(null), json!(0)], &[]);
        check(json!({"exists": false}), &[], &[json!(null)]);
        let absent = |condition| Condition::read(condition).unwrap().holds(None);
        assert!(absent(json!({"exists": false})) && !absent(json!({"exists": true})) && !absent(json!(null)));
    }

    #[test]
    fn refuses_unknown_operators() {
        for wrong in [
            json!({}),
            json!({"equals": 1, "exists": true}),
            json!({"like": "a"}),
            json!({"regex": "("}),
            json!({"regex": 7}),
            json!({"regex": "(a{1000}){1000}"}),
            json!({"one_of": []}),
            json!({"one_of": "a"}),
            json!({"exists": 1}),
            json!({"at_least": "2"}),
        ] {
            assert!(Condition::read(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
