use std::collections::BTreeMap;

use axum::Router;
use axum::http::{Method, StatusCode};
use dashboards::model::Tool;
use dashboards::{ApiError, Connection, catalogue, metabase};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::double::{Answer, Asked, Double, Server};

const SESSION: &str = "5e55-10n";
const TOKEN: &str = "t0-k3n";

/// As much of Metabase as provisioning meets: what its API says of ids, wrapped lists, whole replacement, and bodies with keys that it
/// does not know.
#[derive(Default)]
struct Metabase {
    /// Answers of `/api/health` before it is well.
    starts: usize,
    has_user: bool,
    databases: Vec<Value>,
    collections: Vec<Value>,
    cards: BTreeMap<i64, Value>,
    dashboards: BTreeMap<i64, Value>,
    next_id: i64,
}

/// Keys of a request's body by Metabase's published API, those without which it is refused first.
fn keys(line: &str) -> Option<(&'static [&'static str], &'static [&'static str])> {
    let line = line.trim_end_matches(|letter: char| letter.is_ascii_digit());
    Some(match line {
        "POST /api/setup" => (&["token", "user", "prefs"], &[]),
        "POST /api/session" => (&["username", "password"], &["remember"]),
        "POST /api/database" => (
            &["name", "engine", "details"],
            &[
                "is_full_sync",
                "is_on_demand",
                "schedules",
                "auto_run_queries",
                "cache_ttl",
                "connection_source",
            ],
        ),
        "PUT /api/database/" => (
            &[],
            &[
                "name",
                "engine",
                "details",
                "is_full_sync",
                "schedules",
                "description",
                "caveats",
                "settings",
            ],
        ),
        "POST /api/collection" => (&["name"], &["parent_id", "description", "namespace", "authority_level"]),
        "POST /api/card" => (
            &["name", "display", "dataset_query", "visualization_settings"],
            &[
                "description",
                "type",
                "collection_id",
                "entity_id",
                "parameters",
                "parameter_mappings",
                "result_metadata",
                "cache_ttl",
            ],
        ),
        "PUT /api/card/" => (
            &[],
            &[
                "name",
                "display",
                "dataset_query",
                "visualization_settings",
                "description",
                "type",
                "collection_id",
                "parameters",
                "archived",
            ],
        ),
        "POST /api/dashboard" => (
            &["name"],
            &[
                "description",
                "parameters",
                "collection_id",
                "collection_position",
                "cache_ttl",
            ],
        ),
        "PUT /api/dashboard/" => (
            &[],
            &[
                "name",
                "description",
                "collection_id",
                "width",
                "parameters",
                "tabs",
                "dashcards",
                "archived",
                "cache_ttl",
                "caveats",
                "collection_position",
                "embedding_params",
                "enable_embedding",
                "points_of_interest",
                "position",
            ],
        ),
        _ => return None,
    })
}

fn complaint(asked: &Asked) -> Option<String> {
    if asked.method == Method::GET {
        return None;
    }
    let Some((required, optional)) = keys(&asked.line()) else {
        return Some(format!("{} is not known", asked.line()));
    };
    let body = asked.body.as_object()?;
    if let Some(missing) = required.iter().find(|key| !body.contains_key(**key)) {
        return Some(format!("{missing} is missing"));
    }
    let unknown = body
        .keys()
        .find(|key| !required.contains(&key.as_str()) && !optional.contains(&key.as_str()));
    if let Some(unknown) = unknown {
        return Some(format!("{unknown} is a disallowed key"));
    }
    let cards = body.get("dashcards").and_then(Value::as_array).into_iter().flatten();
    for card in cards {
        let place = ["id", "row", "col", "size_x", "size_y"]
            .iter()
            .all(|key| card[key].is_i64());
        if !place || card["col"].as_i64() > Some(24 - card["size_x"].as_i64().unwrap_or(24)) {
            return Some(format!("{card} has no place"));
        }
    }
    None
}

impl Metabase {
    fn new_id(&mut self) -> i64 {
        self.next_id += 1;
        self.next_id
    }

    fn with_id(&mut self, body: &Value) -> Value {
        let mut value = body.clone();
        value["id"] = json!(self.new_id());
        value
    }

    /// Replaces all tabs and cards; negative ids are new ones.
    fn replace(&mut self, id: i64, body: &Value) -> Value {
        let mut body = body.clone();
        let mut given = BTreeMap::new();
        for list in ["tabs", "dashcards"] {
            let count = body[list].as_array().map_or(0, Vec::len);
            for number in 0..count {
                let old = body[list][number]["id"].as_i64().unwrap();
                if old < 0 {
                    let new = self.new_id();
                    given.insert(old, new);
                    body[list][number]["id"] = json!(new);
                }
                if let Some(tab) = body[list][number]["dashboard_tab_id"].as_i64().filter(|tab| *tab < 0) {
                    body[list][number]["dashboard_tab_id"] = json!(given[&tab]);
                }
            }
        }
        body["id"] = json!(id);
        self.dashboards.insert(id, body.clone());
        body
    }

