use std::borrow::Cow;

use event::quarantine::{Form, Record};
use event::{Source, Timestamp};
use uuid::Uuid;
use warehouse::{
    LowCardinality, Milliseconds, QuarantineCursor, QuarantineFilter, QuarantineRow, QuarantinedRow, Warehouse,
};

use crate::database;
use crate::sample::AT;

/// Bytes that are no text.
const BYTES: &[u8] = b"\x00\xff{'\\\"";

pub(crate) fn row(id: u128) -> QuarantineRow<'static> {
    QuarantineRow {
        id: Uuid::from_u128(id),
        at: Milliseconds(AT + 60_000),
        site: LowCardinality("shop"),
        reason: LowCardinality("database"),
        code: 469,
        message: "Code: 469. it's too old",
        schema_version: 1,
        source: LowCardinality("http"),
        group_id: Uuid::from_u128(7),
        bytes: BYTES,
        received_at: Milliseconds(AT + id as i64),
        field: LowCardinality("created_at"),
        form: LowCardinality("event"),
        user_agent: LowCardinality("Mozilla/5.0"),
        ip: Some("::ffff:192.0.2.0".parse().unwrap()),
        accepted: true,
        replayed_at: None,
    }
}

async fn put_aside(warehouse: &Warehouse, rows: &[QuarantineRow<'_>]) {
    warehouse.insert_quarantine(rows, "token").await.unwrap();
}

async fn ids(warehouse: &Warehouse, filter: QuarantineFilter) -> Vec<u128> {
    let rows = warehouse.quarantined(&filter, None, 100).await.unwrap();
    rows.iter().map(|row| row.id.as_u128()).collect()
}

#[tokio::test]
async fn returns_a_record_as_it_was() {
    let warehouse = &database().await;
    let record = Record {
        id: Uuid::from_u128(1),
        site: Cow::Borrowed("shop"),
        reason: "too_old".into(),
        code: 0,
        field: "created_at".into(),
        message: "too old by 3 days".into(),
        source: Source::Amqp,
        received_at: Timestamp(AT),
        group_id: Uuid::nil(),
        form: Form::Json,
        accepted: false,
        user_agent: "curl".into(),
        ip: Some("192.0.2.0".parse().unwrap()),
        bytes: BYTES.into(),
    };
    put_aside(warehouse, &[QuarantineRow::new(&record, Milliseconds(AT + 9))]).await;
    let found = warehouse
        .quarantined(&QuarantineFilter::default(), None, 10)
        .await
        .unwrap();
    let expected = QuarantinedRow {
        id: record.id,
        at_ms: AT + 9,
        site: "shop".to_owned(),
        reason: "too_old".to_owned(),
        code: 0,
        message: "too old by 3 days".to_owned(),
        schema_version: 1,
        source: "amqp".to_owned(),
        group_id: Uuid::nil(),
        bytes: BYTES.to_vec(),
        received_at_ms: AT,
        field: "created_at".to_owned(),
        form: "json".to_owned(),
        user_agent: "curl".to_owned(),
        ip: Some("::ffff:192.0.2.0".parse().unwrap()),
        accepted: false,
    };
    assert_eq!(found, [expected]);
}

#[tokio::test]
async fn pages_through_in_order_of_arrival() {
    let warehouse = &database().await;
    // Two received in the same millisecond.
    let rows: Vec<_> = [5, 3, 1, 4, 2]
        .map(|id| QuarantineRow {
            received_at: Milliseconds(AT + id as i64 / 2),
            ..row(id)
        })
        .into();
    put_aside(warehouse, &rows).await;
    let (mut after, mut pages): (Option<QuarantineCursor>, Vec<Vec<u128>>) = (None, Vec::new());
    loop {
        let page = warehouse
            .quarantined(&QuarantineFilter::default(), after, 2)
            .await
            .unwrap();
        pages.push(page.iter().map(|row| row.id.as_u128()).collect());
        let Some(last) = page.last() else { break };
        after = Some(last.cursor());
    }
    assert_eq!(pages, [vec![1, 2], vec![3, 4], vec![5], vec![]]);
}

#[tokio::test]
async fn filters_by_reason_site_and_time() {
    let warehouse = &database().await;
    let other_reason = QuarantineRow {
        reason: LowCardinality("it's"),
        ..row(2)
    };
    let other_site = QuarantineRow {
        site: LowCardinality(""),
        ..row(3)
    };
    put_aside(warehouse, &[row(1), other_reason, other_site, row(4)]).await;
    let all = QuarantineFilter::default();
    assert_eq!(ids(warehouse, all.clone()).await, [1, 2, 3, 4]);
    let reason = |reason: &str| QuarantineFilter {
        reason: Some(reason.to_owned()),
        ..all.clone()
    };
    assert_eq!(ids(warehouse, reason("it's")).await, [2]);
    assert_eq!(ids(warehouse, reason("' OR 1 = 1 --")).await, []);
    let site = QuarantineFilter {
        site: Some(String::new()),
        ..all.clone()
    };
    assert_eq!(ids(warehouse, site).await, [3], "an empty site is a site");
    let time = QuarantineFilter {
        since_ms: Some(AT + 2),
        until_ms: Some(AT + 4),
        ..all
    };
    assert_eq!(ids(warehouse, time).await, [2, 3]);
}

#[tokio::test]
async fn lists_replayed_rows_no_more() {
    let warehouse = &database().await;
    put_aside(warehouse, &[row(1), row(2)]).await;
    let page = warehouse
        .quarantined(&QuarantineFilter::default(), None, 1)
        .await
        .unwrap();
    // The clock that replays is behind the one that put aside.
    for _ in 0..2 {
        warehouse.mark_replayed(&page, Milliseconds(AT)).await.unwrap();
    }
    assert_eq!(ids(warehouse, QuarantineFilter::default()).await, [2]);
    let sql =
        "SELECT id, toUnixTimestamp64Milli(replayed_at) AS at FROM quarantine FINAL WHERE replayed_at IS NOT NULL";
    let marked: Vec<serde_json::Value> = warehouse.rows(sql, &[]).await.unwrap();
    assert_eq!(marked, [serde_json::json!({"id": Uuid::from_u128(1), "at": AT})]);
}
