use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use generator::{Expected, GenerateError, Scenario, Settings, Summary, Target, run};
use tokio_util::sync::CancellationToken;

use crate::NOW;

fn settings(folder: &Path, to: Target) -> Settings {
    Settings {
        to,
        output: folder.join("events"),
        expected: Some(folder.join("expected.json")),
        count: 3_000,
        span: Some(Duration::from_secs(86_400)),
        ..crate::settings()
    }
}

async fn generate(settings: Settings) -> Result<Summary, GenerateError> {
    run(settings, NOW, CancellationToken::new()).await
}

#[tokio::test]
async fn same_seed_gives_same_bytes() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for to in [Target::Csv, Target::Jsonl, Target::Parquet] {
        let files = |folder: &Path| ["events", "expected.json"].map(|name| std::fs::read(folder.join(name)).unwrap());
        let summary = generate(settings(one.path(), to)).await.unwrap();
        assert_eq!(summary.written, 3_000);
        generate(settings(other.path(), to)).await.unwrap();
        assert!(files(one.path()) == files(other.path()), "{to:?}");
        let mut seven = settings(other.path(), to);
        seven.seed = 7;
        generate(seven).await.unwrap();
        assert!(files(one.path()) != files(other.path()), "{to:?}");
        if to != Target::Parquet {
            let lines = files(one.path())[0].iter().filter(|byte| **byte == b'\n').count();
            assert_eq!(lines, 3_000 + usize::from(to == Target::Csv));
        }
    }
}

#[tokio::test]
async fn expected_file_reads_back() {
    let folder = tempfile::tempdir().unwrap();
    generate(settings(folder.path(), Target::Csv)).await.unwrap();
    let text = std::fs::read_to_string(folder.path().join("expected.json")).unwrap();
    let expected = serde_json::from_str::<Expected>(&text).unwrap();
    let bots = expected.bots.iter().map(|bot| bot.events).sum::<u64>();
    assert_eq!(expected.events + bots, 3_000);
    assert_eq!(expected.delivery.sent, 3_000);
    assert_eq!(
        expected.minutes.iter().map(|minute| minute.events).sum::<u64>(),
        expected.events
    );
}

#[tokio::test]
async fn settings_that_contradict_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let base = || settings(folder.path(), Target::Csv);
    let endless = Settings { count: 0, ..base() };
    let nowhere = Settings {
        output: folder.path().join("missing/events.csv"),
        ..base()
    };
    let no_zone = Settings {
        timezone: "Mars/Olympus".to_owned(),
        ..base()
    };
    let hasty = Settings {
        span: None,
        speed_up: 5,
        ..base()
    };
    for (settings, message) in [
        (endless, "--expected needs a --count above 0".to_owned()),
        (
            nowhere,
            format!(
                "{} cannot be written",
                folder.path().join("missing/events.csv").display()
            ),
        ),
        (no_zone, "unknown time zone \"Mars/Olympus\"".to_owned()),
        (hasty, "--speed-up needs a --span".to_owned()),
    ] {
        assert_eq!(generate(settings).await.unwrap_err().to_string(), message);
    }
}

/// The wrong clock and the right one are in the payload, in either form.
#[tokio::test]
async fn files_tell_of_wrong_clocks() {
    let folder = tempfile::tempdir().unwrap();
    let mut clocks = Vec::new();
    for to in [Target::Csv, Target::Jsonl] {
        let settings = Settings {
            scenario: Scenario::ClockSkew,
            ..settings(folder.path(), to)
        };
        generate(settings).await.unwrap();
        let text = std::fs::read_to_string(folder.path().join("events")).unwrap();
        let found = text.lines().filter_map(|line| {
            let plain = line.replace("\"\"", "\"");
            let after = |name: &str| Some(plain.split_once(name)?.1[..13].parse::<i64>().unwrap());
            Some(after("\"received_at\":")? - after("\"sent_at\":")?)
        });
        clocks.push(found.collect::<Vec<_>>());
    }
    let behind = clocks[0].iter().copied().collect::<HashSet<_>>();
    assert_eq!(behind, HashSet::from([21_600_000, 2_820_000, -10_800_000]));
    assert_eq!(clocks[0], clocks[1]);
}

#[tokio::test]
async fn stopped_run_leaves_no_whole_file() {
    let folder = tempfile::tempdir().unwrap();
    let names = || {
        let files = std::fs::read_dir(folder.path()).unwrap();
        let mut names = files.map(|file| file.unwrap().file_name()).collect::<Vec<_>>();
        names.sort();
        names
    };
    let mut endless = settings(folder.path(), Target::Csv);
    (endless.count, endless.rate, endless.span) = (1_000_000_000, 1_000, None);
    let shutdown = CancellationToken::new();
    let running = tokio::spawn(run(endless, NOW, shutdown.clone()));
    let some_are_written = async {
        let file = folder.path().join("events.incomplete");
        while std::fs::metadata(&file).map_or(0, |file| file.len()) < 10_000 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), some_are_written)
        .await
        .unwrap();
    shutdown.cancel();
    let summary = running.await.unwrap().unwrap();
    assert_eq!(names(), ["events.incomplete"]);
    let text = std::fs::read_to_string(folder.path().join("events.incomplete")).unwrap();
    assert_eq!(text.lines().count() as u64, summary.written + 1);
    let said = summary.to_string();
    assert!(said.contains("events.incomplete is not complete"), "{said}");
    // The next run takes its place.
    generate(settings(folder.path(), Target::Csv)).await.unwrap();
    assert_eq!(names(), ["events", "expected.json"]);
}

#[tokio::test]
async fn speed_up_takes_its_time() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(folder.path(), Target::Jsonl);
    // A day in 0.2 seconds.
    settings.speed_up = 432_000;
    let began = std::time::Instant::now();
    generate(settings).await.unwrap();
    let took = began.elapsed();
    assert!(took.as_millis() >= 150, "{took:?}");
}