    fn items(&self, path: &str) -> Value {
        let of = if path.contains("models=card") {
            &self.cards
        } else {
            &self.dashboards
        };
        let item =
            |(id, value): (&i64, &Value)| json!({"id": id, "name": value["name"], "entity_id": value["entity_id"]});
        json!({"data": of.iter().map(item).collect::<Vec<_>>()})
    }
}

impl Double for Metabase {
    fn answer(&mut self, asked: &Asked) -> Answer {
        let ok = |body: Value| (StatusCode::OK, body);
        let is_open = ["/api/health", "/api/session", "/api/setup"]
            .iter()
            .any(|path| asked.path.starts_with(path));
        if !is_open
            && asked
                .headers
                .get("x-metabase-session")
                .is_none_or(|session| session != SESSION)
        {
            return (StatusCode::UNAUTHORIZED, json!("Unauthenticated"));
        }
        if let Some(complaint) = complaint(asked) {
            return (StatusCode::BAD_REQUEST, json!({"errors": {"body": complaint}}));
        }
        let id = asked.path.rsplit('/').next().and_then(|id| id.parse::<i64>().ok());
        match (asked.method.as_str(), asked.path.split(['?']).next().unwrap(), id) {
            ("GET", "/api/health", _) if self.starts > 0 => {
                self.starts -= 1;
                (
                    StatusCode::SERVICE_UNAVAILABLE,
                    json!({"status": "initializing", "progress": 0.4}),
                )
            }
            ("GET", "/api/health", _) => ok(json!({"status": "ok"})),
            ("GET", "/api/session/properties", _) => ok(json!({"setup-token": TOKEN, "has-user-setup": self.has_user})),
            ("POST", "/api/setup", _) if self.has_user => (StatusCode::FORBIDDEN, json!("already set up")),
            ("POST", "/api/setup", _) => {
                assert_eq!(asked.body["token"], TOKEN);
                self.has_user = true;
                ok(json!({"id": SESSION}))
            }
            ("POST", "/api/session", _) if asked.body["password"] != "secret" => (
                StatusCode::UNAUTHORIZED,
                json!({"errors": {"password": "did not match stored password"}}),
            ),
            ("POST", "/api/session", _) => ok(json!({"id": SESSION})),
            ("GET", "/api/database", _) => ok(json!({"data": self.databases, "total": self.databases.len()})),
            ("POST", "/api/database", _) => {
                let made = self.with_id(&asked.body);
                self.databases.push(made.clone());
                ok(made)
            }
            ("PUT", path, _) if path.starts_with("/api/database/") => ok(asked.body.clone()),
            ("GET", "/api/collection", _) => ok(json!(self.collections)),
            ("POST", "/api/collection", _) => {
                let made = self.with_id(&asked.body);
                self.collections.push(made.clone());
                ok(made)
            }
            ("GET", path, _) if path.ends_with("/items") => ok(self.items(&asked.path)),
            ("POST", "/api/card", _) => {
                let made = self.with_id(&asked.body);
                self.cards.insert(made["id"].as_i64().unwrap(), made.clone());
                ok(made)
            }
            ("PUT", path, Some(id)) if path.starts_with("/api/card/") => {
                let entity = self.cards[&id]["entity_id"].clone();
                let mut body = asked.body.clone();
                body["entity_id"] = entity;
                body["id"] = json!(id);
                self.cards.insert(id, body.clone());
                ok(body)
            }
            ("POST", "/api/dashboard", _) => {
                let mut made = self.with_id(&asked.body);
                made["tabs"] = json!([]);
                made["dashcards"] = json!([]);
                self.dashboards.insert(made["id"].as_i64().unwrap(), made.clone());
                ok(made)
            }
            ("GET", _, Some(id)) => ok(self.dashboards[&id].clone()),
            ("PUT", _, Some(id)) => {
                let body = self.replace(id, &asked.body);
                ok(body)
            }
            other => panic!("{other:?}"),
        }
    }
}

fn settings(server: &Server<Metabase>) -> metabase::Settings {
    metabase::Settings {
        url: server.url.clone(),
        user: "admin@example.org".to_owned(),
        password: "secret".to_owned(),
        patience_seconds: 20,
        connection: Connection::default(),
    }
}

fn cards() -> usize {
    catalogue::of(Tool::Metabase)
        .map(|dashboard| dashboard.cards().count())
        .sum()
}

