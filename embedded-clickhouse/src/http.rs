//! The ClickHouse HTTP interface over the engine. <https://clickhouse.com/docs/interfaces/http>

mod body;
mod call;
mod exception;
mod format;
mod frames;
mod reply;
mod run;
mod session;
mod socket;
mod statement;

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::Engine;
use call::Call;
use exception::{Exception, Reason};
use run::Worker;
use session::Sessions;
use socket::{FlushListener, Flushes};

/// The listener failed.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("the HTTP interface cannot accept connections")]
    Accept(#[source] io::Error),
}

#[derive(Clone)]
struct Server {
    engine: Engine,
    sessions: Arc<Sessions>,
    turns: Arc<Semaphore>,
    workers: TaskTracker,
    /// Ends bodies and answers that are still under way, after the time for a graceful end.
    cut: CancellationToken,
}

/// Answers on `listener` until `shutdown` is cancelled; then accepts no more, lets running statements end (after
/// `warehouse_stop_ms` it cancels them), and closes every connection to the engine. When it returns, no query runs.
pub async fn serve(listener: TcpListener, engine: Engine, shutdown: CancellationToken) -> Result<(), ServeError> {
    let server = Server::new(engine);
    let app = router(server.clone()).into_make_service_with_connect_info::<Flushes>();
    let stopping = shutdown.clone();
    let mut serving = tokio::spawn(
        axum::serve(FlushListener(listener), app)
            .with_graceful_shutdown(async move { stopping.cancelled().await })
            .into_future(),
    );
    let expiry = tokio::spawn(expire_sessions(server.sessions.clone(), shutdown.clone()));
    let ended = tokio::select! {
        ended = &mut serving => Some(ended),
        () = shutdown.cancelled() => None,
    };
    server.stop().await;
    if expiry.await.is_err() {
        tracing::error!("the expiry of sessions panicked");
    }
    match ended {
        Some(ended) => ended
            .unwrap_or_else(|error| Err(io::Error::other(error)))
            .map_err(ServeError::Accept),
        None => finish_connections(serving).await,
    }
}

/// Idle connections close at once; a client that holds half a request open is left behind.
async fn finish_connections(mut serving: tokio::task::JoinHandle<io::Result<()>>) -> Result<(), ServeError> {
    match timeout(Duration::from_secs(2), &mut serving).await {
        Ok(ended) => ended
            .unwrap_or_else(|error| Err(io::Error::other(error)))
            .map_err(ServeError::Accept),
        Err(_) => {
            tracing::warn!("a client kept its connection open; leaving it");
            serving.abort();
            Ok(())
        }
    }
}

async fn expire_sessions(sessions: Arc<Sessions>, shutdown: CancellationToken) {
    while timeout(Duration::from_secs(5), shutdown.cancelled()).await.is_err() {
        sessions.expire(Instant::now());
    }
}

fn router(server: Server) -> Router {
    Router::new()
        .route("/", get(query).post(query))
        .route("/ping", get(async || "Ok.\n"))
        .route("/replicas_status", get(async || "Ok.\n"))
        .fallback(no_handle)
        .layer(DefaultBodyLimit::max(16 << 20))
        .with_state(server)
}

async fn no_handle(request: Request) -> Response {
    let text = format!(
        "There is no handle {}. Use / or /ping for health checks.\n",
        request.uri().path()
    );
    (StatusCode::NOT_FOUND, text).into_response()
}

async fn query(State(server): State<Server>, request: Request) -> Response {
    if request.method() != axum::http::Method::POST && request.uri().query().unwrap_or_default().is_empty() {
        return "Ok.\n".into_response();
    }
    let flushes = request
        .extensions()
        .get::<ConnectInfo<Flushes>>()
        .map(|info| info.0.clone());
    // Held until the statement's tasks are under way, so that a stop waits for them.
    let _token = server.workers.token();
    let begun = tokio::select! {
        begun = server.begin(request) => begun,
        () = server.cut.cancelled() => Err(Reason::Cancelled.because("the server is stopping")),
    };
    match begun {
        Ok(pending) => pending.response(flushes).await,
        Err(exception) => reply::early_refusal(&exception, server.engine.facts()),
    }
}

