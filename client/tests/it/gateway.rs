#![expect(clippy::unwrap_used, reason = "the stand-in gateway fails the test that runs it")]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// Gives the answers it was told to, then receipts, and keeps what it was sent.
#[derive(Clone, Default)]
pub(crate) struct Gateway {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    received: Arc<Mutex<Vec<Request>>>,
}

#[derive(Clone, Copy)]
pub(crate) enum Answer {
    /// With `Retry-After: 0`.
    Status(StatusCode),
    /// A receipt whose end never comes.
    Cut,
    /// None at all.
    Silence,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) uri: String,
    pub(crate) key: Option<String>,
    pub(crate) body: String,
}

impl Gateway {
    /// With the address it listens on.
    pub(crate) async fn start(answers: impl IntoIterator<Item = Answer>) -> (Self, String) {
        let gateway = Self::default();
        gateway.answers.lock().unwrap().extend(answers);
        let router = Router::new().fallback(take).with_state(gateway.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        (gateway, address)
    }

    pub(crate) fn received(&self) -> Vec<Request> {
        self.received.lock().unwrap().clone()
    }
}

async fn take(State(gateway): State<Gateway>, uri: Uri, headers: HeaderMap, body: String) -> Response {
    let sent = serde_json::from_str::<Vec<Value>>(&body).unwrap();
    let ids = sent.iter().map(|one| one["id"].clone()).collect::<Vec<_>>();
    let key = headers.get(header::AUTHORIZATION);
    gateway.received.lock().unwrap().push(Request {
        uri: uri.to_string(),
        key: key.map(|key| key.to_str().unwrap().to_owned()),
        body,
    });
    let answer = gateway.answers.lock().unwrap().pop_front();
    match answer {
        None => (
            StatusCode::ACCEPTED,
            json!({ "accepted": ids, "rejected": [] }).to_string(),
        )
            .into_response(),
        Some(Answer::Status(StatusCode::UNPROCESSABLE_ENTITY)) => {
            let refusal = |(index, id)| json!({ "index": index, "id": id, "field": "url", "reason": "missing", "message": "url: is required" });
            let rejected = ids.iter().enumerate().map(refusal).collect::<Vec<_>>();
            let receipt = json!({ "accepted": [], "rejected": rejected }).to_string();
            (StatusCode::UNPROCESSABLE_ENTITY, receipt).into_response()
        }
        Some(Answer::Status(status)) => (status, [(header::RETRY_AFTER, "0")], "no").into_response(),
        Some(Answer::Cut) => {
            let start = (
                StatusCode::ACCEPTED,
                [(header::CONTENT_LENGTH, "1000")],
                "{\"accepted\":[",
            );
            start.into_response()
        }
        Some(Answer::Silence) => std::future::pending().await,
    }
}
