//! The books against the real table: what is missing shows, and nothing else does.

use event::{EnrichedEvent, Timestamp};
use uuid::Uuid;
use warehouse::{
    EventRow, Ledger, LedgerEntry, LedgerMarkRow, LedgerRow, LowCardinality, Milliseconds, QuarantineFilter,
    QuarantineRow, Seconds, Warehouse,
};

use crate::database;
use crate::sample::bare;

/// 2026-11-22T10:00:00Z.
const MINUTE: u32 = 1_795_341_600;
const MINUTE_MS: i64 = MINUTE as i64 * 1_000;
const GATEWAY: Uuid = Uuid::from_u128(0xa);
const LOADER: Uuid = Uuid::from_u128(0xb);
const GROUP: Uuid = Uuid::from_u128(0xc);

struct Books {
    warehouse: Warehouse,
}

impl Books {
    async fn new() -> Self {
        Self {
            warehouse: database().await,
        }
    }

    async fn count(&self, stage: &str, writer: Uuid, counter: &str, count: u64) {
        let row = LedgerRow {
            minute: Seconds(MINUTE),
            site: LowCardinality("shop"),
            stage: LowCardinality(stage),
            writer,
            counter: LowCardinality(counter),
            count,
            at: Milliseconds(MINUTE_MS),
        };
        let token = format!("{writer} {counter} {count}");
        self.warehouse.insert_ledger(&[row], &token).await.unwrap();
    }

    /// What a gateway writes after `accepted` and `rejected` events.
    async fn gateway(&self, accepted: u64, rejected: u64) {
        self.count("gateway", GATEWAY, "received", accepted + rejected).await;
        self.count("gateway", GATEWAY, "accepted", accepted).await;
        self.count("gateway", GATEWAY, "rejected", rejected).await;
    }

    async fn store(&self, ids: &[u128]) {
        let events: Vec<_> = ids.iter().map(|id| received(*id)).collect();
        let rows: Vec<_> = events.iter().map(|event| EventRow::new(event, GROUP)).collect();
        let token = format!("{ids:?}");
        self.warehouse.insert_events(&rows, &token).await.unwrap();
    }

    async fn mark(&self, writer: Uuid, mark: &str, until_ms: i64, at_ms: i64) {
        let row = LedgerMarkRow {
            writer,
            mark: LowCardinality(mark),
            until: Milliseconds(until_ms),
            at: Milliseconds(at_ms),
        };
        let token = format!("{writer} {mark} {at_ms}");
        self.warehouse.insert_ledger_marks(&[row], &token).await.unwrap();
    }

    /// The loader has stored what came before `minutes` after the minute's begin.
    async fn settle(&self, minutes: i64) {
        let until = MINUTE_MS + minutes * 60_000;
        self.mark(LOADER, "settled", until, until).await;
    }

    async fn put_aside(&self, id: u128, accepted: bool) {
        let row = QuarantineRow {
            accepted,
            received_at: Milliseconds(MINUTE_MS + 5),
            ..crate::quarantine::row(id)
        };
        self.warehouse
            .insert_quarantine(&[row], &format!("{id}"))
            .await
            .unwrap();
    }

    async fn ledger(&self) -> Ledger {
        let ledger = self
            .warehouse
            .ledger(None, MINUTE_MS - 3_600_000, MINUTE_MS + 3_600_000);
        ledger.await.unwrap()
    }

    #[track_caller]
    fn check(ledger: &Ledger, expected: LedgerEntry) {
        assert_eq!(ledger.entries, [expected]);
        for entry in &ledger.entries {
            let there =
                entry.stored + entry.duplicates + entry.quarantined + entry.erased + entry.in_flight + entry.gap;
            assert_eq!(entry.accepted + entry.unreported, there, "{entry:?}");
        }
    }
}

/// An event received in the minute.
fn received(id: u128) -> EnrichedEvent<'static> {
    let mut event = bare(id);
    event.received_at = Timestamp(MINUTE_MS + 59_999);
    event
}

fn entry() -> LedgerEntry {
    LedgerEntry {
        site: "shop".to_owned(),
        minute: MINUTE,
        received: 0,
        accepted: 0,
        rejected: 0,
        deferred: 0,
        stored: 0,
        duplicates: 0,
        quarantined: 0,
        erased: 0,
        in_flight: 0,
        unreported: 0,
        gap: 0,
    }
}

