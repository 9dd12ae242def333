//! Entities that cannot be stored, and messages that are none.

use event::entity::Entity;
use loader::Readiness;
use queue::Group;
use queue::testing::RabbitMq;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{all_stores, contents, counted, group, publish, rows, store};
use crate::setup::{Setup, wait_for};

async fn quarantined(setup: &Setup) -> Vec<Value> {
    let sql = "SELECT reason, code, form, accepted, site, source, right(toString(group_id), 1) AS group, length(bytes) AS bytes
        FROM quarantine FINAL ORDER BY group_id, site";
    setup.rows(sql).await
}

#[tokio::test]
async fn puts_a_broken_group_aside_and_goes_on() {
    let setup = Setup::new().await;
    let load = setup.load(&setup.engine).await;
    let broken = Group {
        id: Uuid::from_u128(2),
        body: b"\x41\x00\x05\x00\x00\x00broke".as_slice().into(),
    };
    publish(
        &load,
        [group(1, &[store(1, 1, "one")]), broken, group(3, &[store(2, 1, "one")])],
    )
    .await;
    load.wait_for_metric("quarantined_total{reason=\"codec\"} 1").await;
    load.wait_for_metric(&counted("new", 2)).await;
    assert_eq!(contents(&setup).await, ["one", "one"]);
    let expect = json!({"reason": "codec", "code": 0, "form": "group", "accepted": false, "site": "", "source": "http",
        "group": "2", "bytes": 11});
    assert_eq!(quarantined(&setup).await, [expect]);
    load.stop().await.unwrap();
}

#[tokio::test]
async fn isolates_refused_rows() {
    let setup = Setup::new().await;
    let no_fire = "ALTER TABLE entities ADD CONSTRAINT no_fire CHECK position(payload, 'burning') = 0";
    setup.warehouse.execute(no_fire, &[]).await.unwrap();
    let load = setup.load(&setup.engine).await;
    let mut mixed: Vec<_> = (1..=20).map(|key| store(key, 1, "open")).collect();
    mixed[6] = store(7, 1, "burning");
    // The same content, of another site.
    mixed[19] = Entity {
        site: "blog".into(),
        ..store(7, 1, "burning")
    };
    publish(&load, [group(1, &mixed), group(2, &[store(21, 1, "open")])]).await;
    load.wait_for_metric("quarantined_total{reason=\"database\"} 2").await;
    wait_for("the others", async || rows(&setup).await == 19).await;
    let aside = quarantined(&setup).await;
    let sites: Vec<_> = aside.iter().map(|row| row["site"].as_str().unwrap()).collect();
    assert_eq!(sites, ["blog", "shop"]);
    for row in &aside {
        assert_eq!((&row["code"], &row["group"]), (&json!(469), &json!("1")));
    }
    load.stop().await.unwrap();
}

#[tokio::test]
async fn is_loud_about_what_the_database_will_not_have() {
    let setup = Setup::new().await;
    let rename = async |from: &str, to: &str| {
        let sql = format!("RENAME TABLE {from} TO {to}");
        setup.warehouse.execute(&sql, &[]).await.unwrap();
    };
    let load = setup.load(&setup.engine).await;
    rename("entities", "elsewhere").await;
    publish(&load, [all_stores(0)]).await;
    let blocked = || load.labelled("blocked_seconds{work=\"entities\"}").unwrap_or_default();
    wait_for("the gauge to grow", async || blocked() > 0.1).await;
    rename("elsewhere", "entities").await;
    load.wait_for_metric(&counted("new", 45)).await;
    wait_for("the gauge to fall", async || blocked() == 0.0).await;
    let ready = Readiness {
        queue: true,
        warehouse: true,
    };
    assert_eq!(load.readiness(), ready);
    load.stop().await.unwrap();
}

/// That the broker does give it up, and with these headers, is tested with the queue.
#[tokio::test]
async fn keeps_what_the_broker_gave_up_and_what_is_foreign() {
    let rabbitmq = RabbitMq::start().await.unwrap();
    let mut setup = Setup::new().await;
    setup.queue = queue::Settings::rabbitmq(rabbitmq.url());
    let load = setup.load(&setup.engine).await;
    let publish_both = r#"
        Text = fun(Name, Value) -> {Name, longstr, Value} end,
        Headers = [Text(<<"x-first-death-queue">>, <<"clickpath.entities">>), Text(<<"x-first-death-reason">>, <<"delivery_limit">>)],
        Exchange = rabbit_misc:r(<<"/">>, exchange, <<>>),
        rabbit_basic:publish(Exchange, <<"clickpath.quarantine">>, [{headers, Headers}], <<"deadly">>),
        rabbit_basic:publish(Exchange, <<"clickpath.entities">>, [], <<"{}">>).
    "#;
    rabbitmq.control(&["eval", publish_both]).unwrap();
    load.wait_for_metric("records_total 2").await;
    let sql = "SELECT reason, form, accepted, bytes FROM quarantine ORDER BY reason";
    let expect = [
        json!({"reason": "delivery_limit", "form": "group", "accepted": false, "bytes": "deadly"}),
        json!({"reason": "unreadable", "form": "message", "accepted": false, "bytes": "{}"}),
    ];
    assert_eq!(setup.rows(sql).await, expect);
    load.stop().await.unwrap();
}
