use std::collections::BTreeMap;

use axum::Json;
use axum::body::Body;
use axum::extract::{self, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use url::form_urlencoded;
use warehouse::{LowCardinality, Milliseconds, SavedReport, SavedReportRow};

use super::Resource;
use crate::State;
use crate::audit;
use crate::caching::no_store;
use crate::error::{Detail, respond};
use crate::ids::new_id;
use crate::query::Query;
use crate::reports::{Asking, Parameters, ReportsError, find, has_parameter};
use crate::roles::{Caller, Reader};

const BODY_BYTES: usize = 16 * 1024;
const NAME_CHARACTERS: usize = 100;
/// Each is one small row; without a bound a loop of somebody's would fill the disk.
const MOST_RESOURCES: u64 = 10_000;

/// What is to be saved.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Draft {
    name: String,
    metric: String,
    /// As the report's query parameters; relative moments stay relative.
    #[serde(default)]
    parameters: BTreeMap<String, String>,
}

/// Why a report was not saved; one status each.
#[derive(Debug, thiserror::Error)]
enum CreateError {
    #[error("content-type must be application/json")]
    ContentType,
    #[error("the body is larger than {BODY_BYTES} bytes")]
    TooLarge,
    #[error("the body did not arrive in time")]
    Timeout,
    #[error("the body did not arrive whole")]
    Broken,
    #[error("body is not JSON: {0}")]
    Json(serde_json::Error),
    #[error("body is no saved report ({0}): it has name, metric and parameters, an object of texts")]
    Shape(serde_json::Error),
    #[error("{field}: {message}")]
    Field { field: String, message: String },
    #[error("there are 10,000 saved reports, and no room for more")]
    Full,
    #[error(transparent)]
    Reports(#[from] ReportsError),
}

/// `POST /create_resource/`: `{"name", "metric", "parameters"}`, answered 201 with the saved report. Each is in the audit.
pub(crate) async fn create(
    extract::State(state): extract::State<State>,
    Reader(caller): Reader,
    request: Request,
) -> Response {
    let saved = save(&state, &caller, request).await;
    saved.unwrap_or_else(IntoResponse::into_response)
}

async fn save(state: &State, caller: &Caller, request: Request) -> Result<Response, CreateError> {
    let (parts, body) = request.into_parts();
    // A foreign page cannot send this type without asking first.
    check_type(&parts.headers)?;
    let draft = read(body, state).await?;
    let site = check(&draft, state, caller)?;
    if state
        .warehouse
        .count_saved_reports()
        .await
        .map_err(ReportsError::from)?
        >= MOST_RESOURCES
    {
        return Err(CreateError::Full);
    }
    let action = audit::begin(state, caller, "create_resource", &draft).await;
    let action = action.map_err(ReportsError::from)?;
    let kept = keep(draft, site, state, caller).await;
    Ok(action.answer(kept).await)
}

fn check_type(headers: &HeaderMap) -> Result<(), CreateError> {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = value.and_then(|value| value.split(';').next()).unwrap_or_default();
    match essence.trim().eq_ignore_ascii_case("application/json") {
        true => Ok(()),
        false => Err(CreateError::ContentType),
    }
}

async fn read(body: Body, state: &State) -> Result<Draft, CreateError> {
    let body = http_body_util::Limited::new(body, BODY_BYTES);
    let body = http_body_util::BodyExt::collect(body);
    let body = timeout(state.settings.body_timeout, body).await;
    let body = body.map_err(|_| CreateError::Timeout)?.map_err(|error| {
        let is_large = error.is::<http_body_util::LengthLimitError>();
        if is_large {
            CreateError::TooLarge
        } else {
            CreateError::Broken
        }
    })?;
    serde_json::from_slice(&body.to_bytes()).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => CreateError::Shape(error),
        _ => CreateError::Json(error),
    })
}

/// The site it is about. What is saved can be asked: the parameters go through the report's own checks.
fn check(draft: &Draft, state: &State, caller: &Caller) -> Result<String, CreateError> {
    let refuse = |field: &str, message: &str| CreateError::Field {
        field: field.chars().take(64).collect(),
        message: message.to_owned(),
    };
    let length = draft.name.chars().count();
    if !(1..=NAME_CHARACTERS).contains(&length)
        || draft.name.chars().any(char::is_control)
        || draft.name.trim().is_empty()
    {
        return Err(refuse("name", "must be 1 to 100 characters without control characters"));
    }
    let metric = find(&draft.metric).map_err(|error| refuse("metric", &error.to_string()))?;
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&draft.parameters)
        .finish();
    let asking = Asking {
        caller,
        sites: &state.sites,
        now: (state.clock)(),
    };
    let asked = Query::read(&query, |_| true, "").map_err(ReportsError::from);
    let asked = asked.and_then(|query| Parameters::read(&query, metric, &asking, &[]));
    match asked {
        Ok(parameters) if has_parameter(metric, "site") => Ok(parameters.site.unwrap_or_default()),
        Ok(_) => Ok(String::new()),
        Err(ReportsError::Parameter { parameter, message }) => Err(refuse(&format!("parameters.{parameter}"), message)),
        Err(error) => Err(error.into()),
    }
}

async fn keep(mut draft: Draft, site: String, state: &State, caller: &Caller) -> Result<Response, ReportsError> {
    // An empty value is none; the site is the one meant now, whatever the default will be.
    draft.parameters.retain(|_, value| !value.is_empty());
    if !site.is_empty() {
        draft.parameters.insert("site".to_owned(), site.clone());
    }
    let now = (state.clock)();
    let id = new_id(now);
    let parameters = serde_json::to_string(&draft.parameters).map_err(ReportsError::Answer)?;
    let row = SavedReportRow {
        id,
        created_at: Milliseconds(now.0),
        created_by: LowCardinality(caller.name()),
        name: &draft.name,
        metric: LowCardinality(&draft.metric),
        site: LowCardinality(&site),
        parameters: &parameters,
    };
    state.warehouse.insert_saved_report(&row).await?;
    let resource = Resource::of(SavedReport {
        id: id.to_string(),
        created_ms: now.0,
        created_by: caller.name().to_owned(),
        name: draft.name,
        metric: draft.metric,
        site,
        parameters,
    })?;
    let location = HeaderValue::try_from(format!("/get_resource/{id}"));
    let location = location.unwrap_or(HeaderValue::from_static("/get_resource/"));
    let headers = [(header::LOCATION, location)];
    Ok((StatusCode::CREATED, headers, no_store(), Json(resource)).into_response())
}

impl IntoResponse for CreateError {
    fn into_response(self) -> Response {
        let message = self.to_string();
        let answer = |status, code| {
            let detail = Detail {
                code,
                message: &message,
                ..Detail::default()
            };
            respond(status, &detail)
        };
        match self {
            Self::Reports(error) => error.into_response(),
            Self::ContentType => answer(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content_type"),
            Self::TooLarge => answer(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"),
            Self::Timeout => answer(StatusCode::REQUEST_TIMEOUT, "body_timeout"),
            Self::Broken => answer(StatusCode::BAD_REQUEST, "broken_body"),
            // With line and column in the message.
            Self::Json(_) => answer(StatusCode::BAD_REQUEST, "broken_json"),
            Self::Shape(_) | Self::Field { .. } => answer(StatusCode::UNPROCESSABLE_ENTITY, "invalid_resource"),
            Self::Full => answer(StatusCode::UNPROCESSABLE_ENTITY, "too_many_resources"),
        }
    }
}
