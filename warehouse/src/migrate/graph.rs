//! What is made of what: tables, materialized views and views of `sql/migrations`, as a picture.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::statements::{is_comment, token};
use super::{Migration, statements};

/// Tables and views with what they read, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Graph {
    nodes: BTreeMap<String, Node>,
}

/// One table or view.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Node {
    pub kind: Kind,
    /// What it reads; empty of a table.
    pub sources: BTreeSet<String>,
    /// The table that a materialized view fills.
    pub target: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kind {
    #[default]
    Table,
    MaterializedView,
    View,
}

impl Graph {
    /// The schema after all of `migrations`.
    pub fn of(migrations: &[Migration]) -> Self {
        let mut graph = Self::default();
        for migration in migrations {
            for statement in statements(&migration.sql) {
                graph.apply(statement);
            }
        }
        let names: BTreeSet<_> = graph.nodes.keys().cloned().collect();
        for (name, node) in &mut graph.nodes {
            // `FROM` also stands in functions, before a column; and a view may name its own columns.
            node.sources.retain(|source| names.contains(source) && source != name);
        }
        graph
    }

    pub fn nodes(&self) -> &BTreeMap<String, Node> {
        &self.nodes
    }

    fn apply(&mut self, statement: &str) {
        let words = words(statement);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let upper: Vec<String> = words.iter().map(|word| word.to_ascii_uppercase()).collect();
        let kind = match upper.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["CREATE", "TABLE", ..] | ["CREATE", "OR", "REPLACE", "TABLE", ..] => Kind::Table,
            ["CREATE", "MATERIALIZED", "VIEW", ..] => Kind::MaterializedView,
            ["CREATE", "VIEW", ..] | ["CREATE", "OR", "REPLACE", "VIEW", ..] => Kind::View,
            ["DROP", "TABLE" | "VIEW", "IF", "EXISTS", ..] => {
                self.nodes.remove(words.get(4).copied().unwrap_or_default());
                return;
            }
            ["DROP", "TABLE" | "VIEW", ..] => {
                self.nodes.remove(words.get(2).copied().unwrap_or_default());
                return;
            }
            ["ALTER", "TABLE", _, "MODIFY", "QUERY", ..] => {
                if let Some(node) = self.nodes.get_mut(words[2]) {
                    node.sources = sources(&words, &upper);
                }
                return;
            }
            _ => return,
        };
        let object = upper.iter().position(|word| word == "TABLE" || word == "VIEW");
        let Some(mut name) = object.map(|at| at + 1) else {
            return;
        };
        if upper.get(name).is_some_and(|word| word == "IF") {
            name += 3;
        }
        let after = |keyword: &str| {
            let at = upper.iter().position(|word| word == keyword);
            at.and_then(|at| words.get(at + 1)).map(|word| (*word).to_owned())
        };
        let node = Node {
            kind,
            sources: match kind {
                Kind::Table => BTreeSet::new(),
                _ => sources(&words, &upper),
            },
            target: (kind == Kind::MaterializedView).then(|| after("TO")).flatten(),
        };
        if let Some(name) = words.get(name) {
            self.nodes.insert((*name).to_owned(), node);
        }
    }

    /// What reads `name`.
    fn readers(&self, name: &str) -> Vec<&str> {
        let readers = self.nodes.iter().filter(|(_, node)| node.sources.contains(name));
        readers.map(|(reader, _)| reader.as_str()).collect()
    }

    fn draw(&self, name: &str, indent: &str, drawn: &mut BTreeSet<String>, picture: &mut String) {
        let readers = self.readers(name);
        for (index, reader) in readers.iter().enumerate() {
            let last = index + 1 == readers.len();
            let (branch, deeper) = if last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            let target = self.nodes.get(*reader).and_then(|node| node.target.as_deref());
            let line = match target {
                Some(target) => format!("{indent}{branch}{reader} ─▶ {target}"),
                None => format!("{indent}{branch}{reader}"),
            };
            let next = target.unwrap_or(reader);
            let again = !drawn.insert(next.to_owned()) && !self.readers(next).is_empty();
            picture.push_str(&format!("{line}{}\n", if again { " (above)" } else { "" }));
            if !again {
                self.draw(next, &format!("{indent}{deeper}"), drawn, picture);
            }
        }
    }
}

/// Names after FROM, JOIN and DEPENDS ON.
fn sources(words: &[&str], upper: &[String]) -> BTreeSet<String> {
    let named = |(index, word): (usize, &String)| {
        let called = words.get(index + 2) == Some(&"(");
        (["FROM", "JOIN", "ON"].contains(&word.as_str()) && !called).then(|| words.get(index + 1))
    };
    let found = upper.iter().enumerate().filter_map(named).flatten();
    found.map(|name| (*name).to_owned()).collect()
}

/// Words and single signs, without comments; a quoted text is one.
fn words(statement: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let (mut position, mut open) = (0, false);
    while position < statement.len() {
        let text = &statement[position..][..token(&statement[position..])];
        position += text.len();
        let part = !is_comment(text) && text.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
        match words.last_mut().filter(|_| open && part) {
            Some(word) => word.push_str(text),
            None if is_comment(text) || text.trim().is_empty() => {}
            None => words.push(text.trim_matches('`').to_owned()),
        }
        open = part;
    }
    words
}

impl fmt::Display for Graph {
    /// Each table with what is made of it below; then the tables that nothing is made of.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let filled: BTreeSet<_> = self.nodes.values().filter_map(|node| node.target.as_deref()).collect();
        let tables = self.nodes.iter().filter(|(_, node)| node.kind == Kind::Table);
        let roots = tables
            .map(|(name, _)| name.as_str())
            .filter(|name| !filled.contains(name));
        let (read, alone): (Vec<_>, Vec<_>) = roots.partition(|name| !self.readers(name).is_empty());
        let mut drawn = BTreeSet::new();
        for root in read {
            let mut picture = format!("{root}\n");
            self.draw(root, "", &mut drawn, &mut picture);
            writeln!(formatter, "{picture}")?;
        }
        writeln!(formatter, "by themselves: {}", alone.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::{Graph, Migration};

    #[test]
    fn draws_what_is_made_of_what() {
        let sql = "CREATE TABLE IF NOT EXISTS raw (x UInt8) ENGINE = MergeTree ORDER BY x; -- FROM nowhere
            CREATE TABLE IF NOT EXISTS mart (x UInt8) ENGINE = AggregatingMergeTree ORDER BY x;
            CREATE TABLE IF NOT EXISTS lone (x UInt8) ENGINE = MergeTree ORDER BY x;
            CREATE TABLE IF NOT EXISTS gone (x UInt8) ENGINE = MergeTree ORDER BY x;
            CREATE MATERIALIZED VIEW IF NOT EXISTS mv TO mart AS SELECT x, 'FROM lone' FROM raw WHERE x IN (SELECT x FROM raw);
            CREATE VIEW IF NOT EXISTS said AS SELECT trim(BOTH ' ' FROM x) FROM (SELECT x FROM mart) JOIN `raw` USING x;
            ALTER TABLE raw ADD COLUMN y UInt8; DROP TABLE IF EXISTS gone;";
        let migration = Migration {
            version: 1,
            name: "test".to_owned(),
            sql: sql.to_owned(),
        };
        let expect = "raw\n├─ mv ─▶ mart\n│  └─ said\n└─ said\n\nby themselves: lone\n";
        assert_eq!(Graph::of(&[migration]).to_string(), expect);
    }
}
