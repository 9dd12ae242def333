//! Reports against a real engine: what they give, in which form, and what they refuse.

use axum::body::Body;
use axum::http::Request;
use embedded_clickhouse::testing;
use gateway::{NewKey, Scope};
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;
use warehouse::metric::metrics;
use warehouse::{EventRow, Warehouse};

use crate::support::{Answer, TestGateway, click, id};

const MINUTE_MS: i64 = 60_000;
const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0";

/// A gateway over a database of its own, with keys named by their scopes and sites.
pub(crate) struct Stage {
    pub(crate) gateway: TestGateway,
    pub(crate) warehouse: Warehouse,
    keys: Vec<(&'static str, String)>,
    _folder: TempDir,
}

impl Stage {
    /// Without a keys file.
    pub(crate) async fn open(arguments: &[&str]) -> Self {
        Self::with(&[], arguments).await
    }

    /// Name, scopes and sites of each key.
    pub(crate) async fn with(keys: &[(&'static str, &[Scope], &[&str])], arguments: &[&str]) -> Self {
        let engine = testing::engine().await;
        let database = engine.database();
        let warehouse = Warehouse::new(&warehouse::Settings::new(engine.url(), &database));
        warehouse::migrate::run(&warehouse).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys.toml");
        let mut all = vec![
            format!("--clickhouse-url={}", engine.url()),
            format!("--clickhouse-database={database}"),
        ];
        let made = keys.iter().map(|(name, scopes, sites)| {
            let sites: Vec<String> = sites.iter().map(|site| (*site).to_owned()).collect();
            (*name, NewKey::make(name, scopes, &sites).unwrap())
        });
        let made: Vec<_> = made.collect();
        if !made.is_empty() {
            let entries: Vec<&str> = made.iter().map(|(_, key)| &*key.entry).collect();
            std::fs::write(&file, entries.join("\n")).unwrap();
            all.push(format!("--keys-file={}", file.display()));
        }
        let all: Vec<&str> = all
            .iter()
            .map(String::as_str)
            .chain(arguments.iter().copied())
            .collect();
        Self {
            gateway: TestGateway::with(&all).await,
            warehouse,
            keys: made.into_iter().map(|(name, key)| (name, key.key)).collect(),
            _folder: folder,
        }
    }

    pub(crate) fn key(&self, name: &str) -> &str {
        let (_, key) = self.keys.iter().find(|(known, _)| *known == name).unwrap();
        key
    }

    /// Takes the events in and stores them, as the loader does.
    pub(crate) async fn store(&mut self, events: &[Value]) {
        let request = Request::post("/events").header("content-type", "application/json");
        // Whoever tells no browser is a bot, and reports leave bots out.
        let request = request.header("user-agent", BROWSER);
        let body = Body::from(json!(events).to_string());
        let answer = self.gateway.call(request.body(body).unwrap()).await;
        assert_eq!(answer.json()["rejected"], json!([]), "{}", answer.text());
        let mut stored = 0;
        while stored < events.len() {
            let group = self.gateway.next_group().await;
            let rows: Vec<_> = group.iter().map(|event| EventRow::new(event, Uuid::nil())).collect();
            let token = rows[0].id.to_string();
            self.warehouse.insert_events(&rows, &token).await.unwrap();
            stored += rows.len();
        }
    }

    /// With the named key; `""` is none.
    pub(crate) async fn get(&self, key: &str, path: &str) -> Answer {
        self.gateway
            .call(self.request("GET", key, path).body(Body::empty()).unwrap())
            .await
    }

    pub(crate) async fn post(&self, key: &str, path: &str, body: &Value) -> Answer {
        let request = self
            .request("POST", key, path)
            .header("content-type", "application/json");
        self.gateway
            .call(request.body(Body::from(body.to_string())).unwrap())
            .await
    }

    pub(crate) fn request(&self, method: &str, key: &str, path: &str) -> axum::http::request::Builder {
        let request = Request::builder().method(method).uri(path);
        match key {
            "" => request,
            name => request.header("authorization", format!("Bearer {}", self.key(name))),
        }
    }
}

fn clicks(ids: std::ops::Range<u64>) -> Vec<Value> {
    ids.map(click).collect()
}

#[tokio::test]
async fn gives_rows_with_their_definition() {
    let mut stage = Stage::open(&[]).await;
    stage.store(&clicks(1..4)).await;
    for slash in ["", "/"] {
        let answer = stage
            .get(
                "",
                &format!("/reports/element_ctr{slash}?from=15m&tz=Europe/Berlin&limit=5"),
            )
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.header("content-type"), "application/json");
        let report = answer.json();
        assert_eq!(report["metric"], "element_ctr");
        assert!(
            report["definition"]
                .as_str()
                .unwrap()
                .starts_with("Of the (session, page, element)")
        );
        assert_eq!(report["parameters"]["site"], "shop");
        assert_eq!(report["parameters"]["limit"], "5");
        assert!(report["parameters"]["from"].as_str().unwrap().ends_with('Z'));
        assert_eq!((&report["rows"], &report["data"][0]["clicks"]), (&json!(1), &json!(3)));
        assert_eq!(report["meta"][0]["name"], "element_id");
    }
}

#[tokio::test]
async fn answers_for_every_metric() {
    let mut stage = Stage::open(&["--rate-reads-per-second=0"]).await;
    stage.store(&clicks(1..3)).await;
    let catalogue = stage.get("", "/reports/").await.json();
    let listed = catalogue["metrics"].as_array().unwrap();
    assert_eq!(listed.len(), metrics().len());
    for metric in listed {
        let name = metric["name"].as_str().unwrap();
        for parameter in metric["parameters"].as_array().unwrap() {
            assert_eq!(
                parameter["required"],
                json!(parameter["default"].is_null()),
                "{name}: {parameter}"
            );
        }
        for format in ["json", "csv"] {
            let answer = stage.get("", &format!("/reports/{name}?from=1d&format={format}")).await;
            assert_eq!(answer.status, 200, "{name} {format}: {}", answer.text());
        }
    }
}

#[tokio::test]
async fn gives_csv_that_spreadsheets_do_not_run() {
    let mut stage = Stage::open(&[]).await;
    let mut event = click(1);
    event["payload"]["event_title"] = json!("=HYPERLINK(\"https://evil.example\";\"a,b\")");
    event["payload"]["x"] = json!(-5);
    stage.store(&[event]).await;
    let path = "/reports/last_events?from=15m&site=shop";
    let wanted = [(format!("{path}&format=csv"), ""), (path.to_owned(), "text/csv")];
    for (path, accept) in wanted {
        let request = stage.request("GET", "", &path).header("accept", accept);
        let answer = stage.gateway.call(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8; header=present");
        let today = &gateway::now().to_string()[..10];
        let name = answer.header("content-disposition");
        assert!(
            name.starts_with("attachment; filename=\"last_events_shop_") && name.ends_with(&format!("_{today}.csv\"")),
            "{name}"
        );
        let text = answer.text();
        assert!(text.starts_with("\"id\",\"received_at\","), "{text}");
        assert!(
            text.contains(",\"'=HYPERLINK(\"\"https://evil.example\"\";\"\"a,b\"\")\","),
            "{text}"
        );
        assert!(text.contains(",-5,315,"), "numbers stay: {text}");
    }
}

#[tokio::test]
async fn shows_the_query_that_runs() {
    let mut stage = Stage::open(&[]).await;
    stage.store(&clicks(1..3)).await;
    let from = (gateway::now().0 - 5 * MINUTE_MS).to_string();
    let to = (gateway::now().0 + MINUTE_MS).to_string();
    let path = format!("/reports/element_ctr?from={from}&to={to}");
    let answer = stage.get("", &format!("{path}&format=sql")).await;
    assert_eq!(answer.header("content-type"), "application/sql; charset=utf-8");
    let text = answer.text();
    let metric = metrics().iter().find(|metric| metric.name == "element_ctr").unwrap();
    let set = text.strip_suffix(&*metric.sql).expect("the query as its file has it");
    // What a client does with `SET param_…`.
    let parameters: Vec<(&str, &str)> = set
        .lines()
        .map(|line| {
            line.strip_prefix("SET param_")
                .unwrap()
                .strip_suffix("';")
                .unwrap()
                .split_once(" = '")
                .unwrap()
        })
        .collect();
    let rows: Vec<Value> = stage.warehouse.rows(&metric.sql, &parameters).await.unwrap();
    assert_eq!(json!(rows), stage.get("", &path).await.json()["data"]);
    assert_eq!(rows[0]["clicks"], 2);
}

#[tokio::test]
async fn tells_when_nothing_changed() {
    let mut stage = Stage::open(&[]).await;
    stage.store(&clicks(1..3)).await;
    let (from, to) = (gateway::now().0 - MINUTE_MS, gateway::now().0 + MINUTE_MS);
    let path = format!("/reports/element_ctr?from={from}&to={to}");
    let first = stage.get("", &path).await;
    assert_eq!(first.header("cache-control"), "private, no-cache");
    let tag = first.header("etag").to_owned();
    let again = async |tags: &str| {
        let request = stage.request("GET", "", &path).header("if-none-match", tags);
        stage.gateway.call(request.body(Body::empty()).unwrap()).await
    };
    for tags in [tag.clone(), format!("\"other\", W/{tag}"), "*".to_owned()] {
        let answer = again(&tags).await;
        assert_eq!(
            (answer.status.as_u16(), answer.body.len(), answer.header("etag")),
            (304, 0, &*tag),
            "{tags}"
        );
    }
    assert_eq!(again("\"other\"").await.status, 200);
    stage.store(&clicks(3..4)).await;
    let request = stage.request("GET", "", &path).header("if-none-match", &tag);
    assert_eq!(
        stage.gateway.call(request.body(Body::empty()).unwrap()).await.status,
        200
    );
}

/// (query, parameter)
const REFUSED: [(&str, &str); 21] = [
    ("site=nowhere", "site"),
    ("site=shop'%20OR%201=1--", "site"),
    ("from=yesterday", "from"),
    ("from=2026-02-30", "from"),
    ("from=2026-11-22T10:00:00Z&to=2026-11-22T10:00:00Z", "from"),
    ("from=2026-11-23&to=2026-11-21", "from"),
    ("from=2016-11-22&to=2026-11-22", "from"),
    ("from=1');DROP%20TABLE%20events;--", "from"),
    ("to=12", "to"),
    ("to=now()", "to"),
    ("tz=Mars/Olympus", "tz"),
    ("tz=europe/berlin", "tz"),
    ("tz=UTC')%20UNION%20ALL%20SELECT%201--", "tz"),
    ("tz=../../etc/passwd", "tz"),
    ("bots=2", "bots"),
    ("limit=0", "limit"),
    ("limit=10001", "limit"),
    ("limit=5%20OFFSET%201", "limit"),
    ("format=xml", "format"),
    ("site=shop&site=strict", "site"),
    ("colour=red", "colour"),
];

#[tokio::test]
async fn names_the_parameter_it_refuses() {
    let stage = Stage::open(&["--rate-reads-per-second=0"]).await;
    for (query, parameter) in REFUSED {
        let answer = stage.get("", &format!("/reports/element_ctr?{query}")).await;
        answer.assert_error(400, "invalid_parameter");
        assert_eq!(
            answer.json()["error"]["parameter"],
            parameter,
            "{query}: {}",
            answer.text()
        );
    }
    for name in ["nothing", "element_ctr'", "..%2Felement_ctr", "element_ctr%00", "%ff"] {
        stage
            .get("", &format!("/reports/{name}"))
            .await
            .assert_error(404, "unknown_metric");
    }
}

#[tokio::test]
async fn no_parameter_becomes_sql() {
    let mut stage = Stage::open(&["--rate-reads-per-second=0"]).await;
    stage.store(&clicks(1..3)).await;
    let hostile = [
        "' OR 1=1 --",
        "1); DROP TABLE events; --",
        "{site:String}",
        "\\' UNION ALL SELECT * FROM file('/etc/passwd') --",
        "a\tb\nc\u{0}",
        "⚡' ⚡",
        "-1",
        "0",
        "65535",
    ];
    let mut asked = 0;
    for metric in metrics() {
        let is_common = |name: &str| ["site", "from", "to", "tz", "bots", "limit"].contains(&name);
        for parameter in metric
            .parameters
            .iter()
            .filter(|parameter| metric.name == "last_events" || !is_common(&parameter.name))
        {
            for value in hostile {
                let query: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
                let name = &parameter.name;
                let answer = stage
                    .get(
                        "",
                        &format!("/reports/{}?from=1d&{name}={query}", metric.name).replace("from=1d&from", "from"),
                    )
                    .await;
                let text = answer.text();
                assert!(
                    [200, 400].contains(&answer.status.as_u16()),
                    "{} {name}={value}: {text}",
                    metric.name
                );
                if answer.status == 400 {
                    assert_eq!(
                        answer.json()["error"]["parameter"],
                        **name,
                        "{} {name}={value}: {text}",
                        metric.name
                    );
                }
                for inside in ["DB::", "Code: ", "root:", "SELECT"] {
                    assert!(answer.status == 200 || !text.contains(inside), "{name}={value}: {text}");
                }
                asked += 1;
            }
        }
    }
    assert!(asked >= 5 * hostile.len(), "{asked}");
    let rows: Vec<Value> = stage
        .warehouse
        .rows("SELECT count() AS n FROM events", &[])
        .await
        .unwrap();
    assert_eq!(rows[0]["n"], 2);
}

#[tokio::test]
async fn ends_reports_that_cost_too_much() {
    let few = Stage::open(&["--clickhouse-read-rows=10"]).await;
    let answer = few.get("", "/reports/events_per_minute?from=1h").await;
    answer.assert_error(422, "too_many_rows");
    assert!(answer.text().contains("shorter period"), "{}", answer.text());
    let mut small = Stage::open(&["--clickhouse-read-memory-bytes=1"]).await;
    small.store(&clicks(1..3)).await;
    let answer = small.get("", "/reports/element_ctr?from=1h").await;
    answer.assert_error(503, "report_too_expensive");
    assert_eq!(answer.header("retry-after"), "5");
    let hasty = Stage::open(&["--clickhouse-read-timeout-ms=0"]).await;
    assert_eq!(
        hasty.get("", "/reports/element_ctr?from=1h").await.status,
        200,
        "0 sets no limit"
    );
}

#[tokio::test]
async fn dates_are_days_of_the_zone() {
    let mut stage = Stage::open(&[]).await;
    let mut late = click(1);
    // 2026-01-10 02:00 in Yekaterinburg.
    late["created_at"] = json!("2026-01-09T21:00:00Z");
    stage.store(&[late]).await;
    let count = async |query: &str| {
        let answer = stage.get("", &format!("/reports/last_events?{query}")).await;
        answer.json()["rows"].as_u64().unwrap()
    };
    assert_eq!(count("from=2026-01-10&to=2026-01-10&tz=Asia/Yekaterinburg").await, 1);
    assert_eq!(count("from=2026-01-10&to=2026-01-10").await, 0);
    assert_eq!(count("from=2026-01-09&to=2026-01-09").await, 1);
    assert_eq!(
        id(1),
        stage
            .get("", "/reports/last_events?from=2026-01-09&to=2026-01-09")
            .await
            .json()["data"][0]["id"]
    );
}
