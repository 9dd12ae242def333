use axum::body::Body;
use axum::http::Request;

use crate::support::{Answer, SCRIPT, TestGateway, WASM_NAME, click};

async fn get(gateway: &TestGateway, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    gateway.call(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn serves_tracker_with_types_and_cache_rules() {
    let gateway = TestGateway::start().await;
    let wasm = format!("/{WASM_NAME}");
    for (path, content_type, cache) in [
        (
            "/clickpath.js",
            "text/javascript; charset=utf-8",
            "public, max-age=300, must-revalidate",
        ),
        (&*wasm, "application/wasm", "public, max-age=31536000, immutable"),
    ] {
        let answer = get(&gateway, path, &[]).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), content_type);
        assert_eq!(answer.header("cache-control"), cache);
        assert_eq!(answer.header("vary"), "accept-encoding");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(answer.header("cross-origin-resource-policy"), "cross-origin");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("content-encoding"), "");
    }
    get(&gateway, "/clickpath.js.br", &[])
        .await
        .assert_error(404, "not_found");
}

#[tokio::test]
async fn negotiates_compressed_forms() {
    let gateway = TestGateway::start().await;
    for (accept, encoding, body) in [
        ("gzip, deflate, br, zstd", "br", b"brotli form of the script".as_slice()),
        ("gzip", "gzip", b"gzip form of the script"),
        ("br;q=0, gzip", "gzip", b"gzip form of the script"),
        ("identity", "", SCRIPT),
        ("", "", SCRIPT),
    ] {
        let answer = get(&gateway, "/clickpath.js", &[("accept-encoding", accept)]).await;
        assert_eq!(answer.header("content-encoding"), encoding, "{accept}");
        assert!(answer.body == body, "{accept}");
    }
}

#[tokio::test]
async fn answers_304_to_known_tags() {
    let gateway = TestGateway::start().await;
    let plain = get(&gateway, "/clickpath.js", &[]).await;
    let brotli = get(&gateway, "/clickpath.js", &[("accept-encoding", "br")]).await;
    assert_ne!(plain.header("etag"), brotli.header("etag"), "each form has its own tag");
    for tag in [
        plain.header("etag"),
        brotli.header("etag"),
        "\"x\", *",
        &format!("W/{}", plain.header("etag")),
    ] {
        let answer = get(&gateway, "/clickpath.js", &[("if-none-match", tag)]).await;
        assert_eq!((answer.status.as_u16(), answer.body.len()), (304, 0), "{tag}");
        assert_eq!(answer.header("etag"), plain.header("etag"));
        assert_eq!(answer.header("cache-control"), plain.header("cache-control"));
    }
    let stale = get(&gateway, "/clickpath.js", &[("if-none-match", "\"0\"")]).await;
    assert_eq!(stale.status, 200);
}

#[tokio::test]
async fn serves_shop_under_strict_policy() {
    let gateway = TestGateway::start().await;
    let redirect = get(&gateway, "/shop", &[]).await;
    assert_eq!((redirect.status.as_u16(), redirect.header("location")), (308, "/shop/"));
    let page = get(&gateway, "/shop/", &[]).await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(page.text().contains("clickpath.js"), "{}", page.text());
    assert_eq!(
        page.header("content-security-policy"),
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'self'"
    );
    let named = get(&gateway, "/shop/index.html", &[]).await;
    assert!(named.body == page.body);
    assert!(
        get(&gateway, "/shop/index", &[]).await.body == page.body,
        ".html may be left out"
    );
    let packed = get(&gateway, "/shop/", &[("accept-encoding", "gzip")]).await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert!(packed.body.len() < page.body.len());
    get(&gateway, "/shop/../Cargo.toml", &[])
        .await
        .assert_error(404, "not_found");
    get(&gateway, "/shop/%2e%2e/Cargo.toml", &[])
        .await
        .assert_error(404, "not_found");
}

#[tokio::test]
async fn serves_pages_under_strict_policy() {
    let gateway = TestGateway::start().await;
    for path in ["/dashboard", "/dashboard/", "/dashboard?site=shop&bots=1", "/"] {
        let page = get(&gateway, path, &[]).await;
        assert_eq!(page.status, 200, "{path}");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(page.header("cache-control"), "no-cache");
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'; "));
        assert!(!policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"));
    }
}

#[tokio::test]
async fn keeps_parts_of_pages_for_ever() {
    let gateway = TestGateway::start().await;
    let part = get(&gateway, "/assets/page-ABCD2345.js", &[]).await;
    assert_eq!(part.header("content-type"), "text/javascript; charset=utf-8");
    assert_eq!(part.header("cache-control"), "public, max-age=31536000, immutable");
    for path in [
        "/assets/",
        "/assets/../pages/dashboard.html",
        "/assets/page-ABCD2346.js",
    ] {
        get(&gateway, path, &[]).await.assert_error(404, "not_found");
    }
}

#[test]
fn refuses_to_start_without_tracker_overlay_or_pages() {
    let error = gateway::Assets::new(&[], &[], &[]).err().unwrap();
    assert!(error.to_string().contains("cargo xtask tracker"), "{error}");
    let tracker = ["clickpath.js", "clickpath-0a1b2c3d.wasm"].map(|name| (name.to_owned(), Vec::new()));
    let error = gateway::Assets::new(&tracker, &[], &[]).err().unwrap();
    assert!(error.to_string().contains("cargo xtask overlay"), "{error}");
    let overlay = [("overlay.js".to_owned(), Vec::new())];
    let error = gateway::Assets::new(&tracker, &overlay, &[]).err().unwrap();
    assert!(error.to_string().contains("cargo xtask web"), "{error}");
}

#[tokio::test]
async fn tracker_and_events_have_paths_of_the_operators_choice() {
    let gateway = TestGateway::with(&["--tracker-path=/assets/x.js", "--events-path=/collect"]).await;
    let script = get(&gateway, "/assets/x.js", &[]).await;
    assert_eq!(
        (script.status, script.text()),
        (
            axum::http::StatusCode::OK,
            get(&gateway, "/clickpath.js", &[]).await.text()
        )
    );
    assert_eq!(get(&gateway, &format!("/assets/{WASM_NAME}"), &[]).await.status, 200);
    assert_eq!(get(&gateway, "/assets/y.js", &[]).await.status, 404);
    for (number, path) in ["/collect", "/assets/events", "/events"].into_iter().enumerate() {
        let answer = gateway.post(&format!("{path}?site=shop"), &click(number as u64)).await;
        assert_eq!(answer.status, 202, "{path}: {}", answer.text());
    }
}

#[tokio::test]
async fn own_script_may_have_the_usual_name() {
    let gateway = TestGateway::with(&["--tracker-path=/stats/clickpath.js"]).await;
    for path in ["/clickpath.js", "/stats/clickpath.js"] {
        assert_eq!(get(&gateway, path, &[]).await.status, 200, "{path}");
    }
}

#[test]
fn refuses_paths_that_are_taken() {
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        _gateway: gateway::Settings,
    }
    let routes = include_str!("../../src/router.rs").split('"');
    let routes: Vec<_> = routes
        .filter(|text| text.starts_with('/') && !text.contains('{'))
        .collect();
    assert!(routes.len() > 20, "the routes are no longer found: {routes:?}");
    for path in routes.into_iter().chain(["/reports/x", "x.js", "/a/", "/a b"]) {
        assert!(
            Line::try_parse_from(["gateway", &format!("--events-path={path}")]).is_err(),
            "{path}"
        );
    }
}
