//! Reports of some visits only.

use serde_json::{Value, json};

use crate::reports::Stage;
use crate::support::id;

/// An event of a visit: the session's number decides who it is, and where from.
fn event(number: u64, session: u64, path: &str, r#type: &str, payload: Value) -> Value {
    let campaign = ["spring", "autumn"][(session % 2) as usize];
    let mut payload = payload;
    if r#type == "view" && payload["event_title"].is_null() {
        payload["event_title"] = json!("page_view");
    }
    json!({
        "id": id(number), "type": r#type, "created_at": gateway::now().to_string(), "session_id": format!("s{session}"), "user_id": format!("u{session}"),
        "url": format!("https://shop.example{path}?utm_source=letter&utm_medium=email&utm_campaign={campaign}"),
        "payload": payload,
    })
}

fn visits() -> Vec<Value> {
    let mut events = Vec::new();
    for session in 0..5 {
        let first = session * 10 + 1;
        events.push(event(first, session, "/", "view", json!({})));
        events.push(event(first + 1, session, "/", "click", json!({"element_id": "#go"})));
        if session == 1 {
            events.push(event(first + 2, session, "/o'hara\\", "view", json!({})));
        }
        let order = json!({
            "event_title": "order_created", "order_id": format!("o{session}"), "product_id": "kettle", "price": 10, "quantity": 1,
            "currency": "EUR",
        });
        events.push(event(first + 3, session, "/", "server", order));
    }
    events
}

