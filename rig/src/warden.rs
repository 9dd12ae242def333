use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;

/// Ends what the rig started when the rig ends without doing so itself, also by kill -9: a shell that reads names of what
/// runs, and acts when its input closes. Clones are the same warden.
#[derive(Debug, Clone)]
pub struct Warden(Arc<Mutex<Child>>);

/// `+ <pid>`, `- <pid>`, and `mount <folder>` a line.
const SCRIPT: &str = r#"
trap '' INT TERM HUP
pids= mounts=
while read -r word name; do
    case $word in
        +) pids="$pids $name" ;;
        -) left=
           for pid in $pids; do [ "$pid" = "$name" ] || left="$left $pid"; done
           pids=$left ;;
        mount) mounts="$mounts $name" ;;
    esac
done
[ -z "$pids" ] || kill -KILL $pids
for folder in $mounts; do ! mountpoint --quiet "$folder" || umount --lazy "$folder"; done
"#;

impl Warden {
    pub fn start() -> anyhow::Result<Self> {
        let shell = Command::new("sh")
            .args(["-c", SCRIPT])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Ok(Self(Arc::new(Mutex::new(shell.context("cannot start a shell")?))))
    }

    /// A process to be killed when the rig is gone.
    pub fn started(&self, pid: u32) -> anyhow::Result<()> {
        self.tell(&format!("+ {pid}"))
    }

    /// It is gone already.
    pub fn ended(&self, pid: u32) -> anyhow::Result<()> {
        self.tell(&format!("- {pid}"))
    }

    pub(crate) fn mounted(&self, folder: &Path) -> anyhow::Result<()> {
        self.tell(&format!("mount {}", folder.display()))
    }

    fn tell(&self, line: &str) -> anyhow::Result<()> {
        let mut shell = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let input = shell.stdin.as_mut().context("the warden's input is closed")?;
        writeln!(input, "{line}").context("the warden is gone")
    }
}

impl Drop for Warden {
    fn drop(&mut self) {
        if let Some(shell) = Arc::get_mut(&mut self.0) {
            let shell = shell.get_mut().unwrap_or_else(PoisonError::into_inner);
            drop(shell.stdin.take());
            if let Err(failed) = shell.wait() {
                tracing::warn!(error = %failed, "the warden does not end");
            }
        }
    }
}
