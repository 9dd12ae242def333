use event::group;
use queue::Group;
use serde::Deserialize;
use uuid::Uuid;

use crate::sample::{click, clicks, group as group_of, too_early};
use crate::setup::Setup;

fn poison(id: u128) -> Group {
    Group {
        id: Uuid::from_u128(id),
        body: b"\x01\x00\x05\x00\x00\x00broke".as_slice().into(),
    }
}

#[derive(Debug, PartialEq, Deserialize)]
struct Quarantined {
    id: Uuid,
    site: String,
    reason: String,
    code: i32,
    group_id: Uuid,
    bytes: String,
}

#[tokio::test]
async fn puts_a_broken_group_aside() {
    let setup = Setup::new().await;
    let load = setup.load(&setup.engine).await;
    load.publish([clicks(1, 0..3), poison(2), clicks(3, 3..6)]).await;
    load.wait_for_metric("rows_total 6").await;
    load.wait_for_metric("quarantined_total{reason=\"codec\"} 1").await;
    assert_eq!(setup.ids().await, (0..6).collect::<Vec<_>>());
    load.stop().await.unwrap();
    let load = setup.load(&setup.engine).await;
    load.publish([clicks(4, 6..7)]).await;
    load.wait_for_metric("rows_total 1").await;
    load.wait_for_metric("groups_total 1").await;
    load.stop().await.unwrap();
}

#[tokio::test]
async fn isolates_refused_rows() {
    let setup = Setup::new().await;
    let load = setup.load(&setup.engine).await;
    let mut mixed: Vec<_> = (100..120).map(click).collect();
    mixed[7] = too_early(107);
    mixed[19] = too_early(119);
    load.publish([
        clicks(1, 0..20),
        group_of(2, &mixed),
        group_of(3, &[too_early(200)]),
        clicks(4, 300..301),
    ])
    .await;
    load.wait_for_metric("quarantined_total{reason=\"database\"} 3").await;
    load.wait_for_metric("rows_total 39").await;
    let good = (0..20).chain((100..119).filter(|id| *id != 107)).chain([300]);
    assert_eq!(setup.ids().await, good.collect::<Vec<_>>());
    let sql = "SELECT id, site, reason, code, group_id, base64Encode(bytes) AS bytes FROM quarantine FINAL ORDER BY id";
    let aside: Vec<Quarantined> = setup.warehouse.rows(sql, &[]).await.unwrap();
    let expect = [(107, 2), (119, 2), (200, 3)].map(|(id, group)| Quarantined {
        id: Uuid::from_u128(id),
        site: "shop".to_owned(),
        reason: "database".to_owned(),
        code: 469,
        group_id: Uuid::from_u128(group),
        bytes: String::new(),
    });
    let without_bytes: Vec<_> = aside
        .into_iter()
        .map(|row| {
            assert!(!row.bytes.is_empty());
            Quarantined {
                bytes: String::new(),
                ..row
            }
        })
        .collect();
    assert_eq!(without_bytes, expect);
    load.stop().await.unwrap();
}

#[tokio::test]
async fn keeps_the_refused_event_as_it_was() {
    let setup = Setup::new().await;
    let load = setup.load(&setup.engine).await;
    load.publish([group_of(1, &[click(1), too_early(2)])]).await;
    load.wait_for_metric("quarantined_total{reason=\"database\"} 1").await;
    let rows = setup.rows("SELECT hex(bytes) AS bytes FROM quarantine").await;
    let hex = rows[0]["bytes"].as_str().unwrap();
    let bytes: Vec<u8> = (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect();
    let opened = group::open(&bytes).unwrap();
    let events: Vec<_> = opened.events().collect::<Result<_, _>>().unwrap();
    assert_eq!(events, [too_early(2)]);
    load.stop().await.unwrap();
}

#[tokio::test]
async fn stores_a_refused_event_when_it_is_replayed() {
    let setup = Setup::new().await;
    let load = setup.load(&setup.engine).await;
    load.publish([group_of(1, &[click(1), too_early(2)])]).await;
    load.wait_for_metric("quarantined_total{reason=\"database\"} 1").await;
    let mended = "ALTER TABLE events DROP CONSTRAINT created_at_in_contract";
    setup.warehouse.execute(mended, &[]).await.unwrap();
    load.publish([group_of(2, &[too_early(2)])]).await;
    load.wait_for_metric("rows_total 2").await;
    setup.wait_for_rows(2).await;
    load.stop().await.unwrap();
}
