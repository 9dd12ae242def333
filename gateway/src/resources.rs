//! Saved reports: `POST /create_resource/` keeps a metric with its parameters under a name, `GET /get_resource/` gives it back.

mod create;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{self, Path, RawQuery};
use axum::response::{IntoResponse, Response};
use event::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;
use url::form_urlencoded;
use uuid::Uuid;
use warehouse::{SavedReport, SavedReportFilter};

use crate::State;
use crate::caching::no_store;
use crate::query::Query;
use crate::reports::ReportsError;
use crate::roles::{Caller, Reader};
pub(crate) use create::create;

/// A saved report as it is answered.
#[derive(Serialize)]
struct Resource {
    id: String,
    name: String,
    metric: String,
    parameters: Box<RawValue>,
    created_at: String,
    created_by: String,
    /// Where its rows are.
    report: String,
}

#[derive(Serialize)]
struct Answer {
    resources: Vec<Resource>,
    /// `after` of the next page; `null` at the end.
    next: Option<String>,
}

/// `GET /get_resource/?id=&limit=&after=`: the saved reports, latest first, or the one of `id`.
pub(crate) async fn list(
    extract::State(state): extract::State<State>,
    Reader(caller): Reader,
    RawQuery(query): RawQuery,
) -> Result<Response, ReportsError> {
    let known = |name: &str| ["id", "limit", "after"].contains(&name);
    let unknown = "is not known: id, limit and after are";
    let query = Query::read(query.as_deref().unwrap_or(""), known, unknown)?;
    if let Some(id) = query.parsed("id", "must be a UUID", |text| text.parse().ok())? {
        return get(&state, &caller, id).await;
    }
    let limit = query.page_rows()?;
    let filter = SavedReportFilter {
        id: None,
        sites: caller.sites(),
        before: query.parsed("after", "must be `next` of an answer", read_cursor)?,
    };
    let found = state.warehouse.saved_reports(&filter, limit).await?;
    let is_last = found.len() < limit as usize;
    let next = found.last().filter(|_| !is_last);
    let next = next.map(|last| format!("{}_{}", last.created_ms, last.id));
    let resources = found.into_iter().map(Resource::of).collect::<Result<_, _>>()?;
    Ok((no_store(), Json(Answer { resources, next })).into_response())
}

/// `GET /get_resource/{id}`
pub(crate) async fn one(
    extract::State(state): extract::State<State>,
    Reader(caller): Reader,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, ReportsError> {
    let id = id.ok().and_then(|Path(id)| id.parse().ok());
    get(&state, &caller, id.ok_or(ReportsError::UnknownResource)?).await
}

/// One of another site than the caller's is as unknown as one that is not there.
async fn get(state: &State, caller: &Caller, id: Uuid) -> Result<Response, ReportsError> {
    let filter = SavedReportFilter {
        id: Some(id),
        sites: caller.sites(),
        before: None,
    };
    let found = state.warehouse.saved_reports(&filter, 1).await?;
    let found = found.into_iter().next().ok_or(ReportsError::UnknownResource)?;
    Ok((no_store(), Json(Resource::of(found)?)).into_response())
}

impl Resource {
    fn of(found: SavedReport) -> Result<Self, ReportsError> {
        let parameters: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&found.parameters).map_err(ReportsError::Answer)?;
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in &parameters {
            query.append_pair(name, value.as_str().unwrap_or_default());
        }
        Ok(Self {
            report: format!("/reports/{}?{}", found.metric, query.finish()),
            parameters: RawValue::from_string(found.parameters).map_err(ReportsError::Answer)?,
            created_at: Timestamp(found.created_ms).to_string(),
            id: found.id,
            name: found.name,
            metric: found.metric,
            created_by: found.created_by,
        })
    }
}

fn read_cursor(text: &str) -> Option<(i64, Uuid)> {
    let (created_ms, id) = text.split_once('_')?;
    Some((created_ms.parse().ok()?, id.parse().ok()?))
}
