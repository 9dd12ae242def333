use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// Which file says how long rows are kept.
#[derive(Debug, Clone, Default, clap::Args)]
#[group(skip)]
pub struct Settings {
    /// File that says table by table how long rows are kept, as sql/retention.toml does; without one nothing is changed.
    #[arg(long = "retention", env = "CLICKPATH_RETENTION_FILE", value_name = "FILE")]
    pub retention_file: Option<PathBuf>,
}

impl Settings {
    /// The file's rules, when there is one.
    pub fn load(&self) -> Result<Option<Retention>, FileError> {
        self.retention_file.as_deref().map(Retention::read).transpose()
    }
}

/// How long the rows of each named table are kept, and how it is cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    rules: BTreeMap<String, Rule>,
    partitions: BTreeMap<String, String>,
}

/// How long the rows of one table are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    Forever,
    /// Until so many whole days after the day (UTC) in the column `by`.
    Days {
        by: String,
        days: u32,
    },
}

#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("retention file {path}", path = .path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("retention file {path}", path = .path.display())]
    Syntax { path: PathBuf, source: toml::de::Error },
    #[error("retention file {path}, table {table}: {what}", path = .path.display())]
    Rule {
        path: PathBuf,
        table: String,
        what: &'static str,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    by: Option<String>,
    days: Days,
    partition: Option<Partition>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Partition {
    Month,
    /// Of the month.
    Day,
    /// Of the month in which the session began, by its id of version 7.
    SessionDay,
    None,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Days {
    Number(i64),
    Word(String),
}

impl Retention {
    pub fn read(path: &Path) -> Result<Self, FileError> {
        let text = std::fs::read_to_string(path).map_err(|source| FileError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&text, path)
    }

    /// `path` names the file in errors.
    pub fn parse(text: &str, path: &Path) -> Result<Self, FileError> {
        let entries: BTreeMap<String, Entry> = toml::from_str(text).map_err(|source| FileError::Syntax {
            path: path.to_owned(),
            source,
        })?;
        let (mut rules, mut partitions) = (BTreeMap::new(), BTreeMap::new());
        for (table, entry) in entries {
            let read = entry.cut().and_then(|cut| Ok((cut, entry.rule()?)));
            let (cut, rule) = read.map_err(|what| FileError::Rule {
                path: path.to_owned(),
                table: table.clone(),
                what,
            })?;
            partitions.extend(cut.map(|cut| (table.clone(), cut)));
            rules.insert(table, rule);
        }
        Ok(Self { rules, partitions })
    }

    pub fn rules(&self) -> impl Iterator<Item = (&str, &Rule)> {
        self.rules.iter().map(|(table, rule)| (table.as_str(), rule))
    }

    /// By which expression the table is cut, as the engine writes it; empty: it is not cut. `None`: the file does not say.
    pub fn partition(&self, table: &str) -> Option<&str> {
        self.partitions.get(table).map(String::as_str)
    }
}

impl Entry {
    fn cut(&self) -> Result<Option<String>, &'static str> {
        match (self.partition, &self.by) {
            (None, _) => Ok(None),
            (Some(Partition::None), _) => Ok(Some(String::new())),
            (Some(Partition::SessionDay), _) => {
                let day = "toDayOfMonth(UUIDv7ToDateTime(toUUIDOrZero(session_id), 'UTC'))";
                Ok(Some(day.to_owned()))
            }
            (Some(Partition::Month), Some(by)) => Ok(Some(format!("toYYYYMM({by})"))),
            (Some(Partition::Day), Some(by)) => Ok(Some(format!("toDayOfMonth({by})"))),
            (Some(Partition::Month | Partition::Day), None) => {
                Err("`by` is missing: the column whose months or days are meant")
            }
        }
    }

    fn rule(self) -> Result<Rule, &'static str> {
        // From 1970 on, a day number has 16 bits.
        const MOST: i64 = 36_500;
        const NAME: &str = "`by` is not the name of a column";
        let name =
            |by: &String| by.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_') && !by.is_empty();
        if self.by.as_ref().is_some_and(|by| !name(by)) {
            return Err(NAME);
        }
        match (self.days, self.by) {
            (Days::Word(word), _) if word == "forever" => Ok(Rule::Forever),
            (Days::Word(_), _) => Err("`days` is neither a number nor \"forever\""),
            (Days::Number(days @ 1..=MOST), Some(by)) => Ok(Rule::Days {
                by,
                days: days.try_into().unwrap_or(u32::MAX),
            }),
            (Days::Number(1..=MOST), None) => Err("`by` is missing: the column from which days are counted"),
            (Days::Number(_), _) => Err("`days` is not between 1 and 36500"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Retention, Rule};

    #[track_caller]
    fn refuses(text: &str, expect: &str) {
        let error = Retention::parse(text, Path::new("keep.toml")).unwrap_err();
        let whole = format!(
            "{error}: {:?}",
            std::error::Error::source(&error).map(ToString::to_string)
        );
        assert!(whole.contains("keep.toml") && whole.contains(expect), "{whole}");
    }

    #[test]
    fn reads_days_and_forever() {
        let text = "[events]\nby = \"created_at\"\ndays = 365\n[sessions]\nby = \"ended_at\"\ndays = \"forever\"\n";
        let retention = Retention::parse(text, Path::new("keep.toml")).unwrap();
        let days = Rule::Days {
            by: "created_at".to_owned(),
            days: 365,
        };
        let rules: Vec<_> = retention.rules().collect();
        assert_eq!(rules, [("events", &days), ("sessions", &Rule::Forever)]);
    }

    #[test]
    fn reads_how_tables_are_cut() {
        let cut = |word: &str| {
            let text = format!("[t]\nby = \"at\"\ndays = 9\npartition = \"{word}\"\n");
            let retention = Retention::parse(&text, Path::new("keep.toml")).unwrap();
            retention.partition("t").unwrap().to_owned()
        };
        assert_eq!(
            ["none", "month", "day", "session_day"].map(cut),
            [
                "",
                "toYYYYMM(at)",
                "toDayOfMonth(at)",
                "toDayOfMonth(UUIDv7ToDateTime(toUUIDOrZero(session_id), 'UTC'))"
            ]
        );
    }

    #[test]
    fn refuses_what_it_cannot_mean() {
        refuses("[events]\nby = \"created_at\"\n", "days");
        refuses("[events]\ndays = 3\n", "`by` is missing");
        refuses("[events]\nby = \"created_at\"\ndays = 0\n", "between 1 and 36500");
        refuses("[events]\nby = \"created_at\"\ndays = -1\n", "between 1 and 36500");
        refuses("[events]\nby = \"created_at\"\ndays = \"for ever\"\n", "forever");
        refuses("[events]\nby = \"now() --\"\ndays = 3\n", "name of a column");
        refuses("[events]\nby = \"created_at\"\ndays = 3\nuntil = 4\n", "until");
        refuses(
            "[events]\ndays = \"forever\"\npartition = \"month\"\n",
            "`by` is missing",
        );
        refuses("[events]\ndays = \"forever\"\npartition = \"day\"\n", "`by` is missing");
        refuses(
            "[events]\ndays = \"forever\"\npartition = \"week\"\n",
            "unknown variant",
        );
        refuses("[events\n", "expected");
    }
}
