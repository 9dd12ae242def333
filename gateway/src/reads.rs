//! Pages and reports: how many of them an address may ask for, and how many it may save.

use std::time::Instant;

use axum::extract::{self, Request};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::State;
use crate::client::client;
use crate::error::{self, Detail, respond, retry_after};
use crate::rate::{Allowance, Limited};

/// Lets a request pass or answers 429. Reads have a bucket of their own: a dashboard never costs its address events.
pub(crate) async fn limit(extract::State(state): extract::State<State>, request: Request, next: Next) -> Response {
    taken(state, request, next, |allowance| allowance.take_read()).await
}

/// The same for what saves something, from a bucket of its own: who saved too much may still read.
pub(crate) async fn limit_writes(
    extract::State(state): extract::State<State>,
    request: Request,
    next: Next,
) -> Response {
    taken(state, request, next, |allowance| allowance.take_write()).await
}

async fn taken(
    state: State,
    request: Request,
    next: Next,
    take: impl Fn(&Allowance<'_>) -> Result<(), Limited>,
) -> Response {
    let client = match client(request.headers(), request.extensions(), &state.proxies) {
        Ok(client) => client,
        Err(error) => {
            tracing::error!(%error, "request failed");
            return error::internal();
        }
    };
    let taken = take(&state.rate.of(client, Instant::now()));
    match taken {
        Ok(()) => next.run(request).await,
        Err(limited) => {
            state.metrics.count_limited(limited.limit);
            refuse(limited)
        }
    }
}

fn refuse(limited: Limited) -> Response {
    let message = limited.to_string();
    let detail = Detail {
        code: "rate_limited",
        message: &message,
        limit: Some(limited.limit.code()),
        ..Detail::default()
    };
    let mut response = respond(StatusCode::TOO_MANY_REQUESTS, &detail);
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, retry_after(limited.wait));
    response
}
