//! `clickpath import` against a real `clickpath up`: what is stored, what an interruption leaves, and the exit codes.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;

use crate::clickpath;
use crate::pipeline::Pipeline;
use crate::up::BOUND;

const HEADER: &str = "type,created_at,session_id,url,x\n";

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/samples/uci-clothing.csv");

/// `rows` without ids, all different.
fn events(rows: usize) -> String {
    let mut text = HEADER.to_owned();
    for row in 0..rows {
        let (minute, second) = (row / 60 % 60, row % 60);
        writeln!(text, "click,2026-11-22T10:{minute:02}:{second:02}Z,s{row},/,{row}").unwrap();
    }
    text
}

fn import(folder: &Path, gateway: &str, arguments: &[&str]) -> Output {
    let url = format!("http://{gateway}");
    clickpath(folder, &[&["import", "--gateway-url", &url], arguments].concat())
}

#[track_caller]
fn check(output: &Output, code: i32, stdout: &str, stderr: &str) {
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert_eq!(output.status.code(), Some(code), "{out}{err}");
    assert!(out.contains(stdout), "{stdout:?} is not in:\n{out}");
    assert!(err.contains(stderr), "{stderr:?} is not in:\n{err}");
}

#[test]
fn file_that_is_imported_twice_is_stored_once() {
    let pipeline = Pipeline::start(&[]);
    let write = |name: &str, text: &str| std::fs::write(pipeline.path().join(name), text).unwrap();
    let text = events(2_500) + "click,2026-11-22T10:00:00Z,s0,/,0\n";
    write("events.csv", &text);
    for _ in 0..2 {
        let said = pipeline.sends(&["import", "events.csv"]);
        assert!(said.contains("2501 accepted, 0 refused"), "{said}");
    }
    let rows: Vec<_> = text.lines().skip(1).collect();
    for (name, rows) in [("one.csv", &rows[..1_000]), ("two.csv", &rows[1_000..2_500])] {
        write(name, &format!("{HEADER}{}\n", rows.join("\n")));
    }
    let said = pipeline.sends(&["import", "one.csv", "two.csv"]);
    assert!(said.contains("two.csv: 1500 rows"), "{said}");
    // What comes last is stored last.
    write("last.csv", &format!("{HEADER}view,2026-11-22T12:00:00Z,last,/,\n"));
    pipeline.sends(&["import", "last.csv"]);
    pipeline.wait_until("SELECT count() FROM events WHERE session_id = 'last'", "1");
    assert_eq!(
        pipeline.sql(
            "SELECT count(), uniqExact(id), uniqExact(x), countIf(session_id = 's0'), any(toString(source)) FROM events \
             WHERE session_id != 'last'"
        ),
        "2501\t2501\t2500\t2\tcsv"
    );
    let clocks = "SELECT countIf(clock_skew_ms IS NOT NULL), countIf(corrected_at != created_at) FROM events";
    assert_eq!(pipeline.sql(clocks), "0\t0", "nobody knows the clock that wrote a file");
    let journals = std::fs::read_dir(pipeline.path().join("data/import")).unwrap().count();
    assert_eq!(journals, 0);

    let said = pipeline.sends(&["import", "--mapping", "uci-clothing", SAMPLE]);
    assert!(said.contains("20 accepted, 0 refused"), "{said}");
    pipeline.wait_until(
        "SELECT count(), sum(price), min(created_at), uniqExact(session_id) FROM events WHERE session_id LIKE 'uci-%'",
        "20\t861\t2008-03-31 22:00:01.000\t10",
    );
    pipeline.stop();
}

/// docs/import.md begins with commands for a reader to type.
#[test]
fn examples_of_the_page_work_as_typed() {
    const PAGE: &str = include_str!("../../../docs/import.md");
    let pipeline = Pipeline::start(&[]);
    let samples = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/samples");
    std::os::unix::fs::symlink(samples, pipeline.path().join("data/samples")).unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_clickpath"));
    let path = format!("{}:/usr/bin:/bin", program.parent().unwrap().display());
    let (_, block) = PAGE.split_once("```sh\n").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    assert!(block.lines().count() >= 4, "{block}");
    for line in block.lines() {
        let mut shell = Command::new("sh");
        shell
            .args(["-ec", &line.replace("http://127.0.0.1:8080", &pipeline.gateway)])
            .env_clear()
            .env("PATH", &path)
            .env("CLICKPATH_GATEWAY_URL", &pipeline.gateway)
            .current_dir(pipeline.path());
        let output = shell.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{line}: {output:?}");
    }
    let other = pipeline.send(&["import", "--site", "books", "data/samples/event.csv"]);
    check(&other, 1, "", "403");
    check(&other, 1, "", "books");
    pipeline.stop();
}

