//! Every limit with the answer a sender over it gets, over a real connection.

use std::io::Write;
use std::time::Duration;

use event::limits::{BODY_BYTES, EVENTS};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use crate::support::{BOUND, TestGateway, click, connect, id, listen};

struct Case {
    what: &'static str,
    /// Request line and headers, without `host`, `content-type` and `content-length`.
    head: String,
    body: Vec<u8>,
    status: u16,
    /// The error's code, or the reason of the only event's refusal. Empty: hyper's own answer, which has no body.
    code: &'static str,
}

fn case(
    what: &'static str,
    head: impl Into<String>,
    body: impl Into<Vec<u8>>,
    status: u16,
    code: &'static str,
) -> Case {
    Case {
        what,
        head: head.into(),
        body: body.into(),
        status,
        code,
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut member = GzEncoder::new(Vec::new(), Compression::fast());
    member.write_all(bytes).unwrap();
    member.finish().unwrap()
}

fn click_with(field: &str, value: Value) -> String {
    let mut event = click(1);
    event["payload"][field] = value;
    event.to_string()
}

fn nested(levels: usize) -> String {
    let inner = "[".repeat(levels) + &"]".repeat(levels);
    click_with("note", json!("@")).replace("\"@\"", &inner)
}

fn headers(count: usize, bytes: usize) -> String {
    let value = "v".repeat(bytes);
    let lines = (0..count).map(|number| format!("x-{number}: {value}\r\n"));
    format!("POST /events HTTP/1.1\r\n{}", lines.collect::<String>())
}

fn cases() -> Vec<Case> {
    const POST: &str = "POST /events HTTP/1.1\r\n";
    const GZIP: &str = "POST /events HTTP/1.1\r\ncontent-encoding: gzip\r\n";
    let one = click(1).to_string();
    let long_query = |bytes: usize| format!("POST /events?key={} HTTP/1.1\r\n", "k".repeat(bytes));
    let spaces = vec![b' '; BODY_BYTES];
    let full = |bytes: usize| [one.as_bytes(), &vec![b' '; bytes - one.len()]].concat();
    let events = |count: u64| Value::from((0..count).map(click).collect::<Vec<_>>()).to_string();
    let zeros = format!("[0{}]", ",0".repeat(EVENTS));
    vec![
        case("one event", POST, one.clone(), 202, ""),
        case("body of the limit", POST, full(BODY_BYTES), 202, ""),
        case("body over the limit", POST, full(BODY_BYTES + 1), 413, "body_too_large"),
        case("as many events as may be", POST, events(EVENTS as u64), 202, ""),
        case("too many events", POST, zeros, 413, "too_many_events"),
        case("nesting of the limit", POST, nested(14), 202, ""),
        case("nesting over the limit", POST, nested(15), 422, "too_deep"),
        case("nesting without end", POST, "[".repeat(BODY_BYTES), 400, "broken_json"),
        case(
            "objects without end",
            POST,
            "{\"a\":".repeat(BODY_BYTES / 5),
            400,
            "broken_json",
        ),
        case(
            "event over its limit",
            POST,
            click_with("note", json!("x".repeat(65_536))),
            422,
            "too_long",
        ),
        case("gzip", GZIP, gzip(one.as_bytes()), 202, ""),
        case(
            "gzip in members",
            GZIP,
            [gzip(&one.as_bytes()[..9]), gzip(&one.as_bytes()[9..])].concat(),
            202,
            "",
        ),
        case("gzip of the limit", GZIP, gzip(&full(BODY_BYTES)), 202, ""),
        case("gzip bomb", GZIP, gzip(&spaces.repeat(8)), 413, "body_too_large"),
        case(
            "gzip bomb in members",
            GZIP,
            gzip(&spaces).repeat(900),
            413,
            "body_too_large",
        ),
        case(
            "gzip of empty members",
            GZIP,
            gzip(b"").repeat(BODY_BYTES / 20),
            400,
            "no_events",
        ),
        case("gzip in gzip", GZIP, gzip(&gzip(one.as_bytes())), 400, "broken_json"),
        case("gzip cut off", GZIP, &gzip(one.as_bytes())[..20], 400, "broken_gzip"),
        case("gzip with a wrong sum", GZIP, wrong_sum(&one), 400, "broken_gzip"),
        case(
            "gzip over the limit as sent",
            GZIP,
            vec![0; BODY_BYTES + 1],
            413,
            "body_too_large",
        ),
        case(
            "two encodings",
            "POST /events HTTP/1.1\r\ncontent-encoding: gzip, gzip\r\n",
            one.clone(),
            415,
            "content_encoding",
        ),
        case("long address", long_query(8_000), one.clone(), 401, "wrong_key"),
        case("address too long", long_query(8_200), one.clone(), 414, "url_too_long"),
        case("address far too long", long_query(70_000), one.clone(), 414, ""),
        case("as many headers as may be", headers(96, 10), one.clone(), 202, ""),
        case("too many headers", headers(200, 10), one.clone(), 431, ""),
        case("headers of 60 kB", headers(60, 1_000), one.clone(), 202, ""),
        case("headers too large", headers(90, 2_000), one.clone(), 431, ""),
        case("one endless header", headers(1, 500_000), one.clone(), 431, ""),
        case("no HTTP", "POST\r\n", "", 400, ""),
    ]
}

fn wrong_sum(text: &str) -> Vec<u8> {
    let mut bytes = gzip(text.as_bytes());
    let sum = bytes.len() - 8;
    bytes[sum] ^= 1;
    bytes
}

#[tokio::test]
async fn each_limit_has_its_answer() {
    let gateway = TestGateway::start().await;
    let (address, shutdown, server) = listen(&gateway.state).await;
    for Case {
        what,
        head,
        body,
        status,
        code,
    } in cases()
    {
        let (mut answers, mut sender) = connect(address).await.into_split();
        let head = format!(
            "{head}host: a\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        // Who is refused early need not take the rest: a failed write is no answer.
        let sending = tokio::spawn(async move {
            let sent = async {
                sender.write_all(head.as_bytes()).await?;
                sender.write_all(&body).await
            };
            // Dropped, it would end the connection.
            (sent.await, sender)
        });
        let mut answer = Vec::new();
        let read = timeout(BOUND, answers.read_to_end(&mut answer)).await;
        read.unwrap_or_else(|_| panic!("{what}: no answer"))
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        let _sent_or_refused = sending.await.unwrap();
        let answer = String::from_utf8_lossy(&answer);
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{what}: {answer:.200}"
        );
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        match (status, code) {
            (202, _) => assert!(body.contains(&id(1)), "{what}: {body:.200}"),
            (_, "") => assert_eq!(body, "", "{what}"),
            _ => {
                let answer: Value =
                    serde_json::from_str(body).unwrap_or_else(|error| panic!("{what}: {error}: {body}"));
                let refused = &answer["rejected"][0]["reason"];
                let found = if refused.is_null() {
                    &answer["error"]["code"]
                } else {
                    refused
                };
                assert_eq!(found, code, "{what}: {body:.300}");
            }
        }
    }
    shutdown.cancel();
    timeout(Duration::from_secs(30), server)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
}
