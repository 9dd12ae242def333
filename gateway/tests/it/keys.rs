//! Keys of sites: where they are taken from, and what a request without the right one is told.

use axum::http::HeaderName;
use serde_json::json;

use crate::support::{Answer, TestGateway, click, id, json_request};

const SHOP: &str = "shop-page-0123456789";
const SHOP_BACK_END: &str = "shop-back-end-012345";
const BLOG: &str = "blog-page-0123456789";
const OPERATOR: &str = "operator-0123456789";
const SITES: &str = r#"
default_site = "open"
[[site]]
name = "open"
base_url = "https://open.example/"
origins = ["*"]
[[site]]
name = "shop"
base_url = "https://shop.example/"
origins = ["https://www.shop.example"]
keys = ["shop-page-0123456789", "shop-back-end-012345"]
[[site]]
name = "blog"
base_url = "https://blog.example/"
origins = ["*"]
keys = ["blog-page-0123456789"]
require_key = false
"#;

async fn start() -> TestGateway {
    let trusted_key = format!("--trusted-key={OPERATOR}");
    TestGateway::of(SITES, gateway::now, &[&trusted_key], |publisher| publisher).await
}

/// `headers` as `name: value`, one a line.
async fn post(gateway: &TestGateway, path: &str, headers: &str, body: String) -> Answer {
    let mut request = json_request(path, body);
    for (name, value) in headers.lines().filter_map(|line| line.split_once(": ")) {
        let name: HeaderName = name.parse().unwrap();
        request.headers_mut().append(name, value.parse().unwrap());
    }
    gateway.call(request).await
}

#[tokio::test]
async fn takes_a_key_from_three_places() {
    let gateway = start().await;
    for key in [SHOP, SHOP_BACK_END] {
        for (path, headers) in [
            (format!("/events?site=shop&key={key}"), String::new()),
            ("/events?site=shop".to_owned(), format!("x-clickpath-key: {key}")),
            ("/events?site=shop".to_owned(), format!("authorization: Bearer {key}")),
            ("/events?site=shop".to_owned(), format!("authorization: bearer {key}")),
            (
                format!("/events?site=shop&key={key}"),
                format!("x-clickpath-key: {key}"),
            ),
        ] {
            let answer = post(&gateway, &path, &headers, click(1).to_string()).await;
            assert_eq!(answer.status, 202, "{path} {headers}: {}", answer.text());
        }
    }
}

/// (path, headers, status, code, parameter)
#[tokio::test]
async fn says_what_is_wrong_with_a_key() {
    let gateway = start().await;
    let shop = "/events?site=shop";
    let table = [
        (shop, "", 401, "key_required", "key"),
        ("/events?site=shop&key=", "", 401, "wrong_key", "key"),
        ("/events?site=shop&key=shop-page-012345678", "", 401, "wrong_key", "key"),
        (
            "/events?site=shop&key=shop-page-01234567890",
            "",
            401,
            "wrong_key",
            "key",
        ),
        (
            "/events?site=shop&key=Shop-page-0123456789",
            "",
            401,
            "wrong_key",
            "key",
        ),
        (
            shop,
            "x-clickpath-key: nobodys-key-012345",
            401,
            "wrong_key",
            "x-clickpath-key",
        ),
        (
            shop,
            "authorization: Bearer nobodys-key-012345",
            401,
            "wrong_key",
            "authorization",
        ),
        (
            shop,
            "authorization: shop-page-0123456789",
            401,
            "wrong_key",
            "authorization",
        ),
        (
            shop,
            "authorization: Basic c2hvcC1wYWdlLTAxMjM0NTY3ODk=",
            401,
            "wrong_key",
            "authorization",
        ),
        (
            "/events?site=shop&key=blog-page-0123456789",
            "",
            403,
            "key_not_allowed",
            "key",
        ),
        // A key that fits nothing is not overlooked where none is wanted.
        ("/events?site=open&key=nobodys-key-012345", "", 401, "wrong_key", "key"),
        (
            "/events",
            "x-clickpath-key: nobodys-key-012345",
            401,
            "wrong_key",
            "x-clickpath-key",
        ),
        // Two keys must be one.
        (
            "/events?site=shop&key=shop-page-0123456789",
            "x-clickpath-key: blog-page-0123456789",
            400,
            "invalid_parameter",
            "key",
        ),
        (
            shop,
            "x-clickpath-key: shop-page-0123456789\nx-clickpath-key: nobodys-key-012345",
            401,
            "wrong_key",
            "x-clickpath-key",
        ),
        (
            "/events?key=shop-page-0123456789&key=shop-page-0123456789",
            "",
            400,
            "invalid_parameter",
            "key",
        ),
    ];
    for (path, headers, status, code, parameter) in table {
        let answer = post(&gateway, path, headers, click(1).to_string()).await;
        answer.assert_error(status, code);
        assert_eq!(answer.json()["error"]["parameter"], parameter, "{path} {headers}");
        assert_eq!(
            answer.header("www-authenticate") == "Bearer",
            status == 401,
            "{path} {headers}"
        );
        for key in [SHOP, SHOP_BACK_END, BLOG, OPERATOR] {
            assert!(!answer.text().contains(key), "a key is told: {}", answer.text());
        }
    }
}

