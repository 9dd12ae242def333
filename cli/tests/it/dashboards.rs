//! `clickpath dashboards generate` and `check`.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::up::Engine;
use crate::{check_failure, clickpath};

fn said(folder: &Path, arguments: &[&str]) -> String {
    let output = clickpath(folder, arguments);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn check_tells_which_files_are_not_generated() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    let check = ["dashboards", "check", "--dir=made"];
    check_failure(&clickpath(folder, &check), &["files are not what sql/metrics says"]);
    let generate = ["dashboards", "generate", "--dir=made"];
    let made = said(folder, &generate);
    assert!(made.contains("missing: "), "{made}");
    assert!(said(folder, &generate).ends_with(" files, 0 changed\n"));
    assert_eq!(said(folder, &check), "files: as sql/metrics says\n");

    let mut files = fs::read_dir(folder.join("made/grafana/dashboards")).unwrap();
    let [changed, gone] = [(); 2].map(|()| files.next().unwrap().unwrap().path());
    fs::write(
        &changed,
        fs::read_to_string(&changed).unwrap().replace("SELECT", "SELECT 1 +"),
    )
    .unwrap();
    fs::remove_file(&gone).unwrap();
    fs::write(folder.join("made/metabase/by_hand.json"), "{}").unwrap();
    let output = clickpath(folder, &check);
    check_failure(
        &output,
        &["3 files are not what sql/metrics says; `clickpath dashboards generate` writes them"],
    );
    let listed = String::from_utf8_lossy(&output.stdout).into_owned();
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    for (what, file) in [
        ("differs: ", name(&changed)),
        ("missing: ", name(&gone)),
        ("not generated: ", "by_hand.json".to_owned()),
    ] {
        let line = listed.lines().find(|line| line.starts_with(what));
        assert!(line.is_some_and(|line| line.ends_with(&file)), "{what}{file}: {listed}");
    }
    assert!(said(folder, &generate).ends_with(" files, 3 changed\n"));
    assert_eq!(said(folder, &check), "files: as sql/metrics says\n");
}

#[test]
fn check_asks_the_database_every_query() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    let engine = Engine::start(folder);
    let url = format!("http://{}", engine.address);
    said(folder, &["migrate", "--clickhouse-url", &url]);
    said(folder, &["dashboards", "generate", "--dir=made"]);
    let check = [
        "dashboards",
        "check",
        "--dir=made",
        "--queries",
        "--clickhouse-url",
        &url,
    ];
    let told = said(folder, &check);
    let queries = told
        .lines()
        .find_map(|line| line.strip_prefix("queries: ")?.split_once(" asked, "));
    let (asked, refused) = queries.unwrap_or_else(|| panic!("{told}"));
    assert!(asked.parse::<u32>().unwrap() > 100 && refused == "0 refused", "{told}");
    // A table of an older program, say.
    let rename = "RENAME TABLE clickpath.daily_users TO clickpath.gone";
    assert!(crate::up::request(&engine.address, "POST", "/", rename).starts_with("HTTP/1.1 200"));
    let output = clickpath(folder, &check);
    check_failure(&output, &[&format!(" of {asked} queries were refused")]);
    let told = String::from_utf8_lossy(&output.stdout);
    let named = told
        .lines()
        .find(|line| line.starts_with("Grafana clickpath/Daily active users: "));
    assert!(named.is_some_and(|line| line.contains("UNKNOWN_TABLE")), "{named:?}");
}
