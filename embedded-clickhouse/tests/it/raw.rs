//! The HTTP interface as other clients use it.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use reqwest::Method;
use reqwest::header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::server::{Server, answer};

const TABLE: &str = "CREATE TABLE t (a UInt32, s String) ENGINE = MergeTree ORDER BY a";

async fn with_table() -> Server {
    let server = Server::shared().await;
    server.run(TABLE).await;
    server
}

async fn count(server: &Server) -> String {
    server.run("SELECT count() FROM t").await
}

#[tokio::test]
async fn answers_health_checks() {
    let server = Server::shared().await;
    assert_eq!(
        server
            .http
            .get(server.url("/ping"))
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap(),
        "Ok.\n"
    );
    assert_eq!(
        server
            .http
            .get(server.url("/replicas_status"))
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap(),
        "Ok.\n"
    );
    assert_eq!(
        server
            .http
            .get(server.url("/"))
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap(),
        "Ok.\n"
    );
    assert_eq!(
        server.http.get(server.url("/nowhere")).send().await.unwrap().status(),
        404
    );
}

#[tokio::test]
async fn takes_statement_from_url_and_body() {
    let server = with_table().await;
    server.run("INSERT INTO t VALUES (1, 'in the URL')").await;
    for body in [
        "INSERT INTO t FORMAT JSONEachRow {\"a\": 2, \"s\": \"in the body\"}",
        "INSERT INTO t SETTINGS max_insert_threads = 1 FORMAT CSV\n3,\"FORMAT TSV; --\"\n",
        "/* a comment */ insert into t (s, a) values ('it''s', 4), ('x', 5);",
        "INSERT INTO t SELECT 6, 'selected'",
    ] {
        let answer = server.post("", &[], body).await;
        assert_eq!(answer.status, 200, "{body}: {answer:?}");
    }
    assert_eq!(
        server.post("INSERT INTO t FORMAT TSV", &[], "7\tseven\n").await.status,
        200
    );
    assert_eq!(
        server
            .post("SELECT groupArray(a) FROM", &[], "(SELECT a FROM t ORDER BY a)")
            .await
            .text,
        "[1,2,3,4,5,6,7]\n"
    );
    assert_eq!(
        server.run("SELECT s FROM t WHERE a IN (3, 4) ORDER BY a").await,
        "FORMAT TSV; --\nit\\'s\n"
    );
}

#[tokio::test]
async fn names_error_in_header_and_text() {
    let server = with_table().await;
    server.get("SELECT * FROM nowhere").await.refused(404, "60");
    server.get("SELECT 1 FROM").await.refused(400, "62");
    server.get("gibberish").await.refused(400, "62");
    server
        .post("INSERT INTO nowhere FORMAT CSV", &[], "1")
        .await
        .refused(404, "60");
    server
        .post("INSERT INTO t FORMAT CSV", &[], "x,y")
        .await
        .refused(400, "27");
    server
        .post("SELECT 1", &[("no_such_setting", "1")], "")
        .await
        .refused(404, "115");
    server
        .post("SELECT 1", &[("database", "no_such_database")], "")
        .await
        .refused(404, "81");
    assert_eq!(count(&server).await, "0\n");
}

#[tokio::test]
async fn refused_insert_reads_large_body() {
    let server = with_table().await;
    let body = "1,x\n".repeat(2_000_000);
    server
        .post("INSERT INTO nowhere FORMAT CSV", &[], body)
        .await
        .refused(404, "60");
}

#[tokio::test]
async fn get_changes_nothing() {
    let server = with_table().await;
    server.get("INSERT INTO t VALUES (1, 'x')").await.refused(500, "164");
    server.get("DROP TABLE t").await.refused(500, "164");
    server.get("SYSTEM STOP MERGES").await.refused(500, "164");
    let session = [("session_id", server.database.as_str())];
    let in_session = server.request(Method::GET, "DROP TABLE t", &session);
    answer(in_session.send().await.unwrap()).await.refused(500, "164");
    assert_eq!(server.post("SET max_block_size = 7", &session, "").await.status, 200);
    assert_eq!(server.get("SELECT count() FROM t").await.text, "0\n");
}

