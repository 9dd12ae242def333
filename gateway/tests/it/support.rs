//! A gateway over an embedded queue in a folder of its own.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, Request, StatusCode};
use axum::response::Response;
use clap::{Args, FromArgMatches};
use event::entity::Entity;
use event::quarantine::Record;
use event::{EnrichedEvent, Timestamp};
use gateway::commit::Sink;
use gateway::{Assets, KeyRing, Parts, Peer, Sites, State};
use http_body_util::BodyExt;
use queue::{Consumer, Group, Publisher, Route};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// Longer than anything here takes on a busy machine.
pub(crate) const BOUND: Duration = Duration::from_secs(30);
pub(crate) const SCRIPT: &[u8] = include_bytes!("support.rs");
pub(crate) const WASM_NAME: &str = "clickpath-0123456789abcdef.wasm";

const SITES: &str = r#"
default_site = "shop"
[[site]]
name = "shop"
base_url = "https://shop.example/"
origins = ["*"]
[[site]]
name = "strict"
base_url = "https://strict.example/"
origins = ["https://www.strict.example"]
max_age_days = 1
"#;

pub(crate) struct TestGateway {
    pub(crate) app: Router,
    pub(crate) state: State,
    pub(crate) consumer: Consumer,
    pub(crate) quarantine: Consumer,
    pub(crate) entities: Consumer,
    /// Removed when the gateway is dropped.
    _folder: TempDir,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// A queue that confirms when it is told to.
#[derive(Clone)]
pub(crate) struct Gate {
    publisher: Publisher,
    pub(crate) confirms: Arc<Semaphore>,
    pub(crate) started: Arc<Semaphore>,
    pub(crate) ready: Arc<AtomicBool>,
    pub(crate) failures: Arc<AtomicUsize>,
}

impl TestGateway {
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    /// `arguments` as on the command line, for example `--body-timeout=1`.
    pub(crate) async fn with(arguments: &[&str]) -> Self {
        Self::behind(arguments, |publisher| publisher).await
    }

    /// With `wrap` between committer and queue.
    pub(crate) async fn behind<S: Sink>(arguments: &[&str], wrap: impl FnOnce(Publisher) -> S) -> Self {
        Self::of(SITES, gateway::now, arguments, wrap).await
    }

    /// With the sites file `sites` and this clock. `--trusted-proxies` and `--clickhouse-…` may be among the arguments.
    pub(crate) async fn of<S: Sink>(
        sites: &str,
        clock: fn() -> Timestamp,
        arguments: &[&str],
        wrap: impl FnOnce(Publisher) -> S,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let queue = queue::Settings::embedded(folder.path().join("queue"));
        Self::over((folder, queue), (sites, clock), arguments, wrap).await
    }

    /// With RabbitMQ and the door of `clickpath.in`, and its spool in a folder of its own.
    pub(crate) async fn on_broker<S: Sink>(
        queue: queue::Settings,
        arguments: &[&str],
        wrap: impl FnOnce(Publisher) -> S,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let queue = queue::Settings {
            queue_dir: folder.path().join("queue"),
            ..queue
        };
        Self::over((folder, queue), (SITES, gateway::now), arguments, wrap).await
    }

    async fn over<S: Sink>(
        (folder, queue): (TempDir, queue::Settings),
        (sites, clock): (&str, fn() -> Timestamp),
        arguments: &[&str],
        wrap: impl FnOnce(Publisher) -> S,
    ) -> Self {
        let sites_file = folder.path().join("sites.toml");
        std::fs::write(&sites_file, sites).unwrap();
        let publisher = queue::open_publisher(&queue).await.unwrap();
        let open = |route| queue::open_consumer(&queue, Some(&publisher), route);
        let consumer = open(Route::Events).await.unwrap();
        let quarantine = open(Route::Quarantine).await.unwrap();
        let entities = open(Route::Entities).await.unwrap();
        let (proxies, arguments) = partition(arguments, "--trusted-proxies");
        let (mut clickhouse, arguments) = partition(&arguments, "--clickhouse-");
        if clickhouse.is_empty() {
            // Nobody listens there: taking events needs no database.
            clickhouse.push("--clickhouse-url=http://127.0.0.1:9");
        }
        let enrich: enrich::Settings = parse(&proxies);
        let settings: gateway::Settings = parse(&arguments);
        let sites = Sites::read(&sites_file).unwrap();
        let keys = settings.keys_file.as_deref();
        let keys = keys.map_or_else(KeyRing::default, |file| KeyRing::read(file, &sites).unwrap());
        let state = State::new(Parts {
            inbox: gateway::open_inbox(&settings, &queue).await.unwrap(),
            sealer: settings.entities.sealer().unwrap(),
            settings,
            keys,
            sites,
            assets: assets(),
            enricher: enrich::Enricher::open(&enrich).unwrap(),
            proxies: enrich.trusted_proxies,
            registry: prometheus_client::registry::Registry::default(),
            warehouse: warehouse::Warehouse::new(&parse(&clickhouse)),
            sink: wrap(publisher),
            clock,
        });
        Self {
            app: gateway::app(state.clone()),
            state,
            consumer,
            quarantine,
            entities,
            _folder: folder,
        }
    }

