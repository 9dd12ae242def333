use axum::Json;
use axum::extract::{self, RawQuery};
use axum::response::{IntoResponse, Response};
use event::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;
use warehouse::{AuditCursor, AuditEntry};

use crate::State;
use crate::caching::no_store;
use crate::moment;
use crate::query::Query;
use crate::reports::ReportsError;
use crate::roles::Admin;

#[derive(Serialize)]
struct Answer {
    entries: Vec<Entry>,
    /// `after` of the next page; `null` at the end.
    next: Option<String>,
}

#[derive(Serialize)]
struct Entry {
    id: String,
    begun_at: String,
    ended_at: Option<String>,
    who: String,
    action: String,
    parameters: Box<RawValue>,
    outcome: String,
}

/// `GET /audit/?from=&limit=&after=`: what administrators did, latest first.
pub(crate) async fn list(
    extract::State(state): extract::State<State>,
    Admin(caller): Admin,
    RawQuery(query): RawQuery,
) -> Result<Response, ReportsError> {
    caller.everywhere()?;
    let known = |name: &str| ["from", "limit", "after"].contains(&name);
    let unknown = "is not known: from, limit and after are";
    let query = Query::read(query.as_deref().unwrap_or(""), known, unknown)?;
    let now = (state.clock)();
    let message = "must be an RFC 3339 moment, milliseconds since 1970, or a time ago such as 15m, 2h or 7d";
    let from = query.parsed("from", message, |text| moment::parse_or_ago(text, now))?;
    let limit = query.page_rows()?;
    let after = query.parsed("after", "must be `next` of an answer", read_cursor)?;
    // Also who looks at this is worth knowing, but a list of its own lookers would never end.
    tracing::info!(who = caller.name(), "audit read");
    let from_ms = from.map_or(i64::MIN, |from| from.0);
    let found = state
        .warehouse
        .audit(&after.unwrap_or(AuditCursor::START), from_ms, limit)
        .await?;
    let is_last = found.len() < limit as usize;
    let next = found.last().filter(|_| !is_last);
    let next = next.map(|last| format!("{}_{}", last.begun_ms, last.id));
    let entries = found.into_iter().map(entry).collect::<Result<_, _>>();
    let entries = entries.map_err(ReportsError::Answer)?;
    Ok((no_store(), Json(Answer { entries, next })).into_response())
}

fn entry(found: AuditEntry) -> Result<Entry, serde_json::Error> {
    Ok(Entry {
        begun_at: Timestamp(found.begun_ms).to_string(),
        ended_at: found.ended_ms.map(|ended| Timestamp(ended).to_string()),
        id: found.id,
        who: found.who,
        action: found.action,
        parameters: RawValue::from_string(found.parameters)?,
        outcome: found.outcome,
    })
}

fn read_cursor(text: &str) -> Option<AuditCursor> {
    let (begun_ms, id) = text.split_once('_')?;
    Some(AuditCursor {
        begun_ms: begun_ms.parse().ok()?,
        id: id.parse().ok()?,
    })
}