#[tokio::test]
async fn balances_when_all_is_stored() {
    let books = Books::new().await;
    books.gateway(3, 1).await;
    books.count("gateway", GATEWAY, "deferred", 2).await;
    books.store(&[1, 2, 3]).await;
    books.settle(1).await;
    let ledger = books.ledger().await;
    let expected = LedgerEntry {
        received: 4,
        accepted: 3,
        rejected: 1,
        deferred: 2,
        stored: 3,
        ..entry()
    };
    Books::check(&ledger, expected);
    assert_eq!(ledger.settled_until_ms, Some(MINUTE_MS + 60_000));
    assert_eq!(ledger.gap(), 0);
}

#[tokio::test]
async fn shows_a_row_deleted_by_hand() {
    let books = Books::new().await;
    books.gateway(3, 0).await;
    books.store(&[1, 2, 3]).await;
    books.settle(1).await;
    assert_eq!(books.ledger().await.gap(), 0);
    let id = Uuid::from_u128(2).to_string();
    let parameters = [("id", &*id)];
    books
        .warehouse
        .execute("DELETE FROM events WHERE id = {id:UUID}", &parameters)
        .await
        .unwrap();
    let ledger = books.ledger().await;
    assert_eq!(ledger.gap(), 1);
    Books::check(
        &ledger,
        LedgerEntry {
            received: 3,
            accepted: 3,
            stored: 2,
            gap: 1,
            ..entry()
        },
    );
}

#[tokio::test]
async fn waits_for_an_unsettled_minute() {
    let books = Books::new().await;
    books.gateway(3, 0).await;
    books.store(&[1]).await;
    let flying = LedgerEntry {
        received: 3,
        accepted: 3,
        stored: 1,
        in_flight: 2,
        ..entry()
    };
    Books::check(&books.ledger().await, flying.clone());
    assert_eq!(books.ledger().await.settled_until_ms, None);
    books
        .mark(LOADER, "settled", MINUTE_MS + 59_999, MINUTE_MS + 59_999)
        .await;
    Books::check(&books.ledger().await, flying.clone());
    books.settle(1).await;
    Books::check(
        &books.ledger().await,
        LedgerEntry {
            in_flight: 0,
            gap: 2,
            ..flying
        },
    );
}

#[tokio::test]
async fn keeps_minutes_open_for_a_spool() {
    let books = Books::new().await;
    books.gateway(2, 0).await;
    books.store(&[1]).await;
    let (later, other) = (MINUTE_MS + 120_000, Uuid::from_u128(0xd));
    books.settle(2).await;
    books.mark(GATEWAY, "spool", MINUTE_MS + 30_000, later).await;
    books.mark(other, "spool", LedgerMarkRow::NEVER.0, later).await;
    let ledger = books.ledger().await;
    assert_eq!(ledger.settled_until_ms, Some(MINUTE_MS + 30_000));
    let flying = LedgerEntry {
        received: 2,
        accepted: 2,
        stored: 1,
        in_flight: 1,
        ..entry()
    };
    Books::check(&ledger, flying.clone());
    // The spool is empty: it holds nothing open.
    books
        .mark(GATEWAY, "spool", LedgerMarkRow::NEVER.0, later + 2_000)
        .await;
    Books::check(
        &books.ledger().await,
        LedgerEntry {
            in_flight: 0,
            gap: 1,
            ..flying
        },
    );
}

#[tokio::test]
async fn forgets_the_spool_of_a_silent_gateway() {
    let books = Books::new().await;
    books.gateway(1, 0).await;
    books.mark(GATEWAY, "spool", MINUTE_MS, MINUTE_MS + 60_000).await;
    books.settle(11).await;
    assert_eq!(
        books.ledger().await.settled_until_ms,
        Some(MINUTE_MS),
        "silent for ten minutes"
    );
    books.settle(12).await;
    let ledger = books.ledger().await;
    assert_eq!(ledger.settled_until_ms, Some(MINUTE_MS + 12 * 60_000));
    assert_eq!(ledger.gap(), 1);
}

