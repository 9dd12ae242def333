//! A duplicate row must change no number, even before the merge: `sql/` keeps idempotent aggregates only.

use std::path::{Path, PathBuf};

use warehouse::migrate::{Graph, Kind, embedded, statements};

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
    if words.starts_with(&["create"]) && !code.contains("if not exists") && !code.contains("create or replace table") {
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

/// Words and signs of a statement in lower case; a quoted text is none.
fn tokens(statement: &str) -> Vec<String> {
    let code = without_comments(statement).to_lowercase();
    let outside: String = code.split('\'').step_by(2).collect::<Vec<_>>().join(" ");
    let mut tokens: Vec<String> = Vec::new();
    let mut open = false;
    for letter in outside.chars() {
        let part = letter.is_alphanumeric() || letter == '_';
        match tokens.last_mut() {
            Some(word) if open && part => word.push(letter),
            _ if letter.is_whitespace() => {}
            _ => tokens.push(letter.to_string()),
        }
        open = part;
    }
    tokens
}

/// Where a query reads a table whose rows may be there several times until they are merged, and does not say FINAL: there it must
/// ask for distinct rows or for aggregates that a copy does not change.
fn reads_copies(statement: &str, tables: &[String]) -> Vec<String> {
    let tokens = tokens(statement);
    let token = |at: usize| tokens.get(at).map_or("", String::as_str);
    let mut faults = Vec::new();
    for (at, word) in tokens.iter().enumerate() {
        let table = token(at + 1);
        let read = ["from", "join"].contains(&word.as_str())
            && tables.iter().any(|name| name == table)
            && token(at + 2) != "(";
        let is_final = (2..=4)
            .take_while(|ahead| !["where", "group", ")"].contains(&token(at + ahead)))
            .any(|ahead| token(at + ahead) == "final");
        let whole =
            lists_several(&tokens, at) || leaves_several_out(&tokens, at, table) || is_of_settled(&tokens, at, table);
        if !read || is_final || whole {
            continue;
        }
        faults.extend(counted(&tokens, at).map(|how| format!("{table} without FINAL{how}")));
    }
    faults
}

/// Whether the query around a place tells which keys have several rows.
fn lists_several(tokens: &[String], place: usize) -> bool {
    let (begin, end) = scope(tokens, place);
    let having = ["having", "count", "(", ")", ">", "1"];
    tokens[begin..end].windows(having.len()).any(|words| words == having)
}

/// Whether the query around a place leaves out the keys of which `several` says that the table has several rows: any other row is
/// all that there is of its key.
fn leaves_several_out(tokens: &[String], place: usize, table: &str) -> bool {
    let (begin, end) = scope(tokens, place);
    let left_out = tokens[begin..end]
        .windows(3)
        .any(|words| words == ["not", "in", "several"]);
    let list = tokens
        .windows(4)
        .position(|words| words == ["several", "as", "(", "select"]);
    let of_this_table = list.is_some_and(|list| {
        let reads = (list..tokens.len()).find(|at| tokens[*at] == "from").unwrap_or(list);
        tokens[reads + 1] == table && lists_several(tokens, reads)
    });
    left_out && of_this_table
}

/// Whether the query around a place reads only days of which `settled` says that all their rows of the table are in one merged part.
fn is_of_settled(tokens: &[String], place: usize, table: &str) -> bool {
    let list = self::tokens(&format!(
        "settled AS (SELECT _partition_id FROM (SELECT _partition_id, _part FROM {table} GROUP BY _partition_id, _part)
         GROUP BY _partition_id HAVING count() = 1 AND toUInt32(splitByChar('_', any(_part))[4]) > 0)"
    ));
    let (begin, end) = scope(tokens, place);
    let read_alone = tokens[begin..end]
        .windows(4)
        .any(|words| words == ["and", "_partition_id", "in", "settled"]);
    read_alone && tokens.windows(list.len()).any(|words| words == list)
}

/// What counts the rows read at a place before anything makes them distinct, from the inmost query outwards.
fn counted(tokens: &[String], place: usize) -> Option<String> {
    const IDEMPOTENT: [&str; 9] = [
        "uniq",
        "min",
        "max",
        "arg",
        "any",
        "groupuniq",
        "groupbitor",
        "groupbitand",
        "grouparraydistinct",
    ];
    let (begin, end) = scope(tokens, place);
    let query = &tokens[begin..end];
    let has = |wanted: &[&str]| {
        query
            .windows(wanted.len())
            .any(|words| words.iter().zip(wanted).all(|(word, wanted)| word == wanted))
    };
    let in_a_set = begin >= 2 && tokens[begin - 1] == "(" && tokens[begin - 2] == "in";
    let one_each = query
        .iter()
        .position(|word| word == "limit")
        .is_some_and(|at| query[at..].iter().any(|word| word == "by"));
    let called: Vec<&str> = query
        .windows(3)
        .filter(|words| words[1] == "(" && words[2] != "distinct")
        .map(|words| words[0].as_str())
        .collect();
    if let Some(name) = called.iter().find(|name| counts_copies(name)) {
        return Some(format!(" in {name}"));
    }
    let aggregates = called
        .iter()
        .any(|name| IDEMPOTENT.iter().any(|start| name.starts_with(start)));
    if aggregates || in_a_set || one_each || has(&["select", "distinct"]) || has(&["group", "by"]) {
        return None;
    }
    match begin >= 2 && tokens[begin - 1] == "(" {
        true => counted(tokens, begin - 2),
        false => Some(", row by row".to_owned()),
    }
}