#[test]
fn header_alone_is_said_to_be_no_rows() {
    let folder = TempDir::new().unwrap();
    let gateway = StandIn::start(Answers::Receipts);
    std::fs::write(folder.path().join("header.csv"), HEADER).unwrap();
    std::fs::write(folder.path().join("empty.csv"), "").unwrap();
    for arguments in [&["header.csv"][..], &["--dry-run", "header.csv"]] {
        let output = import(folder.path(), &gateway.address, arguments);
        check(
            &output,
            0,
            "header.csv has a header and no rows: there is nothing to import",
            "",
        );
    }
    check(
        &import(folder.path(), &gateway.address, &["empty.csv"]),
        1,
        "",
        "is empty",
    );
}

#[test]
fn refused_rows_are_in_a_file_beside() {
    let folder = TempDir::new().unwrap();
    let gateway = StandIn::start(Answers::Receipts);
    let text = format!("{}click,yesterday,s,/,1\nclick,2026-11-22T10:00:00Z,s\n", events(3));
    std::fs::write(folder.path().join("events.csv"), text).unwrap();
    let output = import(folder.path(), &gateway.address, &["events.csv"]);
    check(&output, 3, "5 rows in", "");
    check(
        &output,
        3,
        "3 accepted, 2 refused (1 columns, 1 malformed; see events.csv.rejected.csv)",
        "",
    );
    let rejected = std::fs::read_to_string(folder.path().join("events.csv.rejected.csv")).unwrap();
    assert_eq!(
        rejected,
        "line,reason,field,message,row\n\
         5,malformed,created_at,no time,\"click,yesterday,s,/,1\"\n\
         6,columns,,\"the row has 3 columns, the header 5\",\"click,2026-11-22T10:00:00Z,s\"\n"
    );
    let mended = "type,created_at,session_id,url\nclick,yesterday,s,/\n";
    std::fs::write(folder.path().join("bad.csv"), mended).unwrap();
    check(
        &import(folder.path(), &gateway.address, &["bad.csv"]),
        1,
        "",
        "nothing was imported",
    );
    let many = events(0) + &"click,yesterday,s,/,1\n".repeat(3_000);
    std::fs::write(folder.path().join("many.csv"), many).unwrap();
    let output = import(
        folder.path(),
        &gateway.address,
        &["many.csv", "--max-refused", "1500", "--connections", "1"],
    );
    check(&output, 1, "", "2000 rows were refused");
}

#[test]
fn command_lines_and_mappings_that_are_wrong_end_with_2() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("events.csv"), events(1)).unwrap();
    std::fs::write(folder.path().join("events"), events(1)).unwrap();
    std::fs::write(folder.path().join("bad.toml"), "[event]\ntype = \"view\"\n[fil]\n").unwrap();
    let nobody = "127.0.0.1:9";
    for (arguments, message) in [
        (&["--mapping", "bad.toml", "events.csv"][..], "unknown field `fil`"),
        (&["events"], "--format csv"),
        (&["events.csv", "events.csv", "--rejected", "r.csv"], "one by one"),
        (
            &["events.csv", "--delimiter", "::"],
            "neither one ASCII character nor tab",
        ),
        (&[], "FILE"),
    ] {
        check(&import(folder.path(), nobody, arguments), 2, "", message);
    }
    check(&import(folder.path(), nobody, &["absent.csv"]), 1, "", "absent.csv");
    check(
        &import(folder.path(), nobody, &["absent.csv"]),
        1,
        "",
        "cannot be opened",
    );
    std::fs::write(folder.path().join("empty.csv"), "").unwrap();
    check(&import(folder.path(), nobody, &["empty.csv"]), 1, "", "is empty");
    check(
        &import(folder.path(), nobody, &["events.csv", "--patience-seconds", "0"]),
        1,
        "",
        "stopped before its first row; the same command goes on from there",
    );
}

#[test]
fn dry_run_shows_and_sends_nothing() {
    let folder = TempDir::new().unwrap();
    let output = import(
        folder.path(),
        "127.0.0.1:9",
        &["--mapping", "uci-clothing", "--dry-run=3", SAMPLE],
    );
    check(
        &output,
        0,
        "line 4: {\"type\":\"view\",\"created_at\":1207000803000",
        "",
    );
    check(
        &output,
        0,
        "3 rows shown: 3 would be accepted, 0 refused, 0 left out; nothing was sent",
        "",
    );
    let text = format!("{}click,yesterday,s,/,1\n", events(1));
    std::fs::write(folder.path().join("events.csv"), text).unwrap();
    let output = import(folder.path(), "127.0.0.1:9", &["--dry-run", "events.csv"]);
    check(
        &output,
        3,
        "line 3: would be refused: created_at: expected RFC 3339",
        "",
    );
    assert!(!folder.path().join("data").exists());
}

