use std::path::Path;

use rig::Warden;
use rig::disk::Disk;
use rig::process::Process;

use crate::process::{shell, wait_for_line};

/// Appends 4 KB again and again, and begins anew after 400 KB.
fn writer(folder: &Path) -> String {
    let file = folder.join("file").display().to_string();
    format!(
        "n=0; while :; do if head -c 4096 /dev/zero 2>/dev/null >>{file}; then echo written; n=$((n + 1)); \
         [ $n -lt 100 ] || {{ : >{file}; n=0; }}; else echo full; fi; done"
    )
}

async fn fills_and_empties(disk: Disk, warden: &Warden, log: &Path) {
    let process = Process::start(shell(&writer(disk.folder()), log), warden).unwrap();
    wait_for_line(&process, "written").await;
    let pid = process.pid().unwrap();
    disk.fill(pid).unwrap();
    wait_for_line(&process, "full").await;
    disk.clear(pid).unwrap();
    wait_for_line(&process, "written").await;
}

#[tokio::test]
async fn limit_on_files_is_a_full_disk() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::shared(folder.path().join("disk")).unwrap();
    fills_and_empties(disk, &Warden::start().unwrap(), folder.path()).await;
}

/// A tmpfs where mounting is allowed, else the limit again.
#[tokio::test]
async fn small_disk_is_full() {
    let folder = tempfile::tempdir().unwrap();
    let warden = Warden::start().unwrap();
    let disk = Disk::small(folder.path().join("disk"), 1024 * 1024, &warden).unwrap();
    fills_and_empties(disk, &warden, folder.path()).await;
}
