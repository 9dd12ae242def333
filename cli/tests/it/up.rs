//! `clickpath up` and its engine when one of them is stopped from outside.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use tempfile::TempDir;

pub(crate) const BOUND: Duration = Duration::from_secs(60);

/// A running `clickpath up`; what is left of it when a test fails is killed.
pub(crate) struct Up {
    process: Child,
    pub(crate) stdout: Receiver<String>,
    stderr: Receiver<String>,
}

impl Up {
    fn start(folder: &Path) -> Self {
        Self::with(folder, &[])
    }

    pub(crate) fn with(folder: &Path, arguments: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_clickpath"))
            .args(["up", "--listen", "127.0.0.1:0", "--warehouse-listen", "127.0.0.1:0"])
            .args(arguments)
            .env_remove("CLICKHOUSE_URL")
            .env_remove("CLICKPATH_AMQP_URL")
            .env("CLICKPATH_WAREHOUSE_STOP_MS", "500")
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = lines(process.stdout.take().unwrap());
        let stderr = lines(process.stderr.take().unwrap());
        Self {
            process,
            stdout,
            stderr,
        }
    }

    /// The line of standard output with this part; a failure shows what was said on the other one.
    #[track_caller]
    pub(crate) fn says(&self, part: &str) -> String {
        loop {
            match self.stdout.recv_timeout(BOUND) {
                Ok(line) if line.contains(part) => return line,
                Ok(_) => {}
                Err(error) => {
                    let said: Vec<String> = self.stderr.try_iter().collect();
                    panic!("no {part:?} ({error}); on standard error:\n{}", said.join("\n"));
                }
            }
        }
    }

    /// The port of the engine, once all is up.
    pub(crate) fn clickhouse(&self) -> String {
        let line = wait_for(&self.stdout, "clickhouse http://");
        line.replace("clickhouse http://", "")
    }

    fn engine_pid(&self) -> u32 {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.process.id())).unwrap();
        let children = threads.map(|thread| std::fs::read_to_string(thread.unwrap().path().join("children")).unwrap());
        children.collect::<String>().trim().parse().unwrap()
    }

    /// The exit code after SIGTERM.
    pub(crate) fn stop(mut self) -> Option<i32> {
        signal("TERM", self.process.id());
        self.process.wait().unwrap().code()
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        // The engine ends when its standard input closes.
        drop((self.process.kill(), self.process.wait()));
    }
}

pub(crate) fn lines(output: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        BufReader::new(output)
            .lines()
            .map_while(Result::ok)
            .try_for_each(|line| sender.send(line))
    });
    receiver
}

#[track_caller]
pub(crate) fn wait_for(lines: &Receiver<String>, part: &str) -> String {
    let mut seen = String::new();
    loop {
        match lines.recv_timeout(BOUND) {
            Ok(line) if line.contains(part) => return line,
            Ok(line) => seen += &format!("{line}\n"),
            Err(error) => panic!("no {part:?} ({error}) in:\n{seen}"),
        }
    }
}

pub(crate) fn signal(name: &str, pid: u32) {
    let status = Command::new("kill")
        .args([format!("-{name}"), pid.to_string()])
        .status();
    assert!(status.unwrap().success(), "kill -{name} {pid}");
}

fn ping(clickhouse: &str) -> String {
    request(clickhouse, "GET", "/ping", "")
}

/// The engine alone.
pub(crate) struct Engine {
    process: Child,
    pub(crate) address: String,
}

impl Engine {
    pub(crate) fn start(folder: &Path) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_clickpath"))
            .args(["warehouse", "--warehouse-listen", "127.0.0.1:0"])
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let line = wait_for(&lines(process.stdout.take().unwrap()), "http://");
        Self {
            process,
            address: line.replace("http://", ""),
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        drop((self.process.kill(), self.process.wait()));
    }
}

pub(crate) fn request(address: &str, method: &str, path: &str, body: &str) -> String {
    request_with(address, method, path, "", body)
}

/// With a head of further lines, each with its end.
pub(crate) fn request_with(address: &str, method: &str, path: &str, head: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{head}\r\n{body}"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn engine_leaves_signals_to_its_parent() {
    let folder = TempDir::new().unwrap();
    let up = Up::start(folder.path());
    let clickhouse = up.clickhouse();
    // As a service manager stops all processes of a service at once.
    signal("TERM", up.engine_pid());
    wait_for(&up.stderr, "the signal is ignored");
    assert!(ping(&clickhouse).ends_with("Ok.\n"));
    assert_eq!(up.stop(), Some(0));
}

#[test]
fn next_start_waits_for_the_engine_left_behind() {
    let folder = TempDir::new().unwrap();
    let engine = folder.path().join("data/clickhouse/engine");
    std::fs::create_dir_all(&engine).unwrap();
    // What an engine holds until it has ended.
    let status = File::create(engine.join("status")).unwrap();
    status.lock().unwrap();
    let next = Up::start(folder.path());
    wait_for(&next.stderr, "waiting for another engine");
    drop(status);
    let clickhouse = next.clickhouse();
    assert!(ping(&clickhouse).ends_with("Ok.\n"));
    assert_eq!(next.stop(), Some(0));
}

#[test]
fn second_up_on_the_same_folders_is_refused() {
    let folder = TempDir::new().unwrap();
    let up = Up::start(folder.path());
    up.clickhouse();
    let mut second = Up::start(folder.path());
    wait_for(&second.stderr, "queue folder data/queue belongs to another process");
    assert_eq!(second.process.wait().unwrap().code(), Some(1));
    assert_eq!(up.stop(), Some(0));
}

#[test]
fn engine_that_hangs_does_not_hold_up_the_end() {
    let folder = TempDir::new().unwrap();
    let mut up = Up::start(folder.path());
    up.clickhouse();
    signal("STOP", up.engine_pid());
    signal("TERM", up.process.id());
    wait_for(&up.stderr, "the ClickHouse engine did not end within");
    assert_eq!(up.process.wait().unwrap().code(), Some(1));
}
