//! The list of identified users.

use gateway::Scope;
use serde_json::{Value, json};

use crate::reports::Stage;
use crate::support::click;

const KEYS: [(&str, &[Scope], &[&str]); 1] = [("admin", &[Scope::Admin], &[])];

fn event(number: u64, user: &str, session: &str, at: &str, title: &str) -> Value {
    let mut event = click(number);
    event["user_id"] = json!(user);
    event["session_id"] = json!(session);
    event["created_at"] = json!(at);
    event["payload"]["event_title"] = json!(title);
    event["payload"]["order_id"] = json!(format!("order-{session}"));
    event
}

#[tokio::test]
async fn lists_users_by_pages() {
    let mut stage = Stage::with(&KEYS, &[]).await;
    let mut elsewhere = event(5, "7", "s4", "2026-11-20T10:00:00Z", "view_item");
    elsewhere["site"] = json!("strict");
    elsewhere["created_at"] = json!(gateway::now().to_string());
    let mut nobody = click(6);
    nobody["session_id"] = json!("s5");
    stage
        .store(&[
            event(1, "1001", "s1", "2026-11-01T23:59:00Z", "order_created"),
            event(2, "1001", "s1", "2026-11-02T00:01:00Z", "order_paid"),
            event(3, "1001", "s2", "2026-11-20T10:00:00Z", "order_created"),
            event(4, "О'Нил, \\ ⚡", "s3", "2026-11-21T10:00:00Z", "view_item"),
            elsewhere,
            nobody,
        ])
        .await;
    let all = stage.get("admin", "/users/").await.json();
    let users = all["users"].as_array().unwrap();
    assert_eq!(users.len(), 3, "{all}");
    assert_eq!(
        users[0],
        json!({"site": "shop", "user_id": "1001", "first_seen": "2026-11-01T23:59:00.000Z", "last_seen": "2026-11-20T10:00:00.000Z",
            "sessions": 2, "orders": 2})
    );
    assert_eq!(
        (&users[1]["user_id"], &users[1]["orders"]),
        (&json!("О'Нил, \\ ⚡"), &json!(0))
    );
    assert_eq!(
        (&users[2]["site"], &users[2]["user_id"]),
        (&json!("strict"), &json!("7"))
    );

    let mut paged = Vec::new();
    let mut path = "/users/?limit=1".to_owned();
    loop {
        let page = stage.get("admin", &path).await.json();
        paged.extend(page["users"].as_array().unwrap().iter().cloned());
        let Some(next) = page["next"].as_str() else { break };
        let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
        path = format!("/users/?limit=1&after={next}");
    }
    assert_eq!(&paged, users);
    assert_eq!(
        stage.get("admin", "/users?site=strict").await.json()["users"],
        json!([users[2]])
    );
    for (query, parameter) in [
        ("site=nowhere", "site"),
        ("limit=1001", "limit"),
        ("after=x", "after"),
        ("bots=x", "bots"),
        ("user=1", "user"),
    ] {
        let answer = stage.get("admin", &format!("/users/?{query}")).await;
        answer.assert_error(400, "invalid_parameter");
        assert_eq!(answer.json()["error"]["parameter"], parameter);
    }
}
