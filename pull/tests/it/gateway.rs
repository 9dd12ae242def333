use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use clap::Parser;
use serde_json::{Value, json};

/// Takes everything, and keeps it.
#[derive(Clone)]
pub(crate) struct Gateway {
    address: String,
    received: Arc<Mutex<Vec<Request>>>,
}

/// Path and query, and the array's elements.
type Request = (String, Vec<Value>);

impl Gateway {
    pub(crate) async fn start() -> Self {
        let (listener, address) = crate::listen().await;
        let gateway = Self {
            address: format!("http://{address}"),
            received: Arc::default(),
        };
        let router = Router::new()
            .route("/events", post(take))
            .route("/entities/products", post(take))
            .with_state(gateway.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        gateway
    }

    pub(crate) fn client(&self) -> client::Settings {
        #[derive(clap::Parser)]
        struct Command {
            #[command(flatten)]
            settings: client::Settings,
        }
        Command::parse_from(["send", "--gateway-url", &self.address]).settings
    }

    /// Path and query of each request in the order they came.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.received
            .lock()
            .unwrap()
            .iter()
            .map(|(uri, _)| uri.clone())
            .collect()
    }

    /// All elements that came to the path.
    pub(crate) fn received(&self, path: &str) -> Vec<Value> {
        let received = self.received.lock().unwrap();
        let requests = received.iter().filter(|(uri, _)| uri.starts_with(path));
        requests.flat_map(|(_, elements)| elements.clone()).collect()
    }
}

async fn take(State(gateway): State<Gateway>, uri: Uri, Json(body): Json<Vec<Value>>) -> Response {
    let ids = body.iter().map(|element| element["id"].clone()).collect::<Vec<_>>();
    gateway.received.lock().unwrap().push((uri.to_string(), body));
    let receipt = json!({ "accepted": ids, "rejected": [] });
    (StatusCode::ACCEPTED, Json(receipt)).into_response()
}
