use std::io;
use std::process::{Child, Command, Stdio};

/// Erlang's port mapper, which the machine's other nodes do not share. It ends when its input does: with this process.
#[derive(Debug)]
pub(super) struct Epmd(Child);

impl Epmd {
    pub(super) fn start(port: u16) -> io::Result<Self> {
        let script = format!("epmd -address 127.0.0.1 -port {port} & read -r _; kill $!");
        let child = Command::new("sh")
            .args(["-c", &script])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self(child))
    }
}

impl Drop for Epmd {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        if let Err(failed) = self.0.wait() {
            tracing::warn!(error = %failed, "epmd does not end");
        }
    }
}