#[tokio::test]
async fn viewer_only_reads() {
    let server = with_table().await;
    let viewer = [("user", "viewer"), ("password", "any")];
    assert_eq!(server.post("SELECT count() FROM t", &viewer, "").await.text, "0\n");
    server
        .post("INSERT INTO t FORMAT CSV", &viewer, "1,x")
        .await
        .refused(500, "164");
    server.post("DROP TABLE t", &viewer, "").await.refused(500, "164");
    server.post("SYSTEM STOP MERGES", &viewer, "").await.refused(500, "164");
    server
        .post("SELECT 1 SETTINGS readonly = 0", &viewer, "")
        .await
        .refused(500, "164");
    server
        .post("SELECT 1", &[("user", "nobody")], "")
        .await
        .refused(403, "516");
    let basic = server
        .request(Method::POST, "DROP TABLE t", &[])
        .header(AUTHORIZATION, "Basic dmlld2VyOng=");
    answer(basic.send().await.unwrap()).await.refused(500, "164");
    let header = server
        .request(Method::POST, "DROP TABLE t", &[])
        .header("X-ClickHouse-User", "viewer");
    answer(header.send().await.unwrap()).await.refused(500, "164");
}

#[tokio::test]
async fn foreign_pages_send_no_statements() {
    let server = with_table().await;
    let from = |origin: &str| {
        server
            .request(Method::POST, "DROP TABLE t", &[])
            .header("Origin", origin)
    };
    for origin in ["https://evil.example", "http://localhost:8080", "null"] {
        answer(from(origin).send().await.unwrap()).await.refused(403, "516");
    }
    assert_eq!(count(&server).await, "0\n");
    let own = answer(from(&format!("http://{}", server.address())).send().await.unwrap()).await;
    assert_eq!(own.status, 200, "{}", own.text);
}

#[tokio::test]
async fn files_and_network_are_closed() {
    let server = Server::shared().await;
    for sql in [
        "SELECT * FROM file('/etc/passwd', 'LineAsString')",
        "SELECT * FROM `/etc/passwd`",
        "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
        "CREATE TABLE f (l String) ENGINE = File(LineAsString, '/etc/passwd')",
        "INSERT INTO FUNCTION file('/tmp/clickpath-out.csv', 'CSV', 'a UInt8') VALUES (1)",
    ] {
        let answer = server.post(sql, &[("database", "")], "").await;
        assert_eq!(
            (answer.status, answer.code.as_deref()),
            (403, Some("497")),
            "{sql}: {answer:?}"
        );
    }
    let path = std::env::temp_dir().join(format!("{}.csv", server.database));
    let outfile = format!("SELECT 1 INTO /* */ OUTFILE '{}'", path.display());
    server.post(&outfile, &[], "").await.refused(501, "48");
    server
        .post("INSERT INTO t FROM INFILE '/etc/passwd' FORMAT LineAsString", &[], "")
        .await
        .refused(501, "48");
    assert!(!path.exists());
}

#[tokio::test]
async fn sql_cannot_end_the_engine() {
    let server = Server::shared().await;
    for sql in ["SYSTEM SHUTDOWN", "SYSTEM KILL", "SYSTEM SUSPEND FOR 1 SECOND"] {
        server.post(sql, &[], "").await.refused(403, "497");
    }
    assert_eq!(server.run("SYSTEM STOP MERGES").await, "");
    assert_eq!(server.run("SYSTEM START MERGES").await, "");
}

#[tokio::test]
async fn runs_one_statement_at_a_time() {
    let server = with_table().await;
    server.post("SELECT 1; DROP TABLE t", &[], "").await.refused(400, "62");
    assert_eq!(server.run("SELECT count() FROM t;").await, "0\n");
}