    pub(crate) async fn call(&self, request: Request<Body>) -> Answer {
        call(&self.app, request).await
    }

    /// Before its body has come: of some answers it never ends.
    pub(crate) async fn response(&self, mut request: Request<Body>) -> Response {
        request
            .extensions_mut()
            .insert(Peer(IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7))));
        self.app.clone().oneshot(request).await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call(json_request(path, body.to_string())).await
    }

    /// The next group's events, as stored.
    pub(crate) async fn next_group(&mut self) -> Vec<EnrichedEvent<'static>> {
        let delivery = tokio::time::timeout(BOUND, self.consumer.next())
            .await
            .expect("a group")
            .unwrap();
        self.consumer.acknowledge(delivery.tag).await.unwrap();
        let opened = event::group::open(&delivery.group.body).unwrap();
        let opened = Box::leak(Box::new(opened));
        opened.events().map(Result::unwrap).collect()
    }

    /// The next group's records of refused events.
    pub(crate) async fn next_records(&mut self) -> Vec<Record<'static>> {
        let delivery = tokio::time::timeout(BOUND, self.quarantine.next())
            .await
            .expect("records")
            .unwrap();
        self.quarantine.acknowledge(delivery.tag).await.unwrap();
        let opened = event::quarantine::open(&delivery.group.body).unwrap();
        let opened = Box::leak(Box::new(opened));
        opened.records().map(Result::unwrap).collect()
    }

    /// The next group's entities, as they are to be stored.
    pub(crate) async fn next_entities(&mut self) -> Vec<Entity<'static>> {
        let delivery = tokio::time::timeout(BOUND, self.entities.next())
            .await
            .expect("entities")
            .unwrap();
        self.entities.acknowledge(delivery.tag).await.unwrap();
        let opened = event::entity::open(&delivery.group.body).unwrap();
        let opened = Box::leak(Box::new(opened));
        opened.entities().map(Result::unwrap).collect()
    }

    /// Reads groups until `events` have come, and counts each id.
    pub(crate) async fn count_ids(&mut self, events: usize) -> HashMap<String, usize> {
        let mut counts = HashMap::new();
        let mut seen = 0;
        while seen < events {
            for event in self.next_group().await {
                *counts.entry(event.event.id.to_string()).or_default() += 1;
                seen += 1;
            }
        }
        counts
    }
}

fn partition<'a>(arguments: &[&'a str], prefix: &str) -> (Vec<&'a str>, Vec<&'a str>) {
    arguments.iter().partition(|argument| argument.starts_with(prefix))
}

pub(crate) async fn call(app: &Router, request: Request<Body>) -> Answer {
    call_from(IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7)), app, request).await
}

/// With `peer` at the other end of the connection.
pub(crate) async fn call_from(peer: IpAddr, app: &Router, mut request: Request<Body>) -> Answer {
    request.extensions_mut().insert(Peer(peer));
    Answer::read(app.clone().oneshot(request).await.unwrap()).await
}

/// Of one answer as it came over a connection.
pub(crate) fn answer_of(text: &str) -> Answer {
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap();
    let headers = lines.filter_map(|line| line.split_once(": "));
    Answer {
        status: status.parse().unwrap(),
        headers: headers
            .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap()))
            .collect(),
        body: body.as_bytes().to_vec(),
    }
}

impl Answer {
    pub(crate) async fn read(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        Self {
            status: parts.status,
            headers: parts.headers,
            body: body.collect().await.unwrap().to_bytes().to_vec(),
        }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Status and the error's code.
    #[track_caller]
    pub(crate) fn assert_error(&self, status: u16, code: &str) {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.json()["error"]["code"], code, "{}", self.text());
        assert!(
            self.json()["error"]["message"]
                .as_str()
                .is_some_and(|message| !message.is_empty())
        );
        assert_eq!(self.header("content-type"), "application/json");
        assert_eq!(self.header("cache-control"), "no-store");
    }
}

