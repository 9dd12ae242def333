use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::Deserialize;

#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Settings {
    /// Files with one event a row, gzipped or not; `-` is the standard input.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Site of rows that name none.
    #[arg(long, env = "CLICKPATH_IMPORT_SITE", default_value = "shop")]
    pub site: String,
    /// What the files are; without it the name tells (.csv, .tsv, .jsonl, .ndjson, each also with .gz).
    #[arg(long, env = "CLICKPATH_IMPORT_FORMAT")]
    pub format: Option<Format>,
    /// TOML file that says what foreign columns mean, or the name of one that comes with the program (uci-clothing).
    #[arg(long, env = "CLICKPATH_IMPORT_MAPPING")]
    pub mapping: Option<PathBuf>,
    /// Character between columns, or `tab`; without it the header tells.
    #[arg(long, env = "CLICKPATH_IMPORT_DELIMITER")]
    pub delimiter: Option<Delimiter>,
    /// Encoding of the text; without it the mapping's, or UTF-8.
    #[arg(long, env = "CLICKPATH_IMPORT_ENCODING")]
    pub encoding: Option<Encoding>,
    /// Refuse files with columns that neither the event contract nor the mapping names, instead of keeping them in `payload`.
    #[arg(long, env = "CLICKPATH_IMPORT_STRICT")]
    pub strict: bool,
    /// Show the first rows, 10 without a number, as events with the contract's verdict, and send nothing.
    #[arg(long, value_name = "ROWS", require_equals = true, num_args = 0..=1, default_missing_value = "10")]
    pub dry_run: Option<u64>,
    /// Requests on their way at once, each of up to 1,000 events.
    #[arg(long, env = "CLICKPATH_IMPORT_CONNECTIONS", default_value = "4", value_parser = connections)]
    pub connections: usize,
    /// Folder for how far each import is, so that an interrupted one goes on.
    #[arg(long, env = "CLICKPATH_IMPORT_STATE_DIR", default_value = "data/import")]
    pub state_dir: PathBuf,
    /// Begin anew where an interrupted import would go on.
    #[arg(long)]
    pub restart: bool,
    /// File for refused rows; without it `<file>.rejected.csv`.
    #[arg(long, env = "CLICKPATH_IMPORT_REJECTED")]
    pub rejected: Option<PathBuf>,
    /// Refused rows after which an import ends; 0 sets no limit.
    #[arg(long, env = "CLICKPATH_IMPORT_MAX_REFUSED", default_value = "10000")]
    pub max_refused: u64,
    #[command(flatten)]
    pub client: client::Settings,
}

/// What a file is, its compression aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Rows below a header.
    Csv,
    /// One JSON object per line.
    Jsonl,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    #[value(name = "utf-8")]
    #[serde(rename = "utf-8")]
    Utf8,
    /// ISO 8859-1.
    Latin1,
}

/// The byte between columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Delimiter(pub u8);

impl Format {
    /// By the name, `.gz` aside.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        match name.rsplit_once('.')?.1 {
            "csv" | "tsv" => Some(Self::Csv),
            "jsonl" | "ndjson" => Some(Self::Jsonl),
            _ => None,
        }
    }
}

impl FromStr for Delimiter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.as_bytes() {
            b"tab" | b"\\t" => Ok(Self(b'\t')),
            [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => Ok(Self(*byte)),
            _ => Err(format!("{text:?} is neither one ASCII character nor tab")),
        }
    }
}

impl TryFrom<String> for Delimiter {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl std::fmt::Display for Delimiter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            b'\t' => formatter.write_str("tab"),
            byte => write!(formatter, "{:?}", char::from(byte)),
        }
    }
}

fn connections(text: &str) -> Result<usize, String> {
    const MOST: usize = 64;
    match text.parse() {
        Ok(connections @ 1..=MOST) => Ok(connections),
        _ => Err(format!("must be 1 to {MOST}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_format() {
        for (name, expect) in [
            ("events.csv", Some(Format::Csv)),
            ("a.b/events.CSV.GZ", Some(Format::Csv)),
            ("events.tsv", Some(Format::Csv)),
            ("events.jsonl.gz", Some(Format::Jsonl)),
            ("events.ndjson", Some(Format::Jsonl)),
            ("events.gz", None),
            ("events.json", None),
            ("-", None),
        ] {
            assert_eq!(Format::of(Path::new(name)), expect, "{name}");
        }
    }
}
