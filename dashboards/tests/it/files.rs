use std::path::Path;

use dashboards::{Connection, files};

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn committed_files_are_generated() {
    let differences = files::differences(folder(), &Connection::default()).unwrap();
    assert!(
        differences.is_empty(),
        "`clickpath dashboards generate` writes: {differences:?}"
    );
}

#[test]
fn writing_twice_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let connection = Connection::default();
    let first = files::write(directory.path(), &connection).unwrap();
    assert_eq!(first.len(), files::generate(&connection).len());
    std::fs::write(directory.path().join("grafana/dashboards/old.json"), "{}").unwrap();
    assert_eq!(files::write(directory.path(), &connection).unwrap().len(), 1);
    assert!(files::differences(directory.path(), &connection).unwrap().is_empty());
}