async fn first(stage: &Stage, path: &str) -> Value {
    let answer = stage.get("", path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json()["data"][0].clone()
}

#[tokio::test]
async fn narrow_every_kind_of_table() {
    let mut stage = Stage::open(&["--rate-reads-per-second=0"]).await;
    stage.store(&visits()).await;
    // Two of five sessions came by the autumn campaign, one saw the page with the quote.
    for (path, all, autumn, page) in [
        ("/reports/campaigns?from=1h&limit=1", 3, 2, 1),
        ("/reports/bounce_rate?from=1h", 5, 2, 1),
        ("/reports/top_pages?from=1h&limit=1", 5, 2, 1),
        ("/reports/live?from=1h", 5, 2, 1),
        ("/reports/orders?from=1h", 5, 2, 1),
        ("/reports/users?from=1h", 5, 2, 1),
        ("/reports/page_elements?from=1h", 5, 2, 0),
    ] {
        let number = |row: &Value| {
            let columns = ["sessions", "clicks", "events", "created", "users", "clicked"];
            let found = columns.iter().find_map(|name| row[*name].as_u64());
            // An element of no page with a click has no row.
            found.unwrap_or(0)
        };
        assert_eq!(number(&first(&stage, path).await), all, "{path}");
        assert_eq!(
            number(&first(&stage, &format!("{path}&campaign=autumn")).await),
            autumn,
            "{path}"
        );
        let narrowed = first(&stage, &format!("{path}&page=/o%27hara%5C&browser=Firefox")).await;
        assert_eq!(number(&narrowed), page, "{path} by page");
        let none = first(&stage, &format!("{path}&campaign=(none)")).await;
        assert_eq!(number(&none), 0, "{path} without campaign");
    }
    let bots = first(&stage, "/reports/live?from=1h&bots=only").await;
    assert_eq!(bots["sessions"], 0, "{bots}");
}

#[tokio::test]
async fn know_a_session_by_its_beginning_before_the_merge() {
    let mut stage = Stage::open(&["--rate-reads-per-second=0"]).await;
    stage
        .warehouse
        .execute("SYSTEM STOP MERGES sessions", &[])
        .await
        .unwrap();
    stage.store(&[event(1, 0, "/", "view", json!({}))]).await;
    // Later in the same visit, from another campaign, and in another part of the table.
    let mut later = event(2, 0, "/", "view", json!({}));
    later["url"] = json!("https://shop.example/?utm_source=x&utm_medium=email&utm_campaign=winter");
    stage.store(&[later]).await;
    for (campaign, sessions) in [("spring", 1), ("winter", 0)] {
        let path = format!("/reports/session_duration?from=1h&campaign={campaign}");
        assert_eq!(first(&stage, &path).await["sessions"], sessions, "{campaign}");
    }
}

/// Where the rows are is asked of all of them.
#[tokio::test]
async fn see_a_pair_whole_whatever_part_of_it_they_are_of() {
    let stage = Stage::open(&["--rate-reads-per-second=0"]).await;
    let row = |is_bot: u8, seen_clicked: u8| {
        format!(
            "INSERT INTO session_elements VALUES ('shop', 's', '#go', '/', now64(3) - 60, {is_bot}, {seen_clicked})"
        )
    };
    let as_a_bot_clicked = row(1, 2);
    let before_it_was_known_seen = row(0, 1);
    for sql in [
        &*as_a_bot_clicked,
        "OPTIMIZE TABLE session_elements FINAL",
        "SYSTEM STOP MERGES session_elements",
        &*before_it_was_known_seen,
    ] {
        stage.warehouse.execute(sql, &[]).await.unwrap();
    }
    let pair = first(&stage, "/reports/page_elements?from=1h&bots=only").await;
    assert_eq!((&pair["seen"], &pair["clicked"]), (&json!(1), &json!(1)), "{pair}");
}

#[tokio::test]
async fn are_queries_for_every_metric_that_has_them() {
    let stage = Stage::open(&["--rate-reads-per-second=0"]).await;
    let catalogue = stage.get("", "/reports/").await.json();
    for metric in catalogue["metrics"].as_array().unwrap() {
        let filters = metric["filters"].as_array().unwrap().iter();
        let filters: Vec<_> = filters
            .map(|filter| format!("{}=x", filter["name"].as_str().unwrap()))
            .collect();
        let path = format!(
            "/reports/{}?bots=only&{}",
            metric["name"].as_str().unwrap(),
            filters.join("&")
        );
        let answer = stage.get("", &path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    }
}

#[tokio::test]
async fn are_shown_and_refused() {
    let stage = Stage::open(&["--rate-reads-per-second=0"]).await;
    let answer = stage.get("", "/reports/funnel?country=DE&bots=only").await.json();
    assert_eq!(
        (&answer["parameters"]["country"], &answer["parameters"]["bots"]),
        (&json!("DE"), &json!("only"))
    );
    let sql = stage
        .get("", "/reports/funnel?country=a%0Ab%27&format=sql")
        .await
        .text();
    assert!(
        sql.contains("-- country: \"a\\nb'\"\nSET additional_table_filters = {'sessions': "),
        "{sql}"
    );
    let refused = stage.get("", "/reports/latency?country=DE").await;
    refused.assert_error(400, "invalid_parameter");
    assert_eq!(refused.json()["error"]["parameter"], "country");
    let catalogue = stage.get("", "/reports/").await.json();
    assert_eq!(catalogue["sites"], json!(["shop", "strict"]));
    let of = |name: &str| {
        let metrics = catalogue["metrics"].as_array().unwrap();
        metrics.iter().find(|metric| metric["name"] == name).unwrap()["filters"].clone()
    };
    assert_eq!(of("channels").as_array().unwrap().len(), 8);
    assert_eq!(of("latency"), json!([]));
}

/// Also of the lists beside reports.
#[tokio::test]
async fn hostile_values_are_values() {
    let mut stage = Stage::with(
        &[("admin", &[gateway::Scope::Admin], &[])],
        &["--rate-reads-per-second=0"],
    )
    .await;
    stage.store(&visits()).await;
    let hostile = [
        "' OR 1=1 --",
        "\\' OR 1=1 --",
        "1') OR ('1'='1",
        "unhex('2f')",
        "'}; DROP TABLE events; --",
        "{site:String}",
        "?",
        "a\u{0}b\n",
        "⚡%_",
    ];
    let encoded = |value: &str| -> String { url::form_urlencoded::byte_serialize(value.as_bytes()).collect() };
    let filters = [
        "channel", "referrer", "campaign", "country", "device", "browser", "os", "page",
    ];
    for value in hostile.map(encoded) {
        for filter in filters {
            for metric in ["bounce_rate", "orders"] {
                let path = format!("/reports/{metric}?from=1h&{filter}={value}");
                let answer = stage.get("admin", &path).await;
                assert_eq!(answer.status, 200, "{path}: {}", answer.text());
                let row = &answer.json()["data"][0];
                let found = ["sessions", "users", "created"]
                    .iter()
                    .find_map(|name| row[*name].as_u64());
                assert_eq!(found, Some(0), "{path}: {}", answer.text());
            }
        }
        for path in [
            format!("/users/?site={value}"),
            format!("/users/?after={value}"),
            format!("/users/?bots={value}"),
            format!("/audit/?from={value}"),
            format!("/audit/?after={value}"),
            format!("/get_resource/?id={value}"),
            format!("/get_resource/?after={value}"),
            format!("/ledger?site={value}"),
            format!("/ledger?from={value}"),
            format!("/live/stream?site={value}"),
        ] {
            let answer = stage.get("admin", &path).await;
            assert!(
                [400, 404].contains(&answer.status.as_u16()),
                "{path}: {} {}",
                answer.status,
                answer.text()
            );
            for inside in ["DB::", "Code: ", "SELECT", "unhex"] {
                assert!(
                    !answer.json()["error"]["message"].to_string().contains(inside),
                    "{path}: {}",
                    answer.text()
                );
            }
        }
    }
    let all = stage.get("admin", "/reports/users?from=1h").await.json();
    assert_eq!(all["data"][0]["users"], 5);
}
