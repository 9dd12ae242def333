//! What a mart makes of the rows: one that follows the rule of `sql/migrations` and counts distinct ids, and one that breaks it
//! and counts every row that is inserted, to see when rows are.

use crate::setup::Setup;

const MARTS: [&str; 4] = [
    "CREATE TABLE distinct_ids (site String, ids AggregateFunction(uniqExact, UUID)) ENGINE = AggregatingMergeTree ORDER BY site",
    "CREATE MATERIALIZED VIEW mv_distinct_ids TO distinct_ids AS SELECT site, uniqExactState(id) AS ids FROM events GROUP BY site",
    "CREATE TABLE insertions (n UInt64) ENGINE = MergeTree ORDER BY tuple()",
    "CREATE MATERIALIZED VIEW mv_insertions TO insertions AS SELECT count() AS n FROM events",
];

impl Setup {
    pub(crate) async fn with_marts() -> Self {
        let setup = Self::new().await;
        for statement in MARTS {
            setup.warehouse.execute(statement, &[]).await.unwrap();
        }
        setup
    }

    /// What the mart says.
    pub(crate) async fn mart(&self) -> u64 {
        self.number("SELECT uniqExactMerge(ids) AS n FROM distinct_ids").await
    }

    /// Rows that went into the table, copies included.
    pub(crate) async fn insertions(&self) -> u64 {
        self.number("SELECT sum(n) AS n FROM insertions").await
    }

    /// Until it is made again, inserts end at the table as if they were cut off there.
    pub(crate) async fn cut_the_marts_off(&self) {
        let drop = "DROP VIEW mv_distinct_ids SYNC";
        self.warehouse.execute(drop, &[]).await.unwrap();
    }

    pub(crate) async fn mend_the_marts(&self) {
        self.warehouse.execute(MARTS[1], &[]).await.unwrap();
    }

    /// Duplicates in the ledger.
    pub(crate) async fn ledger_duplicates(&self) -> u64 {
        let sql = "SELECT sum(count) AS n FROM ledger FINAL WHERE stage = 'loader' AND counter = 'duplicate'";
        self.number(sql).await
    }
}