/// The query around a place, without the queries inside it: from its SELECT to its end.
fn scope(tokens: &[String], place: usize) -> (usize, usize) {
    let mut depth = 0i32;
    let begin = (0..place).rev().find(|at| {
        match tokens[*at].as_str() {
            ")" => depth += 1,
            "(" => depth -= 1,
            _ => {}
        }
        tokens[*at] == "select" && depth <= 0
    });
    let mut depth = 0i32;
    let end = (place..tokens.len()).find(|at| {
        match tokens[*at].as_str() {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        depth < 0 || tokens[*at] == "union" && depth == 0
    });
    (begin.unwrap_or(0), end.unwrap_or(tokens.len()))
}

/// Tables of the schema, whose rows may be there several times until they are merged.
fn tables() -> Vec<String> {
    let graph = Graph::of(&embedded().unwrap());
    let tables = graph.nodes().iter().filter(|(_, node)| node.kind == Kind::Table);
    tables.map(|(name, _)| name.clone()).collect()
}

/// Engine and sorting key of each `CREATE TABLE`.
fn engine_of(sql: &str, table: &str) -> Option<(String, String)> {
    let named = [
        format!("create table if not exists {table}\n"),
        format!("create or replace table {table}\n"),
    ];
    let statement = statements(sql)
        .into_iter()
        .map(|statement| without_comments(statement).to_lowercase())
        .find(|statement| named.iter().any(|begin| statement.trim_start().starts_with(begin)))?;
    let (_, engine) = statement.split_once("engine = ")?;
    let (_, key) = engine.split_once("order by ")?;
    let engine: String = engine.chars().take_while(|letter| letter.is_alphanumeric()).collect();
    Some((engine, key.lines().next()?.to_owned()))
}

#[test]
fn marts_collapse_and_belong_to_somebody() {
    let migrations = embedded().unwrap();
    let graph = Graph::of(&migrations);
    let targets: Vec<_> = graph
        .nodes()
        .values()
        .filter_map(|node| node.target.as_deref())
        .collect();
    assert!(targets.len() >= 4, "{targets:?}");
    for table in targets {
        // The last one that made it.
        let made = migrations
            .iter()
            .rev()
            .find_map(|migration| engine_of(&migration.sql, table));
        let (engine, key) = made.unwrap_or_else(|| panic!("no CREATE TABLE IF NOT EXISTS {table}"));
        assert!(
            ["aggregatingmergetree", "replacingmergetree"].contains(&engine.as_str()),
            "{table} is a {engine}: copies stay"
        );
        // A row that several persons are in could not be made again for `clickpath erase` once its events have expired. In these
        // nothing but hashes of ids stands, which then are nobody's; `minutes` has sessions among them and goes with its events
        // (`shipped_file_keeps_minutes_no_longer_than_events`).
        if ["minutes", "quarters"].contains(&table) {
            continue;
        }
        let persons = ["session_id", "user_id", "order_id", "id"];
        let mut words = key.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        assert!(
            words.any(|word| persons.contains(&word)),
            "{table} ORDER BY {key}: whose rows are these?"
        );
    }
}

#[test]
fn metrics_count_no_copies() {
    let mut files = Vec::new();
    sql_files(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../sql/metrics"),
        &mut files,
    );
    assert!(files.len() >= 3, "{files:?}");
    let tables = tables();
    let mut found = Vec::new();
    for file in files {
        let sql = std::fs::read_to_string(&file).unwrap();
        let faults = statements(&sql)
            .into_iter()
            .flat_map(|statement| reads_copies(statement, &tables));
        found.extend(faults.map(|fault| format!("{}: {fault}", file.display())));
    }
    assert_eq!(found, Vec::<String>::new());
}

/// `readonly = 2` lets BACKUP and SYSTEM pass: what reports ask is a SELECT, and one.
#[test]
fn metrics_are_one_question_each() {
    let mut files = Vec::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sql");
    for part in ["metrics", "users", "audit", "resources"] {
        sql_files(&folder.join(part), &mut files);
    }
    assert!(files.len() > 55, "{files:?}");
    for file in files {
        let sql = std::fs::read_to_string(&file).unwrap();
        let [question] = statements(&sql)[..] else {
            panic!("{}: not one statement", file.display());
        };
        let words = tokens(question);
        let first = words.first().map(String::as_str);
        assert!(
            matches!(first, Some("select" | "with")),
            "{}: {first:?}",
            file.display()
        );
        for pair in words.windows(2) {
            assert!(
                !["outfile", "infile"].contains(&&*pair[1]),
                "{}: {pair:?}",
                file.display()
            );
            let reads_outside =
                ["file", "url", "s3", "remote", "executable", "mysql", "postgresql"].contains(&&*pair[0]);
            assert!(!reads_outside || pair[1] != "(", "{}: {pair:?}", file.display());
        }
    }
}

#[test]
fn catches_metrics_that_count_copies() {
    let tables = ["events".to_owned(), "sessions".to_owned()];
    let faults = |sql: &str| reads_copies(sql, &tables);
    assert_eq!(faults("SELECT count() FROM events"), ["events without FINAL in count"]);
    assert_eq!(
        faults("SELECT max(x), sumIf(x, 1) FROM events AS e WHERE x"),
        ["events without FINAL in sumif"]
    );
    assert_eq!(
        faults("SELECT count() FROM (SELECT id FROM events)"),
        ["events without FINAL in count"]
    );
    assert_eq!(
        faults("SELECT id FROM (SELECT id FROM events)"),
        ["events without FINAL, row by row"]
    );
    assert_eq!(
        faults("SELECT 1 FROM x JOIN sessions USING y"),
        ["sessions without FINAL, row by row"]
    );
    const SEVERAL: &str = "WITH several AS (SELECT id FROM events GROUP BY id HAVING count() > 1)";
    let only_single = format!("{SEVERAL} SELECT sum(x) FROM events WHERE id NOT IN several");
    assert_eq!(faults(&only_single), Vec::<String>::new());
    for (from, to, expect) in [
        ("NOT IN", "IN", "events without FINAL in sum"),
        ("events WHERE", "sessions WHERE", "sessions without FINAL in sum"),
        ("several AS", "other AS", "events without FINAL in sum"),
        (
            "sum(x) FROM",
            "sum(x) FROM events UNION ALL SELECT y FROM",
            "events without FINAL in sum",
        ),
    ] {
        let sql = only_single.replacen(from, to, 1);
        assert_eq!(faults(&sql), [expect], "{sql}");
    }
    let settled = "WITH settled AS (SELECT _partition_id FROM (SELECT _partition_id, _part FROM events GROUP BY _partition_id, _part)
        GROUP BY _partition_id HAVING count() = 1 AND toUInt32(splitByChar('_', any(_part))[4]) > 0)
        SELECT count() FROM events WHERE x AND _partition_id IN settled";
    assert_eq!(faults(settled), Vec::<String>::new());
    for (from, to, expect) in [
        ("AND _partition_id IN", "AND _partition_id NOT IN", "events"),
        ("x AND _partition_id", "x OR _partition_id", "events"),
        ("events WHERE", "sessions WHERE", "sessions"),
        ("count() = 1", "count() > 0", "events"),
        ("[4]) > 0", "[4]) >= 0", "events"),
        ("[4]", "[3]", "events"),
    ] {
        let sql = settled.replacen(from, to, 1);
        assert_eq!(faults(&sql), [format!("{expect} without FINAL in count")], "{sql}");
    }
    let without_bound = only_single.replace("> 1", "> 0");
    assert_eq!(faults(&without_bound).len(), 2, "{without_bound}");
    for sql in [
        "SELECT count() FROM events AS e FINAL WHERE 'FROM events'",
        "SELECT uniqExact(id), count(DISTINCT id) FROM events -- count()",
        "SELECT count() FROM (SELECT DISTINCT id FROM events)",
        "SELECT uniqExact(id) FROM (SELECT id FROM events)",
        "SELECT count() FROM (SELECT id FROM events GROUP BY id)",
        "SELECT x FROM events ORDER BY x LIMIT 1 BY id LIMIT 10",
        "SELECT count() FROM orders_view WHERE id IN (SELECT id FROM events)",
        "SELECT sum(n) FROM events_view",
    ] {
        assert_eq!(faults(sql), Vec::<String>::new(), "{sql}");
    }
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

/// Not of made-up views only: each aggregate of each view that there is, were it a sum.
#[test]
fn catches_a_sum_in_every_view() {
    const AGGREGATES: [&str; 6] = [
        "max",
        "min",
        "maxIf",
        "groupBitOr",
        "groupUniqArray",
        "groupUniqArrayIf",
    ];
    let (mut views, mut changed) = (0, 0);
    for migration in embedded().unwrap() {
        for statement in statements(&migration.sql) {
            let code = without_comments(statement);
            let code = code.trim_start();
            if !code.starts_with("CREATE MATERIALIZED VIEW") && !code.contains(" MODIFY QUERY") {
                continue;
            }
            views += 1;
            for (at, name) in AGGREGATES.iter().flat_map(|name| {
                let call = format!(" {name}(");
                code.match_indices(&call)
                    .map(|(at, _)| (at + 1, *name))
                    .collect::<Vec<_>>()
            }) {
                let summing = format!("{}sum{}", &code[..at], &code[at + name.len()..]);
                let said = faults(&summing);
                assert!(said.contains(&"a view calls sum".to_owned()), "{said:?}: {summing}");
                changed += 1;
            }
        }
    }
    assert!(views > 15 && changed > 80, "{views} views, {changed} aggregates");
}
