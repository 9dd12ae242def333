mod idle;

use std::any::Any;
use std::convert::Infallible;
use std::io;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::{self, Request};
use axum::response::Response;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use queue::ConsumeError;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinError;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

use crate::commit::Unfinished;
use crate::rate::Hold;
use crate::router::is_events;
use crate::{State, app, error, events, inbox, ledger};
use idle::Idle;

/// Pause after the kernel refused a connection for want of files or memory.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// A refused client still sends for a moment; closing on it at once would lose it the answer.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 256 * 1024;
/// Of a request's line and headers; more are answered 431. Also what is read at once.
const HEAD_BYTES: usize = 64 * 1024;
/// Of path and query; more are answered 414.
const URL_BYTES: usize = 8 * 1024;

#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("listening ended: {0}")]
    Accept(#[source] io::Error),
    #[error(transparent)]
    Unfinished(#[from] Unfinished),
    #[error("taking messages of clickpath.in ended: {0}")]
    Inbox(#[from] ConsumeError),
    #[error("a task of the server failed: {0}")]
    Task(#[from] JoinError),
}

/// The address at the other end of a request's connection: the client, or a proxy. [`serve`] puts it into the extensions of
/// each request to [`app`].
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// Serves until `shutdown`, then answers what it accepted, within the grace of the settings. Every 202 it sent stands
/// for events that the queue confirmed; the error says when some were left without answer.
pub async fn serve(listener: TcpListener, state: State, shutdown: CancellationToken) -> Result<(), ServeError> {
    let mut http = http1::Builder::new();
    http.max_buf_size(HEAD_BYTES);
    // A sender that closes its half after the request gets its receipt; and hyper, not looking for the end meanwhile, does not make
    // a read buffer that the answer throws away.
    http.half_close(true);
    let server = Server {
        router: app(state.clone()),
        http,
        state: state.clone(),
        shutdown: shutdown.clone(),
        kill: CancellationToken::new(),
    };
    let server = Arc::new(server);
    let inbox = tokio::spawn(take_messages(state.clone(), shutdown.clone()));
    let ledger_stop = CancellationToken::new();
    let ledger = tokio::spawn(ledger::run(state.clone(), ledger_stop.clone()));
    let connections = TaskTracker::new();
    let accepted = tokio::select! {
        result = accept(listener, &server, &connections) => result,
        () = shutdown.cancelled() => Ok(()),
    };
    shutdown.cancel();
    // While its last requests can still be answered.
    state.traffic.finish().await;
    state.live.close();
    if let Some(console) = &state.console {
        console.close();
    }
    connections.close();
    let deadline = Instant::now() + state.settings.shutdown_grace;
    if tokio::time::timeout_at(deadline, connections.wait()).await.is_err() {
        tracing::warn!(
            connections = connections.len(),
            "cutting connections that outlast the grace"
        );
    }
    server.kill.cancel();
    connections.wait().await;
    // Groups of clients that went away may still be on their way.
    let left = deadline
        .saturating_duration_since(Instant::now())
        .max(Duration::from_secs(1));
    let taken = inbox.await;
    let flushed = state.committer.finish(left).await;
    if let Err(error) = state.refused.finish(left).await {
        tracing::warn!(%error, "refused events are not kept");
    }
    let published = match &state.entities {
        Some(entities) => entities.finish(left).await,
        None => Ok(()),
    };
    // Last, so that what was confirmed in the end is counted.
    ledger_stop.cancel();
    ledger.await?;
    accepted.map_err(ServeError::Accept)?;
    taken??;
    published?;
    Ok(flushed?)
}

/// The door of `clickpath.in`, where there is one. When it ends, for whatever reason, the server does.
async fn take_messages(state: State, shutdown: CancellationToken) -> Result<(), ConsumeError> {
    let _stop = shutdown.clone().drop_guard();
    let grace = state.settings.shutdown_grace;
    match state.take_inbox() {
        Some(inbox) => inbox::run(inbox, state, shutdown, grace).await,
        None => {
            shutdown.cancelled().await;
            Ok(())
        }
    }
}

/// Its place among all connections and among those of its address.
type Held = (OwnedSemaphorePermit, Option<Hold>);

struct Server {
    router: Router,
    http: http1::Builder,
    state: State,
    shutdown: CancellationToken,
    kill: CancellationToken,
}

async fn accept(listener: TcpListener, server: &Arc<Server>, connections: &TaskTracker) -> io::Result<()> {
    let limit = Arc::new(Semaphore::new(server.state.settings.max_connections));
    loop {
        let permit = Arc::clone(&limit).acquire_owned().await.map_err(io::Error::other)?;
        match listener.accept().await {
            Ok((stream, peer)) => {
                let Some(hold) = hold(peer.ip(), &server.state) else {
                    continue;
                };
                connections.spawn(connection(stream, peer.ip(), Arc::clone(server), (permit, hold)));
            }
            Err(error) if is_the_clients(&error) => tracing::debug!(%error, "client left before it was accepted"),
            Err(error) if is_passing(&error) => {
                tracing::error!(%error, "no connection can be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
            Err(error) => return Err(error),
        }
    }
}

/// What a connection holds of its address' share. A trusted proxy's connections are its clients'.
fn hold(peer: IpAddr, state: &State) -> Option<Option<Hold>> {
    let peer = peer.to_canonical();
    if state.proxies.contains(peer) {
        return Some(None);
    }
    let hold = state.rate.connections.take(peer);
    if hold.is_none() {
        state.metrics.connections_refused.inc();
        tracing::debug!("connection closed, its address holds as many as it may");
    }
    hold.map(Some)
}

fn is_the_clients(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Out of files or memory (EMFILE, ENFILE, ENOBUFS, ENOMEM): other connections will close.
fn is_passing(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(12 | 23 | 24 | 105))
}

async fn connection(stream: TcpStream, peer: IpAddr, server: Arc<Server>, _held: Held) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "connection without TCP_NODELAY");
    }
    let open = &server.state.metrics.connections;
    open.inc();
    let ended = talk(stream, peer, &server).await;
    open.dec();
    if let Err(error) = ended {
        tracing::debug!(error = %crate::error::chain(&error), "connection ended early");
    }
}

async fn talk(stream: TcpStream, peer: IpAddr, server: &Server) -> hyper::Result<()> {
    let idle = &Idle::new();
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        idle.ended();
        request.extensions_mut().insert(Peer(peer));
        Box::pin(answer(request.map(Body::new), server)).map(move |response| {
            // A streamed answer ends when it likes; the wait after any other begins with it.
            if response.body().size_hint().exact().is_some() {
                idle.began();
            }
            Ok::<_, Infallible>(response)
        })
    });
    let mut connection = server.http.serve_connection(TokioIo::new(stream), service);
    // Polled only when one of them fires: every poll of a token takes a lock that all connections share.
    let mut signals = FuturesUnordered::<BoxFuture<'_, Signal>>::new();
    signals.push(Box::pin(server.shutdown.cancelled().map(|()| Signal::Finish)));
    signals.push(Box::pin(server.kill.cancelled().map(|()| Signal::Cut)));
    let header_timeout = server.state.settings.header_timeout;
    signals.push(Box::pin(idle.lasts(header_timeout).map(|()| Signal::Cut)));
    let talked = loop {
        tokio::select! {
            biased;
            result = std::future::poll_fn(|context| connection.poll_without_shutdown(context)) => match result {
                // A head that is none got an answer too.
                Err(error) if !error.is_parse() => return Err(error),
                talked => break talked,
            },
            Some(signal) = signals.next() => match signal {
                Signal::Finish => Pin::new(&mut connection).graceful_shutdown(),
                Signal::Cut => return Ok(()),
            }
        }
    };
    let stream = connection.into_parts().io.into_inner();
    tokio::select! {
        () = linger(stream) => {}
        () = server.kill.cancelled() => {}
    }
    talked
}

