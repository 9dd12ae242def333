//! The fields of `payload`.

use std::borrow::Cow;

use super::fields::{Field, Fields, known_fields};
use super::places::Place;
use super::sent::{Sent, Wrong, unpaired_name};
use crate::{Payload, Reason, limits};

known_fields!(PayloadFields, "payload.", {
    event_title: "event_title",
    element_id: "element_id",
    x: "x",
    y: "y",
    element_x: "element_x",
    element_y: "element_y",
    viewport_w: "viewport_w",
    viewport_h: "viewport_h",
    page_w: "page_w",
    page_h: "page_h",
    product_id: "product_id",
    category: "category",
    price: "price",
    currency: "currency",
    quantity: "quantity",
    order_id: "order_id",
    status: "status",
    error_code: "error_code",
    latency_ms: "latency_ms",
});

/// The event itself is the first level, `payload` the second.
const LEVELS_ABOVE: usize = 2;

/// `places` are those of its fields in the body.
pub(super) fn payload<'a>(sent: &Sent<'a>, body: &'a str, places: &[Place]) -> Result<Payload<'a>, Wrong> {
    let Some(object) = sent.value() else {
        return Ok(Payload::default());
    };
    if !object.starts_with('{') {
        return Err(sent.wrong_type("object", object));
    }
    let mut known = PayloadFields::new();
    let mut rest = String::new();
    for field in Fields::of(body, places) {
        let field = field.map_err(|_| sent.wrong(unpaired_name()))?;
        match known.get_mut(&field.name) {
            Some(slot) => slot.set(field.value)?,
            None => keep(&field, &mut rest, sent)?,
        }
    }
    if !rest.is_empty() {
        rest.push('}');
    }
    typed(&known, Cow::Owned(rest))
}

/// Appends a field without a column to `rest`, as sent.
fn keep(field: &Field<'_, '_>, rest: &mut String, payload: &Sent<'_>) -> Result<(), Wrong> {
    if field.value.starts_with(['{', '[']) && LEVELS_ABOVE + levels(field.value) > limits::DEPTH {
        return Err(payload.wrong(Reason::TooDeep { limit: limits::DEPTH }));
    }
    rest.reserve(field.name_text.len() + field.value.len() + "{:}".len());
    rest.push(if rest.is_empty() { '{' } else { ',' });
    rest.push_str(field.name_text);
    rest.push(':');
    rest.push_str(field.value);
    Ok(())
}

/// How deep the arrays and objects of a JSON text are nested.
fn levels(value: &str) -> usize {
    let (mut level, mut deepest) = (0_usize, 0);
    let (mut in_string, mut escaped) = (false, false);
    for byte in value.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                level += 1;
                deepest = deepest.max(level);
            }
            b'}' | b']' if !in_string => level -= 1,
            _ => {}
        }
    }
    deepest
}

fn typed<'a>(known: &PayloadFields<'a>, rest: Cow<'a, str>) -> Result<Payload<'a>, Wrong> {
    Ok(Payload {
        event_title: known.event_title.text(limits::EVENT_TITLE_BYTES)?,
        element_id: known.element_id.text(limits::ELEMENT_ID_BYTES)?,
        x: known.x.pixels()?,
        y: known.y.pixels()?,
        element_x: known.element_x.pixels()?,
        element_y: known.element_y.pixels()?,
        viewport_w: known.viewport_w.size(limits::PIXELS.unsigned_abs())?,
        viewport_h: known.viewport_h.size(limits::PIXELS.unsigned_abs())?,
        page_w: known.page_w.size(limits::PIXELS.unsigned_abs())?,
        page_h: known.page_h.size(limits::PIXELS.unsigned_abs())?,
        product_id: known.product_id.label(limits::LABEL_BYTES)?,
        category: known.category.text(limits::LABEL_BYTES)?,
        price: known.price.money()?,
        currency: currency(&known.currency)?,
        quantity: known.quantity.whole(limits::QUANTITY)?,
        order_id: known.order_id.label(limits::LABEL_BYTES)?,
        status: known.status.label(limits::LABEL_BYTES)?,
        error_code: known.error_code.label(limits::LABEL_BYTES)?,
        latency_ms: known.latency_ms.size(limits::LATENCY_MS)?,
        rest,
    })
}

/// ISO 4217, brought to upper case.
fn currency<'a>(sent: &Sent<'a>) -> Result<Cow<'a, str>, Wrong> {
    let text = sent.text(limits::CURRENCY_BYTES)?;
    match text.as_bytes() {
        [] => Ok(text),
        letters @ [_, _, _] if letters.iter().all(u8::is_ascii_uppercase) => Ok(text),
        letters @ [_, _, _] if letters.iter().all(u8::is_ascii_alphabetic) => Ok(text.to_ascii_uppercase().into()),
        _ => Err(sent.malformed("three letters of ISO 4217, such as EUR", &text)),
    }
}
