//! A store's API that ships with the program: tests and `docker compose` pull from it, and nothing outside is asked.

mod data;
mod moods;

use std::net::SocketAddr;
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use data::{Data, DataError};
use moods::{Mood, Moods};

#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Settings {
    /// Address to listen on.
    #[arg(long, env = "CLICKPATH_STORE_LISTEN", default_value = "127.0.0.1:4010")]
    pub listen: SocketAddr,
    /// Folder with products.json, carts.json and users.json, read at the start; without it the data that ships with the program.
    #[arg(long, env = "CLICKPATH_STORE_DATA")]
    pub store_data: Option<PathBuf>,
    /// Requests that fail before the first one is answered.
    #[arg(long, env = "CLICKPATH_STORE_FAIL_FIRST", default_value = "0")]
    pub fail_first: u64,
    /// Status of these.
    #[arg(long, env = "CLICKPATH_STORE_FAIL_STATUS", default_value = "503")]
    pub fail_status: StatusCode,
    /// Seconds in their header Retry-After; none without it.
    #[arg(long, value_name = "SECONDS", env = "CLICKPATH_STORE_RETRY_AFTER")]
    pub retry_after: Option<u64>,
    /// Answers of which the last one is cut off in its middle; the server ends with it. Never without it.
    #[arg(long, value_name = "ANSWERS", env = "CLICKPATH_STORE_DIE_AFTER")]
    pub die_after: Option<NonZeroU64>,
}

struct Store {
    data: Data,
    moods: Moods,
    dead: CancellationToken,
}

/// Serves until the signal, or until it was to die.
pub async fn serve(
    listener: TcpListener,
    data: Data,
    settings: &Settings,
    shutdown: CancellationToken,
) -> std::io::Result<()> {
    let dead = shutdown.child_token();
    let store = Arc::new(Store {
        data,
        moods: Moods::new(settings),
        dead: dead.clone(),
    });
    axum::serve(listener, router(store))
        .with_graceful_shutdown(dead.cancelled_owned())
        .await
}

fn router(store: Arc<Store>) -> Router {
    Router::new()
        .route("/products", get(products))
        .route("/products/{id}", get(product))
        .route("/carts", get(carts))
        .route("/carts/{id}", get(cart))
        .route("/users", get(users))
        .with_state(store)
}

async fn products(State(store): State<Arc<Store>>) -> Response {
    store.answer(Some(&store.data.products))
}

async fn product(State(store): State<Arc<Store>>, Path(id): Path<u64>) -> Response {
    store.answer(data::of_id(&store.data.products, id).as_deref())
}

async fn carts(State(store): State<Arc<Store>>) -> Response {
    store.answer(Some(&store.data.carts))
}

async fn cart(State(store): State<Arc<Store>>, Path(id): Path<u64>) -> Response {
    store.answer(data::of_id(&store.data.carts, id).as_deref())
}

async fn users(State(store): State<Arc<Store>>) -> Response {
    store.answer(Some(&store.data.users))
}

impl Store {
    fn answer(&self, json: Option<&str>) -> Response {
        match (self.moods.next(), json) {
            (Mood::Fail { status, retry_after }, _) => failure(status, retry_after),
            (Mood::Answer, None) => StatusCode::NOT_FOUND.into_response(),
            (Mood::Answer, Some(json)) => ([JSON], json.to_owned()).into_response(),
            (Mood::Die, json) => {
                self.dead.cancel();
                let json = json.unwrap_or("null");
                let length = (header::CONTENT_LENGTH, HeaderValue::from(json.len()));
                ([JSON, length], moods::cut_off(json)).into_response()
            }
        }
    }
}

const JSON: (header::HeaderName, HeaderValue) = (
    header::CONTENT_TYPE,
    HeaderValue::from_static("application/json; charset=utf-8"),
);

fn failure(status: StatusCode, retry_after: Option<u64>) -> Response {
    let mut response = (status, format!("{status}, as it was told to")).into_response();
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}
