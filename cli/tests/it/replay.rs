//! Refused for a site that nobody had configured, sent again once it is, stored once.

use std::path::Path;
use std::process::Output;

use tempfile::TempDir;

use crate::clickpath;
use crate::up::{BOUND, Up, request, wait_for};

const KEY: &str = "an operator's key";
const SHOP: &str = "[[site]]\nname = \"shop\"\nbase_url = \"https://shop.example/\"\norigins = [\"*\"]\n";
const NEW: &str = "[[site]]\nname = \"new\"\nbase_url = \"https://new.example/\"\norigins = [\"*\"]\n";
const EVENT: &str = r##"{"id": "0197a1c0-0000-7000-8000-000000000001", "type": "click", "session_id": "s",
    "created_at": "2026-11-22T10:00:00Z", "url": "/", "site": "new"}"##;

fn up(folder: &Path, sites: &str) -> Up {
    std::fs::write(folder.join("sites.toml"), sites).unwrap();
    Up::with(folder, &["--sites-file", "sites.toml", "--operator-key", KEY])
}

fn replay(folder: &Path, address: &str, arguments: &[&str]) -> Output {
    let url = format!("http://{address}");
    let always = ["replay", "--gateway-url", &url, "--operator-key", KEY, "--since", "1h"];
    clickpath(folder, &[&always, arguments].concat())
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The database's whole answer, with a line such as `rows=1`.
fn stored(clickhouse: &str) -> String {
    let query = "SELECT concat('rows=', toString(count())) FROM clickpath.events WHERE site = 'new'";
    request(clickhouse, "POST", "/", query)
}

#[test]
fn stores_what_was_refused_once_after_the_mend() {
    let folder = TempDir::new().unwrap();
    let first = up(folder.path(), SHOP);
    let gateway = wait_for(&first.stdout, "events     http://");
    let gateway = gateway.replace("events     http://", "").replace("/events", "");
    let refused = request(&gateway, "POST", "/events", EVENT);
    assert!(refused.starts_with("HTTP/1.1 403"), "{refused}");
    let started = std::time::Instant::now();
    // Until the loader has put it aside.
    while !stdout(&replay(folder.path(), &gateway, &["--dry-run"])).contains("unknown_site") {
        assert!(started.elapsed() < BOUND, "nothing is in quarantine");
    }
    let again = replay(folder.path(), &gateway, &["--reason", "unknown_site"]);
    assert_eq!(again.status.code(), Some(1), "{again:?}");
    assert!(stdout(&again).contains("refused again: unknown_site"), "{again:?}");
    assert_eq!(first.stop(), Some(0));

    let second = up(folder.path(), &format!("{SHOP}{NEW}"));
    let gateway = wait_for(&second.stdout, "events     http://");
    let gateway = gateway.replace("events     http://", "").replace("/events", "");
    let clickhouse = second.clickhouse();
    let done = replay(folder.path(), &gateway, &["--site", "new"]);
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    assert!(stdout(&done).contains("replayed 1 events"), "{}", stdout(&done));
    let nothing = replay(folder.path(), &gateway, &[]);
    assert_eq!(nothing.status.code(), Some(0), "{nothing:?}");
    assert!(stdout(&nothing).contains("replayed 0 events"), "{}", stdout(&nothing));
    let started = std::time::Instant::now();
    while !stored(&clickhouse).contains("rows=1\n") {
        assert!(started.elapsed() < BOUND, "stored: {}", stored(&clickhouse));
    }
    let wrong = clickpath(
        folder.path(),
        &[
            "replay",
            "--gateway-url",
            &format!("http://{gateway}"),
            "--operator-key",
            "somebody else's key",
        ],
    );
    assert_eq!(wrong.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&wrong.stderr).contains("operator's key"),
        "{wrong:?}"
    );
    assert_eq!(second.stop(), Some(0));
}