impl Server {
    fn new(engine: Engine) -> Self {
        let turns = Arc::new(Semaphore::new(engine.settings().warehouse_concurrency.max(1)));
        let (workers, cut) = (TaskTracker::new(), CancellationToken::new());
        Self {
            engine,
            sessions: Arc::default(),
            turns,
            workers,
            cut,
        }
    }

    async fn begin(&self, request: Request) -> Result<reply::Pending, Exception> {
        let facts = self.engine.facts();
        self.refuse_foreign_page(request.headers())?;
        let mut call = Call::parse(
            request.method(),
            request.uri().query().unwrap_or_default(),
            request.headers(),
            facts,
        )?;
        let body = match is_form(request.headers()) {
            true => {
                call.add_form(request).await?;
                axum::body::Body::empty()
            }
            false => request.into_body(),
        };
        let viewer = self.is_viewer(&call)?;
        let turn = timeout(self.engine.settings().queue_wait(), self.turns.clone().acquire_owned());
        let Ok(Ok(turn)) = turn.await else {
            return Err(Reason::TooManyQueries.because(format!(
                "Too many simultaneous queries. Maximum: {}",
                self.engine.settings().warehouse_concurrency
            )));
        };
        let (pieces, reader) = body::channel();
        let (reply, pending) = reply::pair(&call.query_id, call.encoding, facts, self.cut.clone());
        self.workers.spawn(body::pump(body, pieces, self.cut.clone()));
        let worker = Worker {
            engine: self.engine.clone(),
            sessions: self.sessions.clone(),
            call,
            viewer,
            started: Instant::now(),
        };
        self.workers.spawn_blocking(move || {
            worker.run(reader, reply);
            drop(turn);
        });
        Ok(pending)
    }

    /// Any page that the user of this machine looks at can post text here, and without a password it would be obeyed.
    fn refuse_foreign_page(&self, headers: &HeaderMap) -> Result<(), Exception> {
        let Some(origin) = headers.get(header::ORIGIN) else {
            return Ok(());
        };
        let origin = origin.as_bytes().strip_prefix(b"http://");
        let is_own = origin.is_some() && origin == headers.get(header::HOST).map(|host| host.as_bytes());
        match is_own || !self.engine.settings().warehouse_password.is_empty() {
            true => Ok(()),
            false => Err(Reason::AuthenticationFailed
                .because("pages of other origins may send statements only where a password is set")),
        }
    }

    /// Checks the credentials; true for the user who may only read.
    fn is_viewer(&self, call: &Call) -> Result<bool, Exception> {
        let settings = self.engine.settings();
        let (viewer, password) = match call.credentials.user.as_str() {
            "default" | "" => (false, &settings.warehouse_password),
            "viewer" => (true, &settings.warehouse_viewer_password),
            _ => return Err(refused_user(&call.credentials.user)),
        };
        match password.is_empty() || *password == call.credentials.password {
            true => Ok(viewer),
            false => Err(refused_user(&call.credentials.user)),
        }
    }

    /// Waits for the workers; cancels them when they take too long.
    async fn stop(&self) {
        self.turns.close();
        self.workers.close();
        let mut patience = self.engine.settings().stop_wait();
        while timeout(patience, self.workers.wait()).await.is_err() {
            tracing::info!("cancelling the statements that are still running");
            self.cut.cancel();
            let engine = self.engine.clone();
            if tokio::task::spawn_blocking(move || run::cancel_all(&engine))
                .await
                .is_err()
            {
                tracing::error!("cancelling the running statements panicked");
            }
            patience = run::CANCEL_AGAIN;
        }
        self.sessions.clear();
    }
}

fn refused_user(user: &str) -> Exception {
    Reason::AuthenticationFailed.because(format!(
        "{user}: Authentication failed: password is incorrect, or there is no user with such name"
    ))
}

fn is_form(headers: &HeaderMap) -> bool {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    content_type.starts_with("multipart/form-data")
}
