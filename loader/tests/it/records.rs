//! From the queue's quarantine to the table.

use bytes::Bytes;
use event::quarantine::{self, Form, Record};
use event::{Source, Timestamp};
use queue::{Group, Route};
use uuid::Uuid;

use crate::setup::{Load, Setup, wait_for};

fn record(id: u128) -> Record<'static> {
    Record {
        id: Uuid::from_u128(id),
        site: "shop".into(),
        reason: "too_long".into(),
        code: 0,
        field: "url".into(),
        message: "url is too long".into(),
        source: Source::Http,
        received_at: Timestamp(1_795_341_600_000),
        group_id: Uuid::nil(),
        form: Form::Json,
        accepted: false,
        user_agent: "curl".into(),
        ip: None,
        bytes: br#"{"url":"..."}"#.as_slice().into(),
    }
}

fn message(id: u128, records: &[Record<'_>]) -> Group {
    let mut bytes = Vec::new();
    for record in records {
        quarantine::append(record, &mut bytes).unwrap();
    }
    Group {
        id: Uuid::from_u128(id),
        body: quarantine::seal(&bytes).into(),
    }
}

async fn publish(load: &Load, groups: impl IntoIterator<Item = Group>) {
    for group in groups {
        load.publisher.publish(Route::Quarantine, group).await.unwrap();
    }
}

async fn reasons(setup: &Setup) -> Vec<String> {
    let sql = "SELECT concat(reason, ' ', form, ' ', toString(accepted)) AS text FROM quarantine FINAL ORDER BY id";
    let rows = setup.rows(sql).await;
    rows.iter()
        .map(|row| row["text"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn stores_what_was_refused() {
    let setup = Setup::new().await;
    let load = setup.load(&setup.engine).await;
    publish(&load, [message(1, &[record(1), record(2)]), message(2, &[record(3)])]).await;
    load.wait_for_metric("records_total 3").await;
    assert_eq!(reasons(&setup).await, ["too_long json false"; 3]);
    load.stop().await.unwrap();
}

#[tokio::test]
async fn keeps_a_message_that_is_no_record() {
    let setup = Setup::new().await;
    let load = setup.load(&setup.engine).await;
    let foreign = Group {
        id: Uuid::from_u128(9),
        body: Bytes::from_static(b"hello"),
    };
    publish(&load, [message(1, &[record(1)]), foreign, message(2, &[record(2)])]).await;
    load.wait_for_metric("records_total 3").await;
    let expect = ["too_long json false", "too_long json false", "unreadable message false"];
    assert_eq!(reasons(&setup).await, expect);
    let sql = "SELECT count() AS n FROM quarantine WHERE bytes = 'hello'";
    assert_eq!(setup.number(sql).await, 1);
    load.wait_for_metric("quarantined_total{reason=\"unreadable\"} 1").await;
    load.stop().await.unwrap();
}

#[tokio::test]
async fn acknowledges_nothing_that_quarantine_refuses() {
    let setup = Setup::new().await;
    let load = setup.load(&setup.engine).await;
    let rename = async |from: &str, to: &str| {
        let sql = format!("RENAME TABLE {from} TO {to}");
        setup.warehouse.execute(&sql, &[]).await.unwrap();
    };
    rename("quarantine", "elsewhere").await;
    publish(&load, [message(1, &[record(1)])]).await;
    load.wait_for_at_least("quarantine_retries_total", 3).await;
    load.kill().await;
    rename("elsewhere", "quarantine").await;
    let load = setup.load(&setup.engine).await;
    load.wait_for_metric("records_total 1").await;
    wait_for("the record", async || reasons(&setup).await.len() == 1).await;
    load.stop().await.unwrap();
}