#[test]
fn interrupted_import_goes_on_where_it_was() {
    let folder = TempDir::new().unwrap();
    let text = format!("{}click,yesterday,bad,/,1\n", events(2_500)) + events(20_000).strip_prefix(HEADER).unwrap();
    std::fs::write(folder.path().join("events.csv"), &text).unwrap();
    for end in [End::Kill, End::Terminate] {
        // It answers 10 requests and then no more.
        let gateway = StandIn::start(Answers::ReceiptsUntil(10));
        let mut process = Command::new(env!("CARGO_BIN_EXE_clickpath"))
            .args([
                "import",
                "events.csv",
                "--gateway-url",
                &format!("http://{}", gateway.address),
            ])
            .args(["--connections", "1"])
            .current_dir(folder.path())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        gateway.wait_for_requests(11);
        let first = gateway.ids();
        if matches!(end, End::Kill) {
            // What it has confirmed is on disk after half a second; the rest is sent again.
            process.kill().unwrap();
        } else {
            Command::new("kill")
                .args(["-TERM", &process.id().to_string()])
                .status()
                .unwrap();
        }
        let mut stderr = String::new();
        process.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        let code = process.wait().unwrap().code();
        let next = StandIn::start(Answers::Receipts);
        if let End::Terminate = end {
            assert_eq!(code, Some(1), "{stderr}");
            assert!(stderr.contains("the same command goes on from there"), "{stderr}");
            // Another file under the same name is not mixed up with it.
            let changed = text.replace("s2499", "t2499");
            std::fs::write(folder.path().join("events.csv"), changed).unwrap();
            check(
                &import(folder.path(), &next.address, &["events.csv"]),
                1,
                "",
                "--restart begins anew",
            );
            std::fs::write(folder.path().join("events.csv"), &text).unwrap();
        }
        let output = import(folder.path(), &next.address, &["events.csv"]);
        check(&output, 3, "22501 rows", "");
        check(&output, 3, "22500 accepted, 1 refused (1 malformed", "");
        let rejected = std::fs::read_to_string(folder.path().join("events.csv.rejected.csv")).unwrap();
        assert_eq!(rejected.lines().count(), 2, "{rejected}");
        let second = next.ids();
        if let End::Terminate = end {
            check(&output, 3, ", 10000 of them before, in ", "");
            assert_eq!(second.len(), 12_501);
        }
        // Together they are all rows, each with one id.
        let all: std::collections::HashSet<_> = first.iter().chain(&second).collect();
        assert_eq!(all.len(), 22_501);
    }
}

enum End {
    Kill,
    Terminate,
}

/// A gateway that keeps the ids it was sent; events of the time `yesterday` it refuses.
struct StandIn {
    address: String,
    requests: Arc<AtomicUsize>,
    ids: Arc<Mutex<Vec<String>>>,
}

#[derive(Clone, Copy)]
enum Answers {
    Receipts,
    /// For so many requests, then none.
    ReceiptsUntil(usize),
}

impl StandIn {
    fn start(answers: Answers) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stand_in = Self {
            address: listener.local_addr().unwrap().to_string(),
            requests: Arc::default(),
            ids: Arc::default(),
        };
        let (requests, ids) = (Arc::clone(&stand_in.requests), Arc::clone(&stand_in.ids));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (requests, ids) = (Arc::clone(&requests), Arc::clone(&ids));
                std::thread::spawn(move || serve(stream.unwrap(), answers, &requests, &ids));
            }
        });
        stand_in
    }

    fn ids(&self) -> Vec<String> {
        self.ids.lock().unwrap().clone()
    }

    #[track_caller]
    fn wait_for_requests(&self, requests: usize) {
        for _ in 0..BOUND.as_millis() / 20 {
            if self.requests.load(Ordering::SeqCst) >= requests {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("only {} requests came", self.requests.load(Ordering::SeqCst));
    }
}

fn serve(mut stream: TcpStream, answers: Answers, requests: &AtomicUsize, ids: &Mutex<Vec<String>>) {
    while let Some(body) = next_body(&mut stream) {
        let number = requests.fetch_add(1, Ordering::SeqCst);
        if matches!(answers, Answers::ReceiptsUntil(most) if number >= most) {
            std::thread::sleep(BOUND);
            return;
        }
        let events: Vec<serde_json::Value> = serde_json::from_slice(&body).unwrap();
        let (mut accepted, mut rejected) = (Vec::new(), Vec::new());
        for (index, event) in events.iter().enumerate() {
            let id = event["id"].as_str().unwrap().to_owned();
            ids.lock().unwrap().push(id.clone());
            match event["created_at"] == "yesterday" {
                false => accepted.push(id),
                true => rejected.push(serde_json::json!({
                    "index": index, "id": id, "field": "created_at", "reason": "malformed", "message": "no time",
                })),
            }
        }
        let status = if accepted.is_empty() {
            "422 Unprocessable Entity"
        } else {
            "202 Accepted"
        };
        let receipt = serde_json::json!({ "accepted": accepted, "rejected": rejected }).to_string();
        let answer = format!(
            "HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{receipt}",
            receipt.len()
        );
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// Of the next request; `None` when the connection ends.
fn next_body(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut body).ok()?;
    Some(body)
}
