//! `GET /users/`: who was identified, for administrators.

use axum::Json;
use axum::extract::{self, RawQuery};
use axum::response::{IntoResponse, Response};
use event::Timestamp;
use serde::Serialize;
use serde_json::json;
use warehouse::UserFilter;

use crate::State;
use crate::audit;
use crate::caching::no_store;
use crate::query::{Query, refuse};
use crate::reports::ReportsError;
use crate::roles::Admin;

#[derive(Serialize)]
struct Answer {
    users: Vec<User>,
    /// `after` of the next page; `null` at the end.
    next: Option<String>,
}

#[derive(Serialize)]
struct User {
    site: String,
    user_id: String,
    first_seen: String,
    last_seen: String,
    sessions: u64,
    orders: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    fio: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<String>,
}

/// `GET /users/?site=&bots=&limit=&after=`: users by site and id; each call is in the audit.
pub(crate) async fn list(
    extract::State(state): extract::State<State>,
    Admin(caller): Admin,
    RawQuery(query): RawQuery,
) -> Result<Response, ReportsError> {
    let known = |name: &str| ["site", "bots", "limit", "after"].contains(&name);
    let unknown = "is not known: site, bots, limit and after are";
    let query = Query::read(query.as_deref().unwrap_or(""), known, unknown)?;
    let site = query.get("site").map(str::to_owned);
    if site.as_deref().is_some_and(|site| state.sites.find(site).is_none()) {
        return Err(refuse("site", "is not configured here").into());
    }
    let limit = query.page_rows()?;
    let filter = UserFilter {
        site: caller.site(site)?,
        bots: query.flag("bots")?,
        after: query.parsed("after", "must be `next` of an answer", read_cursor)?,
    };
    let parameters = json!({"site": filter.site, "limit": limit, "after": query.get("after")});
    let action = audit::begin(&state, &caller, "users", &parameters).await?;
    let answered = async {
        let users = state.warehouse.users(&filter, limit).await?;
        Ok::<_, ReportsError>(answer(users, limit))
    };
    let answered = answered.await;
    Ok(action.answer(answered).await)
}

fn answer(users: Vec<warehouse::User>, limit: u32) -> Response {
    let is_last = users.len() < limit as usize;
    // A site's name has no slash.
    let next = users.last().filter(|_| !is_last);
    let next = next.map(|last| format!("{}/{}", last.site, last.user_id));
    let users = users.into_iter().map(|user| User {
        first_seen: Timestamp(user.first_seen_ms).to_string(),
        last_seen: Timestamp(user.last_seen_ms).to_string(),
        site: user.site,
        user_id: user.user_id,
        sessions: user.sessions,
        orders: user.orders,
        fio: user.fio,
        country: user.country,
    });
    let users = users.collect();
    (no_store(), Json(Answer { users, next })).into_response()
}

fn read_cursor(text: &str) -> Option<(String, String)> {
    let (site, user) = text.split_once('/')?;
    let fits = text.len() <= 1_024 && !text.chars().any(char::is_control);
    fits.then(|| (site.to_owned(), user.to_owned()))
}
