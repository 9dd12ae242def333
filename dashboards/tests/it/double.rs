//! A server that answers as the test says and writes down what it was asked.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Json, Response};
use serde_json::Value;
use tokio::net::TcpListener;

#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    /// With its query.
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Bytes,
    /// Null where it was no JSON.
    pub(crate) body: Value,
}

impl Asked {
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

pub(crate) type Answer = (StatusCode, Value);

/// Keeps what it is told, and answers from it.
pub(crate) trait Double: Send + 'static {
    fn answer(&mut self, asked: &Asked) -> Answer;
}

pub(crate) struct Server<D> {
    pub(crate) url: String,
    shared: Arc<Mutex<Shared<D>>>,
}

struct Shared<D> {
    double: D,
    log: Vec<Asked>,
}

impl<D: Double> Server<D> {
    pub(crate) async fn start(double: D) -> Self {
        let shared = Arc::new(Mutex::new(Shared {
            double,
            log: Vec::new(),
        }));
        let router = Router::new().fallback(answer::<D>).with_state(shared.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, shared }
    }

    /// What was asked since the last call.
    pub(crate) fn take_log(&self) -> Vec<Asked> {
        std::mem::take(&mut self.shared.lock().unwrap().log)
    }

    pub(crate) fn with<T>(&self, look: impl FnOnce(&mut D) -> T) -> T {
        look(&mut self.shared.lock().unwrap().double)
    }
}

async fn answer<D: Double>(
    State(shared): State<Arc<Mutex<Shared<D>>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    bytes: Bytes,
) -> Response {
    let asked = Asked {
        method,
        path: uri.to_string(),
        headers,
        body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        bytes,
    };
    let mut shared = shared.lock().unwrap();
    let (status, body) = shared.double.answer(&asked);
    shared.log.push(asked);
    (status, Json(body)).into_response()
}
