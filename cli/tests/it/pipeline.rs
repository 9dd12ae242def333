//! A whole pipeline, and what its tables hold.

use std::path::Path;
use std::process::Output;
use std::time::Instant;

use tempfile::TempDir;

use crate::clickpath;
use crate::up::{BOUND, Up, request};

/// Of the door for entities; any key will do.
pub(crate) const FERNET_KEY: &str = "Y2hhbmdlLW1lLWNoYW5nZS1tZS1jaGFuZ2UtbWUtMzI=";

/// `clickpath up` with a folder of its own, in which the commands that send find its key.
pub(crate) struct Pipeline {
    pub(crate) folder: TempDir,
    pub(crate) gateway: String,
    clickhouse: String,
    up: Up,
}

impl Pipeline {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::within(TempDir::new().unwrap(), arguments)
    }

    pub(crate) fn within(folder: TempDir, arguments: &[&str]) -> Self {
        let up = Up::with(folder.path(), arguments);
        let gateway = up.says("events     http://");
        let gateway = gateway.replace("events     ", "").replace("/events", "");
        Self {
            folder,
            gateway,
            clickhouse: up.clickhouse(),
            up,
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A command that sends to this gateway.
    pub(crate) fn send(&self, arguments: &[&str]) -> Output {
        clickpath(self.path(), &[arguments, &["--gateway-url", &self.gateway]].concat())
    }

    #[track_caller]
    pub(crate) fn sends(&self, arguments: &[&str]) -> String {
        let output = self.send(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The answer to a query, in TSV.
    #[track_caller]
    pub(crate) fn sql(&self, query: &str) -> String {
        let answer = request(&self.clickhouse, "POST", "/?database=clickpath", query);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{query}\n{answer}");
        match head.to_lowercase().contains("transfer-encoding: chunked") {
            true => unchunked(body),
            false => body.trim_end().to_owned(),
        }
    }

    /// Asks until the answer is this.
    #[track_caller]
    pub(crate) fn wait_until(&self, query: &str, expect: &str) {
        let started = Instant::now();
        loop {
            let answer = self.sql(query);
            if answer == expect {
                return;
            }
            assert!(started.elapsed() < BOUND, "{query}\nis {answer}\nnot {expect}");
        }
    }

    pub(crate) fn clickhouse(&self) -> String {
        format!("http://{}", self.clickhouse)
    }

    /// Waits for a line of `/metrics`.
    #[track_caller]
    pub(crate) fn wait_for_metric(&self, line: &str) {
        let started = Instant::now();
        loop {
            let metrics = request(self.gateway.trim_start_matches("http://"), "GET", "/metrics", "");
            if metrics.lines().any(|found| found == line) {
                return;
            }
            assert!(started.elapsed() < BOUND, "no {line} in\n{metrics}");
        }
    }

    /// Its folder can be the next one's.
    pub(crate) fn stop(self) -> TempDir {
        assert_eq!(self.up.stop(), Some(0));
        self.folder
    }
}

fn unchunked(mut body: &str) -> String {
    let mut text = String::new();
    while let Some((length, rest)) = body.split_once("\r\n") {
        let length = usize::from_str_radix(length, 16).unwrap();
        if length == 0 {
            break;
        }
        text.push_str(&rest[..length]);
        body = rest[length..].trim_start_matches("\r\n");
    }
    text.trim_end().to_owned()
}
