//! One event through each door: the repository's CSV sample, its HTTP sample, and a message to `clickpath.in`. By its id it is one
//! event, so each door has a site of its own; the rows are equal in all that is not about the way.

use std::fs;

use clap::Parser;
use queue::testing::RabbitMq;
use queue::{Outgoing, open_outbox};
use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::pipeline::Pipeline;

const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/samples/");
const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../event/corpus/");

/// A broker and a pipeline behind it, with a site for each door.
struct Doors {
    runtime: Runtime,
    broker: RabbitMq,
    pipeline: Pipeline,
}

impl Doors {
    fn open() -> Self {
        let runtime = Runtime::new().unwrap();
        let broker = runtime.block_on(RabbitMq::start()).unwrap();
        let folder = TempDir::new().unwrap();
        let site =
            |name| format!("[[site]]\nname = \"{name}\"\nbase_url = \"https://shop.example/\"\norigins = [\"*\"]\n");
        let sites = ["from-csv", "from-http", "from-amqp"].map(site).concat();
        fs::write(folder.path().join("sites.toml"), sites).unwrap();
        let pipeline = Pipeline::within(folder, &["--sites-file", "sites.toml", "--amqp-url", &broker.url()]);
        Self {
            runtime,
            broker,
            pipeline,
        }
    }

    /// As `curl --header 'Authorization: Bearer …' --data @event.json`.
    fn post(&self, site: &str, body: Vec<u8>) -> (StatusCode, String) {
        let key = fs::read_to_string(self.pipeline.path().join("data/trusted.key")).unwrap();
        let request = tls::http_client()
            .build()
            .unwrap()
            .post(format!("{}/events?site={site}", self.pipeline.gateway))
            .bearer_auth(key.trim())
            .header(CONTENT_TYPE, "application/json")
            .body(body);
        self.runtime.block_on(async {
            let answer = request.send().await.unwrap();
            (answer.status(), answer.text().await.unwrap())
        })
    }

    fn publish(&self, site: &str, body: Vec<u8>) {
        #[derive(clap::Parser)]
        struct Command {
            #[command(flatten)]
            settings: queue::Settings,
        }
        let settings = Command::parse_from(["publish", "--amqp-url", &self.broker.url()]).settings;
        let message = Outgoing {
            id: uuid::Uuid::from_u128(1),
            body: body.into(),
            site,
            sent_at: None,
        };
        self.runtime.block_on(async {
            let outbox = open_outbox(&settings).await.unwrap();
            outbox.publish(message).await.unwrap();
        });
    }

    /// The row, without what tells the way it came.
    fn row(&self, site: &str) -> String {
        let query =
            "SELECT * EXCEPT (site, source, received_at, group_id) FROM events FINAL WHERE site = '%' FORMAT Vertical";
        self.pipeline.sql(&query.replace('%', site))
    }
}

#[test]
fn three_sources_give_one_row() {
    let doors = Doors::open();
    let json = fs::read(format!("{SAMPLES}event.json")).unwrap();
    doors
        .pipeline
        .sends(&["import", &format!("{SAMPLES}event.csv"), "--site", "from-csv"]);
    assert_eq!(doors.post("from-http", json.clone()).0, StatusCode::ACCEPTED);
    doors.publish("from-amqp", json.clone());
    let sources =
        "SELECT groupArray((site, toString(source))) FROM (SELECT site, source FROM events FINAL ORDER BY site)";
    let all = "[('from-amqp','amqp'),('from-csv','csv'),('from-http','http')]";
    doors.pipeline.wait_until(sources, all);
    let row = doors.row("from-http");
    assert!(
        row.contains("user-session-1001") && row.contains("#submit-button") && row.contains("red"),
        "{row}"
    );
    assert_eq!(row, doors.row("from-csv"));
    assert_eq!(row, doors.row("from-amqp"));

    // What a site has by one door, it does not take again by another.
    doors.publish("from-csv", json.clone());
    assert_eq!(doors.post("from-csv", json).0, StatusCode::ACCEPTED);
    let marker = r#"{"type": "server", "session_id": "marker", "created_at": "2026-11-22T10:00:00Z", "url": "/"}"#;
    doors.publish("from-amqp", marker.into());
    doors
        .pipeline
        .wait_until("SELECT count() FROM events WHERE session_id = 'marker'", "1");
    doors
        .pipeline
        .wait_until("SELECT count() FROM events WHERE session_id != 'marker'", "3");
    assert_eq!(doors.row("from-csv"), row);
    doors.pipeline.stop();
}

#[test]
fn seed_001s_sample_is_refused_as_printed_and_taken_corrected() {
    let pipeline = Pipeline::start(&[]);
    let runtime = Runtime::new().unwrap();
    let post = |file: &str| {
        let request = tls::http_client()
            .build()
            .unwrap()
            .post(format!("{}/events?site=shop", pipeline.gateway))
            .header(CONTENT_TYPE, "application/json")
            .body(fs::read(format!("{CORPUS}{file}")).unwrap());
        runtime.block_on(async {
            let answer = request.send().await.unwrap();
            let status = answer.status();
            (status, answer.json::<serde_json::Value>().await.unwrap())
        })
    };
    let (status, answer) = post("refused/seed_001_as_printed.json");
    assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
    assert_eq!(
        (&answer["error"]["line"], &answer["error"]["column"]),
        (&12.into(), &13.into()),
        "{answer}"
    );
    let (status, answer) = post("accepted/ageless_seed_001_corrected.json");
    assert_eq!(status, StatusCode::ACCEPTED, "{answer}");
    pipeline.wait_until("SELECT element_id, x, y FROM events", "#submit-button\t445\t315");
    pipeline.stop();
}
