//! `docs/deployment.md` says what the code does.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use gateway::Sites;

const DOCS: &str = include_str!("../../../docs/deployment.md");

/// Each variable with its default.
fn settings() -> BTreeMap<String, String> {
    let command = gateway::Settings::augment_args(clap::Command::new("test"));
    let command = enrich::Settings::augment_args(command);
    let arguments = command.get_arguments().filter_map(|argument| {
        let name = argument.get_env()?.to_str()?.to_owned();
        let default = argument.get_default_values().first();
        Some((name, default.map_or("", |value| value.to_str().unwrap()).to_owned()))
    });
    arguments.collect()
}

/// The cells of the table under a heading.
fn rows(heading: &str) -> impl Iterator<Item = Vec<&'static str>> {
    let start = DOCS.find(heading).unwrap_or_else(|| panic!("no {heading:?}"));
    let lines = DOCS[start..].lines().skip_while(|line| !line.starts_with("|--"));
    let rows = lines.skip(1).take_while(|line| line.starts_with('|'));
    rows.map(|row| row.split('|').map(|cell| cell.trim().trim_matches('`')).collect())
}

#[test]
fn names_settings_that_exist() {
    let settings = settings();
    let upper = |letter: char| letter.is_ascii_uppercase() || letter == '_';
    let mut named = 0;
    for (at, _) in DOCS.match_indices("CLICKPATH_") {
        let name = DOCS[at..].split(|letter| !upper(letter)).next().unwrap();
        assert!(settings.contains_key(name), "{name} is no setting");
        named += 1;
    }
    assert!(named > 15, "{named}");
}

#[test]
fn prints_every_limit_with_its_default() {
    let settings = settings();
    let mut printed = BTreeSet::new();
    for row in rows("## Rates") {
        assert_eq!(settings[row[2]], row[3], "{}", row[1]);
        printed.insert(row[1]);
    }
    let source = include_str!("../../src/rate.rs").lines();
    let codes: BTreeSet<_> = source
        .filter_map(|line| line.split_once("=> \"")?.1.strip_suffix("\","))
        .filter(|text| !text.contains(' '))
        .collect();
    assert_eq!(printed, codes, "left: printed; right: in the source");
    for row in rows("## What one request") {
        if let Some((name, default)) = row[2].split_once("`, ") {
            assert_eq!(settings[name], default, "{}", row[1]);
        }
    }
}

#[test]
fn sites_file_is_read() {
    let (_, rest) = DOCS.split_once("```toml\n").unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), rest.split("```").next().unwrap()).unwrap();
    Sites::read(file.path()).unwrap();
}
