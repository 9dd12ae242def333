use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use queue::testing::{Network, Proxy};
use queue::{PublishError, Route, Settings};
use uuid::Uuid;

use crate::rabbitmq::start_node;
use crate::support::{expect_all, group, open, wait_for};

const FOLDER: &str = "CLICKPATH_TEST_FOLDER";
/// With it the folder is that of a spool.
const URL: &str = "CLICKPATH_TEST_URL";
const FROM: &str = "CLICKPATH_TEST_FROM";
const TASKS: u64 = 8;

/// The child of the tests below: publishes from several tasks without end and prints each group that is durable.
#[test]
#[ignore = "a child process of the other tests"]
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
        let settings = match std::env::var_os(URL) {
            Some(url) => Settings::spooled(url.to_str().unwrap(), folder),
            None => Settings::embedded(folder),
        };
        let publisher = queue::open_publisher(&settings).await.unwrap();
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
        let mut child = Running::spawn(folder.path(), None, round * 1_000_000);
        child.publishes(40 + 137 * round as usize % 300);
        acknowledged.extend(child.kill());
    }
    let (_publisher, mut consumer) = open(&Settings::embedded(folder.path())).await;
    let expected = acknowledged.len();
    let deliveries = expect_all(&mut consumer, acknowledged).await;
    assert!(deliveries >= expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_lose_no_spooled_group() {
    let node = start_node().await;
    let proxy = Proxy::start([node.address()]).await.unwrap();
    let url = format!("amqp://guest:guest@{}/%2f", proxy.address());
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged: Vec<Uuid> = Vec::new();
    for round in 0..5 {
        proxy.set(Network::Down);
        let mut child = Running::spawn(folder.path(), Some(&url), round * 1_000_000);
        child.publishes(100);
        // Every other one is killed while its spool is drained, the last while it only grows.
        if round % 2 == 1 {
            proxy.set(Network::Up);
            child.publishes(10 + 40 * round as usize);
        }
        acknowledged.extend(child.kill());
    }
    let publisher = queue::open_publisher(&Settings::spooled(url, folder.path()))
        .await
        .unwrap();
    assert!(publisher.spool().unwrap().groups >= 100);
    proxy.set(Network::Up);
    let settings = Settings::rabbitmq(node.url());
    wait_for("the spool is drained", async || publisher.spool().unwrap().groups == 0).await;
    let mut consumer = queue::open_consumer(&settings, None, Route::Events).await.unwrap();
    expect_all(&mut consumer, acknowledged).await;
}

/// A child and what it printed so far.
struct Running {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
    acknowledged: Vec<Uuid>,
}

impl Running {
    fn spawn(folder: &Path, url: Option<&str>, from: u64) -> Self {
        let mut child = spawn_child(folder, url, from);
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self {
            child,
            lines,
            acknowledged: Vec::new(),
        }
    }

    /// Returns when it has published so many more.
    fn publishes(&mut self, groups: usize) {
        let until = self.acknowledged.len() + groups;
        while self.acknowledged.len() < until {
            self.read().expect("the child ended by itself");
        }
    }

    /// Kills it; what it printed up to its end counts too.
    fn kill(mut self) -> Vec<Uuid> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        while self.read().is_some() {}
        self.acknowledged
    }

    fn read(&mut self) -> Option<()> {
        let line = self.lines.next()?.unwrap();
        self.acknowledged.extend(Uuid::try_parse(&line));
        Some(())
    }
}

fn spawn_child(folder: &Path, url: Option<&str>, from: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .envs(url.map(|url| (URL, url)))
        .args(["--exact", "crash::publishes_until_killed", "--ignored", "--nocapture"])
        .env(FOLDER, folder)
        .env(FROM, from.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}