#[tokio::test]
async fn sends_header_lines_once() {
    let server = Server::shared().await;
    let sql = "SELECT number AS n, toString(number) AS `a\nb` FROM numbers(200000) FORMAT ";
    let csv = server.run(&format!("{sql}CSVWithNames")).await;
    assert!(csv.starts_with("\"n\",\"a\nb\"\n0,\"0\"\n"), "{}", &csv[..40]);
    assert_eq!((csv.matches("\"n\"").count(), csv.lines().count()), (1, 200_002));
    let tsv = server.run(&format!("{sql}TSVWithNamesAndTypes")).await;
    assert_eq!((tsv.matches("UInt64").count(), tsv.lines().count()), (1, 200_002));
    let json = server.run(&format!("{sql}JSON")).await;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["rows"], 200_000);
}

#[tokio::test]
async fn tells_what_it_did() {
    let server = with_table().await;
    let request = server
        .request(Method::POST, "INSERT INTO t FORMAT CSV", &[("query_id", "mine")])
        .body("1,a\n2,b\n");
    let response = request.send().await.unwrap();
    let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
    let summary: serde_json::Value = serde_json::from_str(&header("X-ClickHouse-Summary")).unwrap();
    assert_eq!(summary["written_rows"], "2");
    assert_eq!(header("X-ClickHouse-Query-Id"), "mine");
    let response = server
        .request(Method::GET, "SELECT a FROM t FORMAT JSONEachRow", &[])
        .send()
        .await
        .unwrap();
    let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
    let summary: serde_json::Value = serde_json::from_str(&header("X-ClickHouse-Summary")).unwrap();
    assert_eq!(
        (summary["read_rows"].as_str(), summary["result_rows"].as_str()),
        (Some("2"), Some("2"))
    );
    assert_eq!(header("X-ClickHouse-Format"), "JSONEachRow");
    assert_eq!(header("Content-Type"), "application/x-ndjson; charset=UTF-8");
    assert!(!header("X-ClickHouse-Timezone").is_empty() && !header("X-ClickHouse-Server-Display-Name").is_empty());
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn reads_packed_bodies() {
    let server = with_table().await;
    let lz4 = {
        let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
        encoder.write_all(b"2,lz4\n").unwrap();
        encoder.finish().unwrap()
    };
    let level = ruzstd::encoding::CompressionLevel::Fastest;
    let zstd = ruzstd::encoding::compress_to_vec(&b"3,zstd\n"[..], level);
    for (coding, body) in [("gzip", gzip(b"1,gzip\n")), ("lz4", lz4), ("zstd", zstd)] {
        let request = server.request(Method::POST, "INSERT INTO t FORMAT CSV", &[]);
        let answer = answer(
            request
                .header(CONTENT_ENCODING, coding)
                .body(body)
                .send()
                .await
                .unwrap(),
        )
        .await;
        assert_eq!(answer.status, 200, "{coding}: {answer:?}");
    }
    assert_eq!(
        server.run("SELECT * FROM t ORDER BY a FORMAT CSV").await,
        "1,\"gzip\"\n2,\"lz4\"\n3,\"zstd\"\n"
    );
    let request = server.request(Method::POST, "INSERT INTO t FORMAT CSV", &[]);
    answer(request.header(CONTENT_ENCODING, "br").body("x").send().await.unwrap())
        .await
        .refused(501, "48");
    let broken = server
        .request(Method::POST, "INSERT INTO t FORMAT CSV", &[])
        .header(CONTENT_ENCODING, "gzip");
    answer(broken.body("not gzip").send().await.unwrap())
        .await
        .refused(400, "271");
    assert_eq!(count(&server).await, "3\n");
}

#[tokio::test]
async fn packs_answers_when_asked() {
    let server = Server::shared().await;
    let sql = "SELECT number FROM numbers(100000)";
    let expected = server.run(sql).await;
    let send = async |parameters: &[(&str, &str)]| {
        server
            .request(Method::GET, sql, parameters)
            .header(ACCEPT_ENCODING, "gzip")
            .send()
            .await
            .unwrap()
    };
    let packed = send(&[("enable_http_compression", "1")]).await;
    assert_eq!(packed.headers()[CONTENT_ENCODING], "gzip");
    let mut unpacked = String::new();
    GzDecoder::new(&packed.bytes().await.unwrap()[..])
        .read_to_string(&mut unpacked)
        .unwrap();
    assert!(unpacked == expected);
    let plain = send(&[("enable_http_compression", "0")]).await;
    assert!(!plain.headers().contains_key(CONTENT_ENCODING) && plain.text().await.unwrap() == expected);
}

#[tokio::test]
async fn frames_go_out_and_come_back() {
    let server = with_table().await;
    let sql = "SELECT toUInt32(number) AS a, toString(number) AS s FROM numbers(150000) FORMAT Native";
    let request = server.request(Method::POST, sql, &[("compress", "1")]);
    let frames = request.send().await.unwrap().bytes().await.unwrap();
    let answer = server
        .post("INSERT INTO t FORMAT Native", &[("decompress", "1")], frames.clone())
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(count(&server).await, "150000\n");
    let mut damaged = frames.to_vec();
    damaged[1000] ^= 1;
    server
        .post("INSERT INTO t FORMAT Native", &[("decompress", "1")], damaged)
        .await
        .refused(400, "40");
    assert_eq!(count(&server).await, "150000\n");
}

#[tokio::test]
async fn session_keeps_temporary_table() {
    let server = Server::shared().await;
    let session = [("session_id", server.database.as_str()), ("session_timeout", "30")];
    assert_eq!(
        server
            .post("CREATE TEMPORARY TABLE x (a UInt8)", &session, "")
            .await
            .status,
        200
    );
    assert_eq!(
        server.post("INSERT INTO x FORMAT CSV", &session, "5\n").await.status,
        200
    );
    let once = [session.as_slice(), &[("max_block_size", "77")]].concat();
    assert_eq!(
        server
            .post("SELECT a, getSetting('max_block_size') FROM x", &once, "")
            .await
            .text,
        "5\t77\n"
    );
    assert_ne!(
        server
            .post("SELECT getSetting('max_block_size')", &session, "")
            .await
            .text,
        "77\n"
    );
    server.post("SELECT a FROM x", &[], "").await.refused(404, "60");
    let other = [("session_id", "never begun"), ("session_check", "1")];
    server.post("SELECT 1", &other, "").await.refused(404, "372");
}

#[tokio::test]
async fn takes_form_fields() {
    let server = Server::shared().await;
    let part = |name: &str, value: &str| {
        format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let body = part("query", "SELECT {text:String} AS t") + &part("param_text", "a\\tb") + "--edge--\r\n";
    let request = server
        .request(Method::POST, "", &[])
        .header(CONTENT_TYPE, "multipart/form-data; boundary=edge");
    let answer = answer(request.body(body).send().await.unwrap()).await;
    assert_eq!((answer.status, answer.text.as_str()), (200, "a\\tb\n"));
}

#[tokio::test]
async fn cut_body_stores_nothing() {
    let server = with_table().await;
    let head = format!(
        "POST /?database={}&query=INSERT%20INTO%20t%20FORMAT%20CSV HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n1,whole\n2,whole\n",
        server.database
    );
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(!answer.contains(" 200 "), "{answer}");
    assert_eq!(count(&server).await, "0\n");
}

#[tokio::test]
async fn cuts_connection_after_late_failure() {
    let server = Server::shared().await;
    let sql = "SELECT throwIf(number = 900000, 'too far'), repeat('y', 40) FROM numbers(1000000)";
    let mut response = server
        .request(Method::GET, sql, &[("max_threads", "1")])
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    let mut body = Vec::new();
    let error = loop {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
    };
    assert!(error.is_some(), "the answer looks complete");
    let end = String::from_utf8_lossy(&body[body.len() - 1000..]).into_owned();
    assert!(
        end.contains("Code: 395.") && end.ends_with("__exception__\r\n"),
        "{end}"
    );
}
