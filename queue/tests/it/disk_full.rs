use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use queue::{PublishError, Route, Settings};
use uuid::Uuid;

use crate::support::{expect_all, group, open, wait_for};

const FOLDER: &str = "CLICKPATH_TEST_FOLDER";

/// The child of the test below: fills its disk, waits for a line, and goes on.
#[tokio::test]
#[ignore = "a child process of full_disk_loses_nothing_and_recovers"]
async fn fills_disk_and_goes_on() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let (publisher, mut consumer) = open(&Settings::embedded(folder)).await;
    let mut acknowledged: Vec<Uuid> = Vec::new();
    let mut refused = 0;
    for number in 0..300 {
        match publisher.publish(Route::Events, group(number, 1_000)).await {
            Ok(()) => acknowledged.push(group(number, 0).id),
            Err(PublishError::Storage { .. }) => refused += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert!(
        !acknowledged.is_empty() && refused > 100,
        "{} taken, {refused} refused",
        acknowledged.len()
    );
    assert!(!publisher.is_ready());
    // Acknowledging works on a full disk: it is what makes room.
    let delivery = consumer.next().await.unwrap();
    assert_eq!(delivery.group.id, acknowledged.remove(0));
    consumer.acknowledge(delivery.tag).await.unwrap();

    writeln!(std::io::stdout(), "full").unwrap();
    std::io::stdin().read_line(&mut String::new()).unwrap();
    // By itself: nobody publishes to a queue that is not ready.
    wait_for("the queue is ready again", async || publisher.is_ready()).await;
    for number in 300..320 {
        publisher.publish(Route::Events, group(number, 1_000)).await.unwrap();
        acknowledged.push(group(number, 0).id);
    }
    drop(consumer);
    for id in acknowledged {
        writeln!(std::io::stdout(), "{id}").unwrap();
    }
}

/// The disk is full for files beyond 64 blocks: a limit of the process, which needs no privilege and hits the same error path.
#[tokio::test]
async fn full_disk_loses_nothing_and_recovers() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -S -f 64; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "disk_full::fills_disk_and_goes_on",
            "--ignored",
            "--nocapture",
        ])
        .env(FOLDER, folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    lines
        .by_ref()
        .find(|line| line.ends_with("full"))
        .expect("the child ended before its disk was full");
    let lifted = Command::new("prlimit")
        .args(["--pid", &child.id().to_string(), "--fsize=unlimited"])
        .status()
        .unwrap();
    assert!(lifted.success());
    writeln!(child.stdin.take().unwrap()).unwrap();
    let acknowledged: Vec<Uuid> = lines.filter_map(|line| Uuid::try_parse(&line).ok()).collect();
    assert!(child.wait().unwrap().success());
    assert!(acknowledged.len() > 30, "{}", acknowledged.len());
    let (_publisher, mut consumer) = open(&Settings::embedded(folder.path())).await;
    expect_all(&mut consumer, acknowledged).await;
}
