use event::decode::BodyError;
use event::limits::EVENTS;
use serde_json::value::RawValue;

use super::error::EntitiesError;
use crate::events::EventsError;

/// The JSON text of each entity, in the order sent: of an array's elements, of the one object, or, with `lines`, of each line, which
/// is not looked into yet.
pub(super) fn split(body: &[u8], lines: bool) -> Result<Vec<&str>, EntitiesError> {
    let text = str::from_utf8(body).map_err(|error| {
        let valid = &body[..error.valid_up_to()];
        let line = valid.iter().filter(|&&byte| byte == b'\n').count() + 1;
        let column = valid.iter().rev().take_while(|&&byte| byte != b'\n').count() + 1;
        syntax(line, column, "text is not UTF-8")
    })?;
    let texts = match lines {
        true => text.lines().map(str::trim).filter(|line| !line.is_empty()).collect(),
        false => values(text)?,
    };
    match texts.len() {
        0 => Err(EntitiesError::Empty),
        1..=EVENTS => Ok(texts),
        _ => Err(EntitiesError::TooMany),
    }
}

fn values(text: &str) -> Result<Vec<&str>, EntitiesError> {
    if text.trim().is_empty() {
        return Err(EntitiesError::Empty);
    }
    let values = match text.trim_start().starts_with('[') {
        true => serde_json::from_str::<Vec<&RawValue>>(text),
        false => serde_json::from_str(text).map(|value| vec![value]),
    };
    match values {
        Ok(values) => Ok(values.into_iter().map(RawValue::get).collect()),
        Err(error) => {
            let message = error.to_string();
            let end = message.rfind(" at line ").unwrap_or(message.len());
            Err(syntax(error.line(), error.column(), &message[..end]))
        }
    }
}

fn syntax(line: usize, column: usize, message: &str) -> EntitiesError {
    EntitiesError::Request(EventsError::Body(BodyError::Syntax {
        line,
        column,
        message: message.to_owned(),
    }))
}
