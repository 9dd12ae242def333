use std::time::{Duration, Instant};

use pull::PullError;
use pull::stub::Data;

use crate::{Gateway, listen, pull, store};

/// What ships: the sum of price times quantity over all carts' lines, worked out apart from this program.
const REVENUE: &str = "6562.5400";

#[tokio::test]
async fn all_products_and_carts_arrive() {
    let (gateway, api) = (Gateway::start().await, store(Data::shipped(), &[]).await);
    let summary = pull(&api, &gateway, &[]).await.unwrap();
    assert!(summary.is_complete(), "{summary}");
    assert_eq!((summary.products, summary.carts, summary.orders), (20, 40, 40));
    assert_eq!(
        (summary.events, summary.revenue.to_string()),
        (4 * 81, REVENUE.to_owned())
    );
    assert_eq!(
        gateway.requests(),
        ["/entities/products?site=shop", "/events?site=shop&source=generator"]
    );
    let products = gateway.received("/entities/products");
    assert_eq!(products[0]["price"].to_string(), "34.9", "a number, as the API has it");
    assert!(
        gateway
            .received("/events")
            .iter()
            .all(|event| event["payload"]["currency"] == "USD")
    );
}

#[tokio::test]
async fn same_api_gives_same_events() {
    let (one, other) = (Gateway::start().await, Gateway::start().await);
    pull(&store(Data::shipped(), &[]).await, &one, &[]).await.unwrap();
    // Another address, and other cuts.
    pull(&store(Data::shipped(), &[]).await, &other, &["--batch", "7"])
        .await
        .unwrap();
    assert_eq!(one.received("/events"), other.received("/events"));
    assert_eq!(other.requests().len(), 1 + 324_usize.div_ceil(7));
}

#[tokio::test]
async fn api_that_fails_twice_is_asked_again() {
    let (gateway, api) = (
        Gateway::start().await,
        store(Data::shipped(), &["--fail-first", "2"]).await,
    );
    let summary = pull(&api, &gateway, &[]).await.unwrap();
    assert_eq!((summary.products, summary.events, summary.api_retries), (20, 324, 2));
}

#[tokio::test]
async fn attempts_are_bounded_and_told() {
    let (gateway, api) = (
        Gateway::start().await,
        store(Data::shipped(), &["--fail-first", "9"]).await,
    );
    let error = pull(&api, &gateway, &["--attempts", "3"]).await.unwrap_err();
    let expected = format!("{api}/products answers 503 Service Unavailable, attempt 3 of 3");
    assert_eq!(error.to_string(), expected);
    assert_eq!(gateway.requests(), [""; 0], "nothing is half pulled");
}

#[tokio::test]
async fn retry_after_is_waited_for() {
    let gateway = Gateway::start().await;
    let limited = ["--fail-first", "1", "--fail-status", "429", "--retry-after"];
    let api = store(Data::shipped(), &[&limited[..], &["1"]].concat()).await;
    let began = Instant::now();
    assert_eq!(pull(&api, &gateway, &[]).await.unwrap().api_retries, 1);
    assert!(
        began.elapsed() >= Duration::from_secs(1),
        "asked again after {:?}",
        began.elapsed()
    );

    let api = store(Data::shipped(), &[&limited[..], &["86400"]].concat()).await;
    let error = pull(&api, &gateway, &[]).await.unwrap_err();
    assert!(matches!(error, PullError::TooLong { .. }), "{error}");
}

#[tokio::test]
async fn what_does_not_pass_is_not_repeated() {
    let gateway = Gateway::start().await;
    let api = store(Data::shipped(), &["--fail-first", "1", "--fail-status", "404"]).await;
    let error = pull(&api, &gateway, &[]).await.unwrap_err();
    let expect = format!("{api}/products answers 404 Not Found, which asking again does not change: is --api right?");
    assert_eq!(error.to_string(), expect);
    // It was asked once: the next question is answered.
    assert_eq!(pull(&api, &gateway, &[]).await.unwrap().api_retries, 0);
    // Another path than the API's, for good.
    let error = pull(&format!("{api}/v2"), &gateway, &[]).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("{api}/v2/products answers 404 Not Found, which asking again does not change: is --api right?")
    );
}

#[tokio::test]
async fn body_that_is_cut_off_is_no_body() {
    let gateway = Gateway::start().await;
    // The carts, in the middle; nobody listens afterwards.
    let api = store(Data::shipped(), &["--die-after", "2"]).await;
    let error = pull(&api, &gateway, &["--attempts", "2"]).await.unwrap_err();
    assert_eq!(error.to_string(), format!("{api}/carts gave no answer, attempt 2 of 2"));
    assert_eq!(gateway.requests(), [""; 0], "products without their carts are not sent");
}

#[tokio::test]
async fn silent_api_is_given_up() {
    let gateway = Gateway::start().await;
    // Connects, and says nothing.
    let (_listener, address) = listen().await;
    let silent = ["--attempts", "1", "--api-timeout-seconds", "1"];
    let error = pull(&format!("http://{address}"), &gateway, &silent).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("http://{address}/products gave no answer, attempt 1 of 1")
    );
}

#[tokio::test]
async fn malformed_answers_name_the_place() {
    let check = async |data: Data, expect: &str| {
        let gateway = Gateway::start().await;
        let error = pull(&store(data, &[]).await, &gateway, &[]).await.unwrap_err();
        let PullError::Shape { url, source } = error else {
            panic!("{error}")
        };
        assert!(format!("{url} {source}").contains(expect), "{url} {source}");
        assert_eq!(gateway.requests(), [""; 0]);
    };
    let shipped = Data::shipped();
    let products = shipped.products.replacen("\"rate\": 3.5", "\"rate\": \"good\"", 1);
    check(
        Data {
            products,
            ..shipped.clone()
        },
        "/products [0].rating.rate: invalid type: string",
    )
    .await;
    let products = shipped.products.replacen("{\"id\": 3,", "{\"id\": 3", 1);
    check(
        Data {
            products,
            ..shipped.clone()
        },
        "/products not a JSON array: ",
    )
    .await;
    let carts = shipped.carts.replacen("2026-10-01T08", "2026-10-32T08", 1);
    check(
        Data {
            carts,
            ..shipped.clone()
        },
        "/carts [0].date: expected an RFC 3339",
    )
    .await;
}

#[tokio::test]
async fn cart_with_unknown_product_is_told() {
    let gateway = Gateway::start().await;
    let shipped = Data::shipped();
    let carts = shipped.carts.replacen("\"productId\": 18", "\"productId\": 99", 1);
    let api = store(Data { carts, ..shipped }, &[]).await;
    let summary = pull(&api, &gateway, &[]).await.unwrap();
    assert!(!summary.is_complete());
    assert_eq!((summary.events, summary.orders), (320, 39));
    assert!(
        summary
            .to_string()
            .contains("cart 1, product 99: skipped, the API lists no such product"),
        "{summary}"
    );
}

#[tokio::test]
async fn stub_serves_single_elements() {
    let api = store(Data::shipped(), &[]).await;
    let get = async |path: &str| {
        let answer = tls::http_client()
            .build()
            .unwrap()
            .get(format!("{api}{path}"))
            .send()
            .await
            .unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let (status, cart) = get("/carts/2").await;
    assert!(
        status == 200 && cart.starts_with("{\"id\": 2, \"userId\": 11"),
        "{cart}"
    );
    assert!(get("/products/20").await.1.contains("Camping stove"));
    assert_eq!(get("/products/21").await.0, 404);
    assert!(get("/users").await.1.contains("adab"));
}
