//! What was started here trusts what sends from here, without a word.

use std::time::Instant;

use tempfile::TempDir;

use crate::clickpath;
use crate::up::{BOUND, Up, request, wait_for};

#[test]
fn generator_beside_the_gateway_is_trusted() {
    let folder = TempDir::new().unwrap();
    let up = Up::with(folder.path(), &[]);
    let gateway = wait_for(&up.stdout, "events     http://");
    let gateway = gateway.replace("events     ", "").replace("/events", "");
    let clickhouse = up.clickhouse();
    let generated = clickpath(folder.path(), &["generate", "--gateway-url", &gateway, "--count", "20"]);
    let log = String::from_utf8_lossy(&generated.stderr);
    assert_eq!(generated.status.code(), Some(0), "{log}");
    assert!(log.contains("trusted key of this machine"), "{log}");
    let said = String::from_utf8_lossy(&generated.stdout);
    assert!(said.contains("20 accepted"), "{said}");
    // Without trust the model's agents are dropped, and this client has none of its own.
    let query = "SELECT concat('visitors=', toString(countIf(user_agent != ''))) FROM clickpath.events";
    let started = Instant::now();
    while !request(&clickhouse, "POST", "/", query).contains("visitors=20\n") {
        assert!(
            started.elapsed() < BOUND,
            "{}",
            request(&clickhouse, "POST", "/", query)
        );
    }
    assert_eq!(up.stop(), Some(0));
}