#[tokio::test]
async fn fresh_metabase_is_set_up_in_order() {
    let server = Server::start(Metabase {
        starts: 2,
        ..Metabase::default()
    })
    .await;
    let done = metabase::provision(&settings(&server)).await.unwrap();
    let log: Vec<_> = server.take_log().iter().map(Asked::line).collect();
    assert_eq!(
        log[..9],
        [
            "GET /api/health",
            "GET /api/health",
            "GET /api/health",
            "GET /api/session/properties",
            "POST /api/setup",
            "GET /api/database",
            "POST /api/database",
            "GET /api/collection",
            "POST /api/collection",
        ]
    );
    assert_eq!(done.created, cards() + 2);
    server.with(|metabase| {
        assert_eq!(metabase.cards.len(), cards());
        let ours = metabase
            .dashboards
            .values()
            .find(|dashboard| dashboard["name"] == "Clickpath")
            .unwrap();
        let tabs: Vec<_> = ours["tabs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|tab| tab["name"].as_str().unwrap())
            .collect();
        assert_eq!(tabs, ["Overview", "Behaviour", "Commerce", "Quality"]);
        for dashcard in ours["dashcards"].as_array().unwrap() {
            assert!(metabase.cards.contains_key(&dashcard["card_id"].as_i64().unwrap()));
            assert!(dashcard["dashboard_tab_id"].as_i64().unwrap() > 0);
        }
    });
}

#[tokio::test]
async fn second_run_changes_in_place() {
    let server = Server::start(Metabase::default()).await;
    metabase::provision(&settings(&server)).await.unwrap();
    let before = server.with(|metabase| (metabase.cards.clone(), metabase.dashboards.clone(), metabase.next_id));
    server.take_log();
    let done = metabase::provision(&settings(&server)).await.unwrap();
    assert_eq!((done.created, done.updated), (0, cards() + 2));
    let posts: Vec<_> = server
        .take_log()
        .iter()
        .filter(|asked| asked.method == Method::POST)
        .map(Asked::line)
        .collect();
    assert_eq!(posts, ["POST /api/session"]);
    let after = server.with(|metabase| (metabase.cards.clone(), metabase.dashboards.clone(), metabase.next_id));
    assert_eq!(before, after, "the same ids and the same bodies");
}

/// Half a first run, as after a lost connection.
#[tokio::test]
async fn interrupted_run_is_completed() {
    let server = Server::start(Metabase::default()).await;
    metabase::provision(&settings(&server)).await.unwrap();
    server.with(|metabase| {
        metabase.dashboards.clear();
        let kept = metabase.cards.keys().copied().take(5).collect::<Vec<_>>();
        metabase.cards.retain(|id, _| kept.contains(id));
    });
    let done = metabase::provision(&settings(&server)).await.unwrap();
    assert_eq!((done.created, done.updated), (cards() - 5 + 2, 5));
}

#[tokio::test]
async fn refusal_names_endpoint_and_status() {
    let server = Server::start(Metabase {
        has_user: true,
        ..Metabase::default()
    })
    .await;
    let settings = metabase::Settings {
        password: "wrong".to_owned(),
        ..settings(&server)
    };
    let error = metabase::provision(&settings).await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("POST /api/session was answered 401 Unauthorized: "),
        "{text}"
    );
    assert!(!text.contains("wrong"), "{text}");
}

/// As a login page of somebody in between.
#[tokio::test]
async fn page_in_place_of_an_answer_is_told() {
    let router = Router::new().fallback(async || "<html>\"ok\"</html>");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = metabase::Settings {
        url: format!("http://{}", listener.local_addr().unwrap()),
        ..settings(&Server::start(Metabase::default()).await)
    };
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let error = metabase::provision(&settings).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "GET /api/session/properties was answered with something else than JSON: <html>\"ok\"</html>"
    );
}

#[tokio::test]
async fn patience_ends() {
    let server = Server::start(Metabase {
        starts: usize::MAX,
        ..Metabase::default()
    })
    .await;
    let settings = metabase::Settings {
        patience_seconds: 0,
        ..settings(&server)
    };
    let error = metabase::provision(&settings).await.unwrap_err();
    assert!(matches!(error, ApiError::Unhealthy { .. }), "{error}");
}

/// The parts of a query that Metabase would take for its own.
#[test]
fn queries_have_no_tags_but_ours() {
    for dashboard in catalogue::of(Tool::Metabase) {
        for card in dashboard.cards() {
            let query = dashboards::sql::query(card, &metabase::asked()).unwrap();
            let body = metabase::card_body(dashboard, card, &Connection::default(), 1, 1);
            let tags = body["dataset_query"]["native"]["template-tags"].as_object().unwrap();
            let used: Vec<_> = query
                .split("{{")
                .skip(1)
                .map(|rest| rest.split_once("}}").unwrap().0)
                .collect();
            for tag in &used {
                assert!(tags.contains_key(*tag), "{} has no tag {tag}", card.title());
            }
            for tag in tags.keys() {
                assert!(used.contains(&tag.as_str()), "{} does not use {tag}", card.title());
            }
            assert_eq!(
                query.matches("[[").count(),
                query.matches("]]").count(),
                "{}",
                card.title()
            );
        }
    }
}
