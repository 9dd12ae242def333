//! The files in `data/samples/` are what the generator makes from their seed, by the commands in their README.
#![expect(clippy::unwrap_used, reason = "a helper fails the test that calls it")]

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Parser;
use event::Timestamp;
use flate2::read::GzDecoder;
use generator::{Expected, Settings, run};
use tokio_util::sync::CancellationToken;

const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/samples");

#[derive(clap::Parser)]
struct Command {
    #[command(flatten)]
    settings: Settings,
}

/// The README's commands that write `name`, without `clickpath generate`.
fn command(name: &str) -> Vec<String> {
    let readme = std::fs::read_to_string(Path::new(SAMPLES).join("README.md"))
        .unwrap()
        .replace("\\\n", " ");
    let output = format!("--output data/samples/{name} ");
    let line = readme.lines().find(|line| format!("{line} ").contains(&output));
    let line = line.unwrap_or_else(|| panic!("no command writes {name}"));
    line.split_whitespace().skip(1).map(str::to_owned).collect()
}

/// Plain, because a later compressor may find other bytes for the same text.
fn read(file: &Path) -> Vec<u8> {
    let bytes = std::fs::read(file).unwrap();
    if file.extension().is_some_and(|extension| extension == "gz") {
        let mut plain = Vec::new();
        GzDecoder::new(&bytes[..]).read_to_end(&mut plain).unwrap();
        return plain;
    }
    bytes
}

/// Compressing takes longer than all else.
fn extension(path: &Path) -> &str {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.filter(|extension| *extension != "gz").unwrap_or("")
}

async fn check(name: &str) {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = Command::parse_from(command(name)).settings;
    let again = |path: &Path| {
        folder
            .path()
            .join(path.with_extension(extension(path)).file_name().unwrap())
    };
    let written = settings
        .expected
        .iter()
        .chain([&settings.output])
        .cloned()
        .collect::<Vec<PathBuf>>();
    settings.expected = settings.expected.as_deref().map(again);
    settings.output = again(&settings.output);
    run(settings, Timestamp(0), CancellationToken::new()).await.unwrap();
    for file in written {
        let sample = Path::new(SAMPLES).join(file.file_name().unwrap());
        assert!(
            read(&sample) == read(&again(&file)),
            "{} is not what its command makes",
            sample.display()
        );
    }
}

#[tokio::test]
async fn month_is_what_its_seed_makes() {
    check("shop-month.csv.gz").await;
    let rows = read(&Path::new(SAMPLES).join("shop-month.csv.gz"));
    let rows = rows.iter().filter(|byte| **byte == b'\n').count() as u64 - 1;
    let expected = read(&Path::new(SAMPLES).join("shop-month.expected.json.gz"));
    let expected = serde_json::from_slice::<Expected>(&expected).unwrap();
    assert!(rows >= 200_000 && rows == expected.delivery.sent, "{rows}");
    assert_eq!(expected.users.by_day.len(), 30);
}

#[tokio::test]
async fn day_is_what_its_seed_makes() {
    check("shop-day.csv").await;
    check("shop-day.jsonl").await;
}