async fn answer(request: Request, server: &Server) -> Response {
    let url = request.uri().path_and_query();
    if url.is_some_and(|url| url.as_str().len() > URL_BYTES) {
        return error::url_too_long();
    }
    let answered = async {
        match is_events(&request, &server.state.settings) {
            true => Ok(events::post(extract::State(server.state.clone()), request).await),
            false => server.router.clone().call(request).await,
        }
    };
    let answered = AssertUnwindSafe(answered).catch_unwind().await;
    or_internal(answered)
}

/// A panic of a handler is one request's failure, not the end of its connection.
fn or_internal(answered: Result<Result<Response, Infallible>, Box<dyn Any + Send>>) -> Response {
    match answered {
        Ok(Ok(response)) => response,
        Err(panic) => {
            let said = panic.downcast_ref::<&str>().copied();
            let said = said.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
            tracing::error!(panic = said.unwrap_or("not a text"), "request failed");
            error::internal()
        }
    }
}

enum Signal {
    /// Answer what was asked, then close.
    Finish,
    /// Close at once.
    Cut,
}

/// Ends the answer and swallows what is still on its way, within bounds.
async fn linger(mut stream: TcpStream) {
    let swallow = async {
        stream.shutdown().await?;
        let mut rest = [0; 4_096];
        let mut left = LINGER_BYTES;
        while left > 0 {
            match stream.read(&mut rest).await? {
                0 => break,
                read => left = left.saturating_sub(read),
            }
        }
        io::Result::Ok(())
    };
    if let Ok(Err(error)) = tokio::time::timeout(LINGER, swallow).await {
        tracing::trace!(%error, "client closed first");
    }
}
