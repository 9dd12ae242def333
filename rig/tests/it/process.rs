use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use rig::Warden;
use rig::process::{Process, Program};
use rig::stack::wait_for;

pub(crate) fn shell(script: &str, folder: &Path) -> Program {
    Program {
        name: "shell",
        path: "/bin/sh".into(),
        arguments: vec!["-c".to_owned(), script.to_owned()],
        environment: Vec::new(),
        folder: folder.to_owned(),
    }
}

pub(crate) async fn wait_for_line(process: &Process, line: &str) {
    let limit = Duration::from_secs(20);
    let last = async || match process.last_line() {
        last if last == line => Ok(()),
        last => Err(anyhow::anyhow!("{last:?}")),
    };
    wait_for(line, limit, last).await.unwrap();
}

#[tokio::test]
async fn ends_in_order_and_by_force() {
    let folder = tempfile::tempdir().unwrap();
    let warden = Warden::start().unwrap();
    let script = "trap 'echo ends; exit 3' TERM; echo runs; while :; do sleep 0.05; done";
    let mut process = Process::start(shell(script, folder.path()), &warden).unwrap();
    wait_for_line(&process, "runs").await;
    let end = process.terminate().await.unwrap();
    assert_eq!(end.status.code(), Some(3));
    process.restart().unwrap();
    wait_for_line(&process, "runs").await;
    process.kill().await.unwrap();
    assert_eq!(process.pid(), None);
    let log = std::fs::read_to_string(process.log()).unwrap();
    assert_eq!(log.matches("runs").count(), 2, "{log}");
}

#[tokio::test]
async fn tells_who_ended_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let warden = Warden::start().unwrap();
    let mut process = Process::start(shell("echo sorry; exit 7", folder.path()), &warden).unwrap();
    wait_for_line(&process, "sorry").await;
    let status = loop {
        if let Some(status) = process.ended().unwrap() {
            break status;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(status.code(), Some(7));
    assert_eq!(process.last_line(), "sorry");
}

/// A rig that is killed cannot kill its parts; the warden, whose input closes then, does.
#[test]
fn warden_ends_what_is_left() {
    let mut left = Command::new("sleep").arg("600").stdin(Stdio::null()).spawn().unwrap();
    let mut spared = Command::new("sleep").arg("600").stdin(Stdio::null()).spawn().unwrap();
    let warden = Warden::start().unwrap();
    for process in [&left, &spared] {
        warden.started(process.id()).unwrap();
    }
    warden.ended(spared.id()).unwrap();
    drop(warden);
    let killed = left.wait().unwrap();
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&killed), Some(9));
    assert_eq!(spared.try_wait().unwrap(), None);
    spared.kill().unwrap();
    spared.wait().unwrap();
}
