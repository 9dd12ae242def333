//! A server in a process of its own: this test binary again, running [`serves_until_stdin_closes`] alone.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child as Process, ChildStdin, Command, ExitStatus, Stdio};

use clap::Parser;
use embedded_clickhouse::{Engine, Settings, library, serve, testing};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

const MARK: &str = "serving at ";

pub(crate) struct Child {
    process: Process,
    stdin: Option<ChildStdin>,
    stdout: BufReader<std::process::ChildStdout>,
    pub(crate) url: String,
}

/// A child that ended before it served.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) stderr: String,
}

impl Child {
    pub(crate) fn start(data: &Path, change: impl FnOnce(&mut Settings)) -> Result<Self, Refused> {
        let mut settings = testing::settings(data.to_owned());
        change(&mut settings);
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "child::serves_until_stdin_closes",
                "--ignored",
                "--nocapture",
            ])
            .envs(settings.environment())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        while stdout.read_line(&mut line).unwrap() > 0 {
            if let Some((_, url)) = line.trim_end().split_once(MARK) {
                let (url, stdin) = (url.to_owned(), process.stdin.take());
                return Ok(Self {
                    process,
                    stdin,
                    stdout,
                    url,
                });
            }
            line.clear();
        }
        let mut stderr = String::new();
        process.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        process.wait().unwrap();
        Err(Refused { stderr })
    }

    /// Asks it to stop and lets it.
    pub(crate) fn ask_to_stop(&mut self) {
        self.stdin.take();
    }

    pub(crate) fn wait(mut self) -> ExitStatus {
        self.stdin.take();
        self.stdout.read_to_end(&mut Vec::new()).unwrap();
        self.process.wait().unwrap()
    }

    /// kill -9
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // Ended already when the test went well.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    settings: Settings,
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the server that other tests start"]
async fn serves_until_stdin_closes() {
    let settings = Arguments::parse_from(["child"]).settings;
    let library = library::find(&settings).unwrap();
    let engine = Engine::open(&library, &settings).unwrap_or_else(|error| panic!("{error}"));
    let listener = TcpListener::bind(settings.warehouse_listen).await.unwrap();
    println!("\n{MARK}http://{}", listener.local_addr().unwrap());
    let shutdown = CancellationToken::new();
    let stop = shutdown.clone();
    tokio::spawn(async move {
        tokio::io::stdin().read_to_end(&mut Vec::new()).await.unwrap();
        stop.cancel();
    });
    serve(listener, engine, shutdown).await.unwrap();
}