#[tokio::test]
async fn sites_without_required_key_need_none() {
    let gateway = start().await;
    for path in [
        "/events",
        "/events?site=open",
        "/events?site=blog",
        "/events?site=blog&key=blog-page-0123456789",
    ] {
        assert_eq!(
            post(&gateway, path, "", click(1).to_string()).await.status,
            202,
            "{path}"
        );
    }
}

#[tokio::test]
async fn refuses_one_event_for_a_site_whose_key_is_missing() {
    let mut gateway = start().await;
    let mut foreign = click(1);
    foreign["site"] = json!("shop");
    let batch = json!([foreign, click(2)]).to_string();
    for (path, accepted) in [
        ("/events", vec![id(2)]),
        ("/events?key=blog-page-0123456789", vec![id(2)]),
        ("/events?key=shop-page-0123456789", vec![id(1), id(2)]),
    ] {
        let answer = post(&gateway, path, "", batch.clone()).await;
        assert_eq!(answer.status, 202, "{path}: {}", answer.text());
        let receipt = answer.json();
        assert_eq!(receipt["accepted"], json!(accepted), "{path}");
        if accepted.len() == 1 {
            let refused = &receipt["rejected"][0];
            assert_eq!(refused["reason"], "site_not_allowed");
            assert_eq!((&refused["field"], &refused["wants"]), (&json!("site"), &json!("key")));
        }
        assert_eq!(gateway.next_group().await.len(), accepted.len());
    }
    let alone = post(&gateway, "/events", "", foreign.to_string()).await;
    alone.assert_error(403, "site_not_allowed");
}

/// A key says who writes, an origin which page: neither stands for the other.
#[tokio::test]
async fn key_does_not_replace_origin() {
    let gateway = start().await;
    let path = "/events?site=shop&key=shop-page-0123456789";
    let evil = post(&gateway, path, "origin: https://evil.example", click(1).to_string()).await;
    evil.assert_error(403, "origin_not_allowed");
    let own = post(&gateway, path, "origin: https://www.shop.example", click(1).to_string()).await;
    assert_eq!(own.status, 202, "{}", own.text());
    assert_eq!(own.header("access-control-allow-origin"), "https://www.shop.example");
}

#[tokio::test]
async fn the_operators_key_opens_every_site() {
    let mut gateway = start().await;
    let mut event = click(1);
    event["ip"] = json!("198.51.100.77");
    let authorization = format!("authorization: Bearer {OPERATOR}");
    let answer = post(&gateway, "/events?site=shop", &authorization, event.to_string()).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    assert_eq!(gateway.next_group().await[0].ip.unwrap().to_string(), "198.51.100.0");
    // A site's key is public: it lets nobody speak for other addresses.
    let authorization = format!("authorization: Bearer {SHOP}");
    assert_eq!(
        post(&gateway, "/events?site=shop", &authorization, event.to_string())
            .await
            .status,
        202
    );
    assert_eq!(gateway.next_group().await[0].ip.unwrap().to_string(), "203.0.113.0");
    // Nor does the operator's key work where pages carry theirs.
    let elsewhere = post(&gateway, &format!("/events?key={OPERATOR}"), "", event.to_string()).await;
    elsewhere.assert_error(401, "wrong_key");
}

#[tokio::test]
async fn home_shows_where_a_key_goes() {
    let gateway = start().await;
    let overview = gateway.get("/overview").await;
    let sites = &overview.json()["sites"];
    let needs_key = |name: &str| {
        let sites = sites.as_array().unwrap();
        sites.iter().find(|site| site["name"] == name).unwrap()["requires_key"] == true
    };
    assert!(needs_key("shop") && !needs_key("blog"), "{sites}");
    assert!(!overview.text().contains(SHOP), "{}", overview.text());
}

#[tokio::test]
async fn guesses_of_keys_are_limited() {
    let gateway = TestGateway::of(SITES, gateway::now, &["--rate-requests-per-second=1"], |publisher| {
        publisher
    })
    .await;
    let mut statuses = Vec::new();
    for guess in 0..4 {
        let path = format!("/events?site=shop&key=guess-number-00000{guess}");
        statuses.push(post(&gateway, &path, "", click(1).to_string()).await.status.as_u16());
    }
    assert_eq!(statuses, [401, 401, 429, 429]);
}
