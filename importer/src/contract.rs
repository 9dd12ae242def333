//! The names of `docs/events.md`, in its order, and how a cell becomes each one's value.

/// How the text of a cell is written as JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plain {
    Text,
    Number,
}

use Plain::{Number, Text};

pub(crate) const EVENT: [(&str, Plain); 13] = [
    ("id", Text),
    ("type", Text),
    ("created_at", Text),
    ("session_id", Text),
    ("url", Text),
    ("referrer", Text),
    ("user_id", Text),
    ("site", Text),
    ("schema_version", Number),
    ("user_agent", Text),
    ("ip", Text),
    ("received_at", Text),
    ("device_type", Text),
];

/// Fields with a column of their own; beside them `payload` takes any.
pub(crate) const PAYLOAD: [(&str, Plain); 19] = [
    ("event_title", Text),
    ("element_id", Text),
    ("x", Number),
    ("y", Number),
    ("element_x", Number),
    ("element_y", Number),
    ("viewport_w", Number),
    ("viewport_h", Number),
    ("page_w", Number),
    ("page_h", Number),
    ("product_id", Text),
    ("order_id", Text),
    ("status", Text),
    ("error_code", Text),
    ("category", Text),
    ("price", Number),
    ("currency", Text),
    ("quantity", Number),
    ("latency_ms", Number),
];

/// What an event cannot be without.
pub(crate) const REQUIRED: [&str; 4] = ["type", "created_at", "session_id", "url"];

/// The column whose cells are JSON objects with further fields of `payload`.
pub(crate) const REST: &str = "payload";

pub(crate) fn event_field(name: &str) -> Option<Plain> {
    find(&EVENT, name)
}

pub(crate) fn payload_field(name: &str) -> Option<Plain> {
    find(&PAYLOAD, name)
}

fn find(fields: &[(&str, Plain)], name: &str) -> Option<Plain> {
    let found = fields.iter().find(|(field, _)| *field == name);
    found.map(|(_, plain)| *plain)
}

/// Where a field stands in the order of events that are made here.
pub(crate) fn rank(fields: &[(&str, Plain)], name: &str) -> usize {
    fields
        .iter()
        .position(|(field, _)| *field == name)
        .unwrap_or(fields.len())
}

/// A column's name as the contract would write it: `Created At` as `created_at`, `payload.x` as `x`.
pub(crate) fn normal(name: &str) -> String {
    let name = name.trim().to_ascii_lowercase().replace([' ', '-'], "_");
    match name.strip_prefix("payload.") {
        Some(field) => field.to_owned(),
        None => name,
    }
}

/// Whether a column of this name needs no mapping.
pub(crate) fn is_native(name: &str) -> bool {
    let name = normal(name);
    name == REST || event_field(&name).is_some() || payload_field(&name).is_some()
}
