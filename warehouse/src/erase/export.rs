//! Everything stored about a user, as lines of JSON.

use std::io;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use event::{entity, group};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::quarantine::{self, Known, Reader, Stored, Verdict};
use super::{Count, EVENTS, EraseError, Subject, count, entities};
use crate::Warehouse;

/// Whose columns are plain; the marts they are made of say nothing more.
const VIEWS: [(&str, &str); 4] = [
    ("daily_users", "daily_users FINAL"),
    ("user_first_seen", "user_first_seen_view"),
    ("sessions", "sessions_view"),
    ("orders", "orders_view"),
];

type Take<'t> = &'t mut dyn FnMut(&str, &str) -> io::Result<()>;

pub(super) async fn run(warehouse: &Warehouse, subject: &Subject, take: Take<'_>) -> Result<Vec<Count>, EraseError> {
    let events = format!(
        "SELECT 'events' AS stored_in, * FROM events FINAL WHERE (site, id) IN (SELECT site, id FROM ({EVENTS}))
         ORDER BY created_at, id"
    );
    let mut counts = vec![lines(warehouse, subject, ("events", &events), take).await?];
    let known = &Known::find(warehouse, subject).await?;
    let reader = Reader { subject, known };
    let mut rows = 0;
    let walk = quarantine::each(warehouse, subject, |row| {
        let own = match reader.judge(&row)? {
            Verdict::Other | Verdict::Unreadable => return Ok(()),
            Verdict::Whole => None,
            Verdict::Part { rest } => Some(rest),
        };
        rows += 1;
        if let Ok(entities) = entity::open(&row.bytes) {
            // Sealed as those of the table are.
            let line = with_member(&head(&row), "entities", &reader.own_entities(&entities));
            return Ok(take("entities", &line)?);
        }
        Ok(take(
            "quarantine",
            &quarantined(&row, own.as_deref(), &reader).to_string(),
        )?)
    });
    walk.await?;
    counts.push(count("quarantine", rows));
    counts.push(entity_lines(warehouse, subject, take).await?);
    for (name, from) in VIEWS {
        let of_user = "({all:UInt8} = 1 OR site = {site:String}) AND";
        let rows = match name {
            "sessions" => format!(
                "{of_user} (site, session_id) IN (SELECT site, session_id FROM ({EVENTS}) WHERE session_id != '') OR user_id = {{user:String}}"
            ),
            "orders" => format!(
                "{of_user} (site, order_id) IN (SELECT site, order_id FROM ({EVENTS})) OR user_id = {{user:String}}"
            ),
            _ => format!("{of_user} user_id = {{user:String}}"),
        };
        let sql = format!("SELECT '{name}' AS stored_in, * FROM {from} WHERE {rows}");
        counts.push(lines(warehouse, subject, (name, &sql), take).await?);
    }
    Ok(counts)
}

async fn lines(
    warehouse: &Warehouse,
    subject: &Subject,
    (name, sql): (&str, &str),
    take: Take<'_>,
) -> Result<Count, EraseError> {
    let mut rows = 0;
    let parameters = subject.parameters();
    let read = warehouse.lines(sql, &parameters, |line| {
        rows += 1;
        Ok::<_, EraseError>(take(name, line)?)
    });
    read.await?;
    Ok(count(name, rows))
}

/// The payload stands in its line as the JSON it is.
async fn entity_lines(warehouse: &Warehouse, subject: &Subject, take: Take<'_>) -> Result<Count, EraseError> {
    let rows: Vec<Value> = warehouse.all(&entities::rows(), &subject.parameters()).await?;
    let number = rows.len() as u64;
    for mut row in rows {
        let payload = row.as_object_mut().and_then(|fields| fields.remove("payload"));
        let payload = payload.as_ref().and_then(Value::as_str).unwrap_or("null");
        // Digits and order of the payload stay as sent.
        let json = match serde_json::from_str::<&RawValue>(payload) {
            Ok(raw) => raw.get().to_owned(),
            Err(_) => json!(payload).to_string(),
        };
        take("entities", &with_member(&row, "payload", &json))?;
    }
    Ok(count("entities", number))
}

/// The row, with the events in it as the JSON that was sent, as what was made of it, or in Base64.
fn quarantined(row: &Stored, rest: Option<&[u8]>, reader: &Reader<'_>) -> Value {
    let mut line = head(row);
    let (name, content) = match (group::open(&row.bytes), rest) {
        (Ok(group), _) => ("events", reader.own_events(&group)),
        (Err(_), None) => match str::from_utf8(&row.bytes) {
            Ok(text) => ("sent", json!(text)),
            Err(_) => ("sent_base64", json!(BASE64_STANDARD.encode(&row.bytes))),
        },
        (Err(_), Some(_)) => ("sent", reader.own_sent(row)),
    };
    line[name] = content;
    line
}

/// An object that is not empty, with one more member behind the others, digit by digit as it is.
pub(super) fn with_member(object: &Value, name: &str, json: &str) -> String {
    let object = object.to_string();
    let open = object.strip_suffix('}').expect("an object ends so");
    format!("{open},\"{name}\":{json}}}")
}

fn head(row: &Stored) -> Value {
    json!({
        "stored_in": "quarantine",
        "id": row.id,
        "at_ms": row.at_ms,
        "received_at_ms": row.received_at_ms,
        "site": row.site,
        "reason": row.reason,
        "field": row.field,
        "message": row.message,
        "user_agent": row.user_agent,
        "ip": row.ip,
    })
}
