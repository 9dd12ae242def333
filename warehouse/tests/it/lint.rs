//! A duplicate row must change no number, even before the merge: `sql/` keeps idempotent aggregates only.

use std::path::{Path, PathBuf};

use warehouse::migrate::statements;

/// Aggregates whose result another copy of a row changes; combinators (`sumIf`, `countState`) start with these names too.
const COUNTS_COPIES: [&str; 17] = [
    "sum",
    "count",
    "avg",
    "quantile",
    "median",
    "topk",
    "grouparray",
    "groupbitxor",
    "groupconcat",
    "stddev",
    "var",
    "covar",
    "corr",
    "skew",
    "kurt",
    "delta",
    "histogram",
];

/// What is wrong with one statement.
fn faults(statement: &str) -> Vec<String> {
    let code = without_comments(statement).to_lowercase();
    let words: Vec<&str> = code
        .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .filter(|word| !word.is_empty())
        .collect();
    let mut faults = Vec::new();
    let is_of_a_view = words.starts_with(&["create", "materialized", "view"])
        || words.windows(2).any(|pair| pair == ["modify", "query"]);
    if is_of_a_view {
        faults.extend(
            calls(&code)
                .filter(|name| counts_copies(name))
                .map(|name| format!("a view calls {name}")),
        );
    }
    for (state, name) in words.iter().zip(words.iter().skip(1)) {
        if ["aggregatefunction", "simpleaggregatefunction"].contains(state) && counts_copies(name) {
            faults.push(format!("a column holds {name}"));
        }
    }
    if words.contains(&"summingmergetree") {
        faults.push("SummingMergeTree adds copies up".to_owned());
    }
    if words.starts_with(&["create"]) && !code.contains("if not exists") {
        faults.push("CREATE without IF NOT EXISTS cannot run twice".to_owned());
    }
    if words.windows(2).any(|pair| pair == ["on", "cluster"]) {
        faults.push("ON CLUSTER belongs to sql/server".to_owned());
    }
    // `toDateTime64(` takes a value first.
    let code = code.replace("todatetime64(", "");
    if code
        .split("datetime64(")
        .skip(1)
        .any(|rest| !rest.starts_with("3, 'utc')"))
    {
        faults.push("a moment is DateTime64(3, 'UTC')".to_owned());
    }
    faults
}

fn counts_copies(name: &str) -> bool {
    COUNTS_COPIES.iter().any(|start| name.starts_with(start))
}

fn without_comments(statement: &str) -> String {
    let lines = statement.lines().map(|line| line.split("--").next().unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n")
}

/// Names that a parenthesis follows.
fn calls(code: &str) -> impl Iterator<Item = &str> {
    code.match_indices('(').filter_map(|(end, _)| {
        let before = code[..end].trim_end();
        let start = before
            .rfind(|letter: char| !letter.is_alphanumeric() && letter != '_')
            .map_or(0, |at| at + 1);
        (start < before.len()).then(|| &before[start..])
    })
}

fn sql_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sql_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "sql") {
            found.push(path);
        }
    }
}

#[test]
fn keeps_sql_free_of_counted_copies() {
    let mut files = Vec::new();
    sql_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../sql"), &mut files);
    assert!(
        files.iter().any(|file| file.ends_with("migrations/0001_events.sql")),
        "{files:?}"
    );
    for file in files {
        let sql = std::fs::read_to_string(&file).unwrap();
        for statement in statements(&sql) {
            assert_eq!(
                faults(statement),
                Vec::<String>::new(),
                "{}: {statement}",
                file.display()
            );
        }
    }
}

#[track_caller]
fn check(statement: &str, expect: &[&str]) {
    assert_eq!(faults(statement), expect, "{statement}");
}

#[test]
fn catches_what_counts_copies() {
    check(
        "-- revenue\nCREATE MATERIALIZED VIEW IF NOT EXISTS m TO t AS SELECT sumIf(price, 1) FROM events",
        &["a view calls sumif"],
    );
    check(
        "CREATE MATERIALIZED VIEW IF NOT EXISTS m TO t AS SELECT countState () FROM events",
        &["a view calls countstate"],
    );
    check(
        "CREATE MATERIALIZED VIEW IF NOT EXISTS m TO t AS SELECT uniqState(id), max(at), argMax(a, b) FROM events -- no sum(x)",
        &[],
    );
    check(
        "CREATE TABLE IF NOT EXISTS t (n SimpleAggregateFunction(sum, UInt64)) ENGINE = AggregatingMergeTree ORDER BY n",
        &["a column holds sum"],
    );
    check(
        "CREATE TABLE t (at DateTime64(3)) ENGINE = SummingMergeTree ORDER BY at",
        &[
            "SummingMergeTree adds copies up",
            "CREATE without IF NOT EXISTS cannot run twice",
            "a moment is DateTime64(3, 'UTC')",
        ],
    );
    check(
        "ALTER TABLE m MODIFY QUERY SELECT countIf(1) FROM events",
        &["a view calls countif"],
    );
    check("SELECT sum(x), count() FROM events", &[]);
}