#[tokio::test]
async fn adds_writers_and_keeps_their_highest_counts() {
    let books = Books::new().await;
    for (accepted, writer) in [(2, GATEWAY), (1, GATEWAY), (3, Uuid::from_u128(0xe)), (2, GATEWAY)] {
        books.count("gateway", writer, "accepted", accepted).await;
    }
    books.store(&[1, 2, 3, 4, 5]).await;
    Books::check(
        &books.ledger().await,
        LedgerEntry {
            accepted: 5,
            stored: 5,
            ..entry()
        },
    );
}

#[tokio::test]
async fn counts_copies_and_duplicates_once() {
    let books = Books::new().await;
    books.gateway(4, 0).await;
    books.store(&[1, 2]).await;
    // The same rows in another cut: not merged yet, and no second event.
    books.store(&[2, 1, 3]).await;
    let batch = Uuid::from_u128(0xf);
    for _ in 0..2 {
        books.count("loader", batch, "duplicate", 1).await;
    }
    books.settle(1).await;
    let expected = LedgerEntry {
        received: 4,
        accepted: 4,
        stored: 3,
        duplicates: 1,
        ..entry()
    };
    Books::check(&books.ledger().await, expected);
}

#[tokio::test]
async fn counts_quarantined_events_once() {
    let books = Books::new().await;
    books.gateway(3, 1).await;
    books.store(&[1, 2]).await;
    books.put_aside(3, true).await;
    // Refused before it had a receipt: it is no accepted event.
    books.put_aside(4, false).await;
    books.settle(1).await;
    let aside = LedgerEntry {
        received: 4,
        accepted: 3,
        rejected: 1,
        stored: 2,
        quarantined: 1,
        ..entry()
    };
    Books::check(&books.ledger().await, aside.clone());
    // Sent again and stored, with its own received_at.
    let page = books
        .warehouse
        .quarantined(&QuarantineFilter::default(), None, 10)
        .await
        .unwrap();
    books
        .warehouse
        .mark_replayed(&page, Milliseconds(MINUTE_MS + 600_000))
        .await
        .unwrap();
    Books::check(&books.ledger().await, aside.clone());
    books.store(&[3]).await;
    Books::check(
        &books.ledger().await,
        LedgerEntry {
            stored: 3,
            quarantined: 0,
            ..aside
        },
    );
}

#[tokio::test]
async fn says_what_a_killed_gateway_did_not_count() {
    let books = Books::new().await;
    books.gateway(1, 0).await;
    books.store(&[1, 2, 3]).await;
    books.settle(1).await;
    let ledger = books.ledger().await;
    Books::check(
        &ledger,
        LedgerEntry {
            received: 1,
            accepted: 1,
            stored: 3,
            unreported: 2,
            ..entry()
        },
    );
    assert_eq!(ledger.gap(), 0);
}

#[tokio::test]
async fn keeps_sites_and_minutes_apart() {
    let books = Books::new().await;
    books.gateway(2, 0).await;
    let mut next = received(2);
    next.received_at.0 += 1;
    let mut elsewhere = received(3);
    elsewhere.event.site = "other".into();
    let events = [received(1), next, elsewhere];
    let rows: Vec<_> = events.iter().map(|event| EventRow::new(event, GROUP)).collect();
    books.warehouse.insert_events(&rows, "rows").await.unwrap();
    books.settle(1).await;
    let found = async |site, from, to| {
        let ledger = books.warehouse.ledger(site, from, to).await.unwrap();
        let entries = ledger.entries.into_iter();
        entries
            .map(|entry| (entry.site, entry.minute, entry.stored, entry.gap, entry.unreported))
            .collect::<Vec<_>>()
    };
    let row = |site: &str, minute, stored, gap, unreported| (site.to_owned(), minute, stored, gap, unreported);
    let all = [
        row("other", MINUTE, 1, 0, 1),
        row("shop", MINUTE, 1, 1, 0),
        row("shop", MINUTE + 60, 1, 0, 1),
    ];
    assert_eq!(found(None, MINUTE_MS, MINUTE_MS + 60_001).await, all);
    assert_eq!(found(Some("shop"), MINUTE_MS, MINUTE_MS + 120_000).await, all[1..]);
    assert_eq!(found(None, MINUTE_MS + 1, MINUTE_MS + 120_000).await, all[2..]);
    assert_eq!(found(Some("it's"), MINUTE_MS, MINUTE_MS + 120_000).await, []);
}
