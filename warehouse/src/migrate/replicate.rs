//! Statements of `sql/migrations` as a cluster runs them: the same, with replicated engines.

use super::statements::{is_comment, token};

/// How long Keeper remembers the token of an insert; how many it remembers is each table's own setting.
const TOKENS_SECONDS: u32 = 7 * 24 * 60 * 60;
const WINDOW: &str = "non_replicated_deduplication_window";

/// A statement that makes a table of the `MergeTree` family makes its replicated form, which remembers as many tokens; what remembered none,
/// the marts, remembers none. All other statements stay as they are.
///
/// The engines are without path and name: a database of the engine `Replicated` gives both.
pub fn replicated(statement: &str) -> String {
    let words = words(statement);
    let upper: Vec<_> = words.iter().map(|(_, word)| word.to_ascii_uppercase()).collect();
    let upper: Vec<_> = upper.iter().map(String::as_str).collect();
    let makes_table = matches!(
        upper.as_slice(),
        ["CREATE", "TABLE", ..] | ["CREATE", "OR", "REPLACE", "TABLE", ..]
    );
    let engine = words
        .windows(2)
        .zip(upper.windows(2))
        .find(|(pair, upper)| upper[0] == "ENGINE" && pair[1].1.ends_with("MergeTree"));
    let (true, Some(([_, (engine, _)], _))) = (makes_table, engine) else {
        return statement.to_owned();
    };
    let (before, after) = statement.split_at(*engine);
    let mut made = format!("{before}Replicated{after}");
    let tokens = format!("replicated_deduplication_window_seconds = {TOKENS_SECONDS}, replicated_deduplication_window");
    if words.iter().any(|(_, word)| *word == WINDOW) {
        made = made.replacen(WINDOW, &tokens, 1);
    } else if upper.contains(&"SETTINGS") {
        made.push_str(", replicated_deduplication_window = 0");
    } else {
        made.push_str(" SETTINGS replicated_deduplication_window = 0");
    }
    made
}

/// Whether it copies rows from table to table, and so goes over all shards.
pub(super) fn is_fill(statement: &str) -> bool {
    words(statement)
        .first()
        .is_some_and(|(_, word)| word.eq_ignore_ascii_case("INSERT"))
}

/// Words outside texts, quoted names and comments, with where they begin.
fn words(statement: &str) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    let (mut position, mut begun) = (0, None);
    while position < statement.len() {
        let text = &statement[position..][..token(&statement[position..])];
        let part = !is_comment(text) && text.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
        match (part, begun) {
            (true, None) => begun = Some(position),
            (false, Some(start)) => {
                words.push((start, &statement[start..position]));
                begun = None;
            }
            _ => {}
        }
        position += text.len();
    }
    words.extend(begun.map(|start| (start, &statement[start..])));
    words
}

#[cfg(test)]
mod tests {
    use super::{is_fill, replicated};

    #[track_caller]
    fn check(statement: &str, expect: &str) {
        assert_eq!(replicated(statement), expect);
    }

    #[test]
    fn tables_are_replicated() {
        check(
            "-- ENGINE = MergeTree\nCREATE TABLE IF NOT EXISTS t (x UInt8 COMMENT 'ENGINE = MergeTree')\nENGINE = ReplacingMergeTree(x)\nORDER BY x\nSETTINGS\n    -- Why.\n    non_replicated_deduplication_window = 5, fsync_after_insert = 1",
            "-- ENGINE = MergeTree\nCREATE TABLE IF NOT EXISTS t (x UInt8 COMMENT 'ENGINE = MergeTree')\nENGINE = ReplicatedReplacingMergeTree(x)\nORDER BY x\nSETTINGS\n    -- Why.\n    replicated_deduplication_window_seconds = 604800, replicated_deduplication_window = 5, fsync_after_insert = 1",
        );
        check(
            "CREATE OR REPLACE TABLE mart (x UInt8) ENGINE = AggregatingMergeTree ORDER BY x SETTINGS fsync_after_insert = 1",
            "CREATE OR REPLACE TABLE mart (x UInt8) ENGINE = ReplicatedAggregatingMergeTree ORDER BY x SETTINGS fsync_after_insert = 1, replicated_deduplication_window = 0",
        );
        check(
            "CREATE TABLE t (x UInt8) ENGINE = MergeTree ORDER BY x",
            "CREATE TABLE t (x UInt8) ENGINE = ReplicatedMergeTree ORDER BY x SETTINGS replicated_deduplication_window = 0",
        );
    }

    #[test]
    fn other_statements_stay() {
        for statement in [
            "ALTER TABLE t ADD COLUMN y UInt8",
            "CREATE MATERIALIZED VIEW mv TO mart AS SELECT x FROM t",
            "CREATE TABLE t (x UInt8) ENGINE = Memory",
            "DROP TABLE t",
        ] {
            check(statement, statement);
        }
    }

    #[test]
    fn fills_are_known() {
        assert!(is_fill("-- Why.\ninsert INTO mart SELECT 1"));
        assert!(!is_fill("CREATE VIEW v AS SELECT 'INSERT'"));
    }
}