impl Gate {
    pub(crate) fn closed(publisher: Publisher) -> Self {
        Self {
            publisher,
            confirms: Arc::new(Semaphore::new(0)),
            started: Arc::new(Semaphore::new(0)),
            ready: Arc::new(AtomicBool::new(true)),
            failures: Arc::default(),
        }
    }

    /// Waits until `publishes` have been started.
    pub(crate) async fn wait_started(&self, publishes: u32) {
        let started = tokio::time::timeout(BOUND, self.started.acquire_many(publishes));
        started.await.expect("publishes start").unwrap().forget();
    }
}

impl Sink for Gate {
    type Error = queue::PublishError;

    async fn publish(&self, route: Route, group: Group) -> Result<(), Self::Error> {
        self.started.add_permits(1);
        self.confirms.acquire().await.unwrap().forget();
        let fails = |left: usize| left.checked_sub(1);
        if self
            .failures
            .try_update(Ordering::SeqCst, Ordering::SeqCst, fails)
            .is_ok()
        {
            return Err(queue::PublishError::Closed);
        }
        self.publisher.publish(route, group).await
    }

    fn is_ready(&self) -> bool {
        self.ready.load(Ordering::SeqCst)
    }

    fn retry_after(error: &Self::Error) -> Option<Duration> {
        error.retry_after()
    }
}

pub(crate) fn parse<S: Args + FromArgMatches>(arguments: &[&str]) -> S {
    let command = S::augment_args(clap::Command::new("test").no_binary_name(true));
    S::from_arg_matches(&command.get_matches_from(arguments)).unwrap()
}

fn assets() -> Assets {
    let file = |name: &str, bytes: &[u8]| (name.to_owned(), bytes.to_vec());
    let wasm = format!("{WASM_NAME}.br");
    let tracker = [
        file("clickpath.js", SCRIPT),
        file("clickpath.js.br", b"brotli form of the script"),
        file("clickpath.js.gz", b"gzip form of the script"),
        file(WASM_NAME, b"\0asm and so on"),
        file(&wasm, b"brotli form of the wasm"),
    ];
    let web = [
        file(
            "pages/dashboard.html",
            include_bytes!("../../../web/dashboard/index.html"),
        ),
        file("pages/heatmap.html", include_bytes!("../../../web/heatmap/index.html")),
        file("pages/home.html", include_bytes!("../../../web/home/index.html")),
        file("pages/live.html", include_bytes!("../../../web/live/index.html")),
        file(
            "pages/journeys.html",
            include_bytes!("../../../web/journeys/index.html"),
        ),
        file("pages/error.html", include_bytes!("../../../web/error/index.html")),
        file("assets/page-ABCD2345.js", b"export {};"),
    ];
    let overlay = [
        file("overlay.js", b"export {};"),
        file("overlay-0123456789abcdef.wasm", b"\0asm and so on"),
    ];
    Assets::new(&tracker, &overlay, &web).unwrap()
}

/// Serves on a port of its own until the token is cancelled.
pub(crate) async fn listen(
    state: &State,
) -> (
    SocketAddr,
    CancellationToken,
    JoinHandle<Result<(), gateway::ServeError>>,
) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = CancellationToken::new();
    let server = tokio::spawn(gateway::serve(listener, state.clone(), shutdown.clone()));
    (address, shutdown, server)
}

pub(crate) async fn connect(address: SocketAddr) -> TcpStream {
    TcpStream::connect(address).await.unwrap()
}

pub(crate) fn json_request(path: &str, body: impl Into<Body>) -> Request<Body> {
    let request = Request::post(path).header("content-type", "application/json");
    request.body(body.into()).unwrap()
}

pub(crate) fn id(number: u64) -> String {
    format!("0197a1c0-0000-7000-8000-{number:012x}")
}

pub(crate) fn click(number: u64) -> Value {
    json!({
        "id": id(number),
        "type": "click",
        "created_at": gateway::now().to_string(),
        "session_id": "session-1",
        "url": "/catalog?page=2",
        "payload": {"event_title": "add_to_cart", "element_id": "#submit-button", "x": 445, "y": 315}
    })
}

/// Looks again and again until the fact holds.
pub(crate) async fn wait_for(fact: &str, mut holds: impl AsyncFnMut() -> bool) {
    let look = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let held = tokio::time::timeout(BOUND, look).await;
    assert!(held.is_ok(), "not within {BOUND:?}: {fact}");
}
