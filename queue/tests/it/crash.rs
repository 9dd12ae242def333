use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use queue::{PublishError, Route, Settings};
use uuid::Uuid;

use crate::support::{expect_all, group, open};

const FOLDER: &str = "CLICKPATH_TEST_FOLDER";
const FROM: &str = "CLICKPATH_TEST_FROM";
const TASKS: u64 = 8;

/// The child of the test below: publishes from several tasks without end and prints each group that is durable.
#[test]
#[ignore = "a child process of kills_lose_no_acknowledged_group"]
fn publishes_until_killed() {
    let (Some(folder), Some(from)) = (std::env::var_os(FOLDER), std::env::var_os(FROM)) else {
        return;
    };
    let from: u64 = from.to_str().unwrap().parse().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let publisher = queue::open_publisher(&Settings::embedded(folder)).await.unwrap();
        let tasks = (0..TASKS).map(|task| {
            let publisher = publisher.clone();
            tokio::spawn(async move {
                for number in (from + task..).step_by(TASKS as usize) {
                    let group = group(number, (number % 3_000) as usize);
                    let id = group.id;
                    publisher.publish(Route::Events, group).await?;
                    writeln!(std::io::stdout(), "{id}").unwrap();
                }
                Ok::<(), PublishError>(())
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap().unwrap();
        }
    });
}

#[tokio::test]
async fn kills_lose_no_acknowledged_group() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged: Vec<Uuid> = Vec::new();
    for round in 0..6 {
        let mut child = spawn_child(folder.path(), round * 1_000_000);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // Another moment of its life every time; what it printed up to its end counts too.
        let until = acknowledged.len() + 40 + 137 * round as usize % 300;
        let mut read = |acknowledged: &mut Vec<Uuid>| {
            let line = lines.next()?.unwrap();
            acknowledged.extend(Uuid::try_parse(&line));
            Some(())
        };
        while acknowledged.len() < until {
            read(&mut acknowledged).expect("the child ended by itself");
        }
        child.kill().unwrap();
        child.wait().unwrap();
        while read(&mut acknowledged).is_some() {}
    }
    let (_publisher, mut consumer) = open(&Settings::embedded(folder.path())).await;
    let expected = acknowledged.len();
    let deliveries = expect_all(&mut consumer, acknowledged).await;
    assert!(deliveries >= expected);
}

fn spawn_child(folder: &std::path::Path, from: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::publishes_until_killed", "--ignored", "--nocapture"])
        .env(FOLDER, folder)
        .env(FROM, from.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}
