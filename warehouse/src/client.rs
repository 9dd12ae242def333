use std::time::Duration;

use clickhouse::error::Error;
use clickhouse::query::Query;
use clickhouse::{Client, Compression, RowOwned, RowRead};
use serde::de::DeserializeOwned;

use crate::{Block, EventColumns, EventRow, QuarantineColumns, QuarantineRow, Settings, WarehouseError};

/// For statements that go through whole tables.
const LONG_WORK: Duration = Duration::from_hours(6);

/// A handle on the database; cheap to clone.
#[derive(Clone)]
pub struct Warehouse {
    client: Client,
    database: String,
    timeout: Duration,
    read_timeout: Duration,
    read_rows: u64,
    read_memory_bytes: u64,
}

impl Warehouse {
    /// Connects when first used.
    pub fn new(settings: &Settings) -> Self {
        let client = Client::default()
            .with_url(settings.url())
            .with_user(&settings.clickhouse_user)
            .with_password(&settings.clickhouse_password)
            .with_database(&settings.clickhouse_database)
            .with_compression(Compression::Lz4);
        Self {
            client,
            database: settings.clickhouse_database.clone(),
            timeout: settings.timeout(),
            read_timeout: settings.read_timeout(),
            read_rows: settings.clickhouse_read_rows,
            read_memory_bytes: settings.clickhouse_read_memory_bytes,
        }
    }

    /// Name of the database that holds the tables.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The same server and user with another database.
    pub(crate) fn in_database(&self, database: &str) -> Self {
        Self {
            client: self.client.clone().with_database(database),
            database: database.to_owned(),
            ..self.clone()
        }
    }

    /// Whether its tables are names for those of a cluster's shards (`migrate::cluster`), or those of one shard.
    pub async fn is_of_cluster(&self) -> Result<bool, WarehouseError> {
        #[derive(serde::Deserialize)]
        struct Found {
            n: u64,
        }
        const SQL: &str = "SELECT count() AS n FROM system.tables
            WHERE name = 'schema_migrations' AND engine = 'Distributed' AND (database = {database:String}
                OR position(engine_full, concat('\\'', {database:String}, '\\', \\'schema_migrations\\'')) > 0)";
        let found: Vec<Found> = self.in_database("").rows(SQL, &[("database", &self.database)]).await?;
        Ok(found.iter().any(|found| found.n > 0))
    }

    /// Answers when the database does.
    pub async fn ping(&self) -> Result<(), WarehouseError> {
        // Without the database's name: the server is there before its first migration.
        let client = self.client.clone().with_database("");
        self.within(self.read_timeout, client.query_raw("SELECT 1").execute())
            .await
    }

    /// Inserts one batch; a second call with the same token and rows changes nothing.
    pub async fn insert_events(&self, rows: &[EventRow<'_>], token: &str) -> Result<(), WarehouseError> {
        let mut columns = EventColumns::default();
        rows.iter().for_each(|row| columns.push(row));
        self.insert_event_block(&columns.finish(), token).await
    }

    /// [`Warehouse::insert_events`] of encoded rows.
    pub async fn insert_event_block(&self, block: &Block, token: &str) -> Result<(), WarehouseError> {
        self.insert("events", EventRow::COLUMNS, block, token).await
    }

    /// Puts refused events aside; a second call with the same token changes nothing.
    pub async fn insert_quarantine(&self, rows: &[QuarantineRow<'_>], token: &str) -> Result<(), WarehouseError> {
        let mut columns = QuarantineColumns::default();
        rows.iter().for_each(|row| columns.push(row));
        self.insert("quarantine", QuarantineRow::COLUMNS, &columns.finish(), token)
            .await
    }

    /// Runs a query with its `{name:Type}` parameters and reads each row of `FORMAT JSONEachRow` into `T`.
    pub async fn rows<T: DeserializeOwned>(
        &self,
        sql: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Vec<T>, WarehouseError> {
        let answer = self.read(sql, parameters, "JSONEachRow").await?;
        serde_json::Deserializer::from_slice(&answer)
            .into_iter()
            .collect::<Result<_, _>>()
            .map_err(WarehouseError::Answer)
    }

    pub(crate) async fn read(
        &self,
        sql: &str,
        parameters: &[(&str, &str)],
        format: &str,
    ) -> Result<Vec<u8>, WarehouseError> {
        self.read_with(sql, parameters, &[], format).await
    }

    /// With further settings of the engine.
    pub(crate) async fn read_with(
        &self,
        sql: &str,
        parameters: &[(&str, &str)],
        settings: &[(&str, &str)],
        format: &str,
    ) -> Result<Vec<u8>, WarehouseError> {
        let query = self
            .client
            .query_raw(sql)
            // Changes nothing but settings. What a query reads is tables: file(), url() and their like are for the server's grants
            // to close, as the embedded engine's are. Rows read have no limit of their own: time and memory bound them.
            .with_setting("readonly", "2")
            .with_setting("max_execution_time", self.read_timeout.as_secs_f64().to_string())
            .with_setting("max_memory_usage", self.read_memory_bytes.to_string())
            .with_setting("max_result_rows", self.read_rows.to_string())
            .with_setting("result_overflow_mode", "throw")
            // A question that reads a table twice, such as `events`, must not see a merge in between.
            .with_setting("enable_shared_storage_snapshot_in_query", "1")
            .with_setting("output_format_json_quote_64bit_integers", "0");
        let query = parameters
            .iter()
            .fold(query, |query, (name, value)| query.param(name, value));
        let query = settings
            .iter()
            .fold(query, |query, (name, value)| query.with_setting(*name, *value));
        // The server stops the query itself; this is for one that does not answer at all.
        let patience = self.read_timeout + Duration::from_secs(1);
        self.within(patience, async {
            query.fetch_bytes(format)?.collect().await.map(Into::into)
        })
        .await
    }

    /// A question of the program's own, of any size, whose rows arrive in binary form; [`Warehouse::fetch`] asks it.
    pub(crate) fn question(&self, sql: &str) -> Query {
        const STATEMENT_BYTES: &str = "1073741824";
        self.client
            .query_raw(sql)
            .with_setting("max_execution_time", self.timeout.as_secs_f64().to_string())
            .with_setting("max_query_size", STATEMENT_BYTES)
    }

    pub(crate) async fn fetch<T: RowOwned + RowRead>(&self, question: Query) -> Result<Vec<T>, WarehouseError> {
        self.answer(question.fetch_all()).await
    }

    /// Waits for the answer to a [`Warehouse::question`].
    pub(crate) async fn answer<T>(
        &self,
        answer: impl Future<Output = clickhouse::error::Result<T>>,
    ) -> Result<T, WarehouseError> {
        // The server stops the query itself; this is for one that does not answer at all.
        self.within(self.timeout + Duration::from_secs(1), answer).await
    }

    /// Runs a statement that returns nothing, with its `{name:Type}` parameters.
    pub async fn execute(&self, sql: &str, parameters: &[(&str, &str)]) -> Result<(), WarehouseError> {
        let query = with_parameters(self.client.query_raw(sql), parameters);
        self.within(self.timeout, query.execute()).await
    }

    /// Runs a statement of a migration: one that fills a mart goes through all rows of `events`.
    pub(crate) async fn change(&self, sql: &str) -> Result<(), WarehouseError> {
        self.work(sql, &[]).await
    }

    /// [`Warehouse::execute`] of a statement that may go through whole tables.
    pub(crate) async fn work(&self, sql: &str, parameters: &[(&str, &str)]) -> Result<(), WarehouseError> {
        let query = with_parameters(self.client.query_raw(sql), parameters);
        self.within(LONG_WORK, query.execute()).await
    }

    /// Hands out the rows of a question that may go through whole tables, each as a line of `FORMAT JSONEachRow`, as they arrive.
    /// After an error some were handed out.
    pub(crate) async fn lines<E: From<WarehouseError>>(
        &self,
        sql: &str,
        parameters: &[(&str, &str)],
        mut take: impl FnMut(&str) -> Result<(), E>,
    ) -> Result<(), E> {
        let query = with_parameters(self.client.query_raw(sql), parameters)
            .with_setting("output_format_json_quote_64bit_integers", "0");
        let mut cursor = query.fetch_bytes("JSONEachRow").map_err(WarehouseError::from)?;
        let mut rest = Vec::new();
        while let Some(chunk) = self.within(LONG_WORK, cursor.next()).await? {
            rest.extend_from_slice(&chunk);
            if let Some(end) = rest.iter().rposition(|byte| *byte == b'\n') {
                let tail = rest.split_off(end + 1);
                utf8(&rest)?.lines().try_for_each(&mut take)?;
                rest = tail;
            }
        }
        utf8(&rest)?.lines().try_for_each(take)
    }

    pub(crate) async fn create_database(&self) -> Result<(), WarehouseError> {
        let client = self.client.clone().with_database("");
        let query = client
            .query_raw("CREATE DATABASE IF NOT EXISTS {database:Identifier}")
            .param("database", &self.database);
        self.within(self.timeout, query.execute()).await
    }

    pub(crate) async fn insert(
        &self,
        table: &str,
        columns: &[(&str, &str)],
        block: &Block,
        token: &str,
    ) -> Result<(), WarehouseError> {
        let names: Vec<_> = columns.iter().map(|(name, _)| *name).collect();
        let mut insert = self
            .client
            .clone()
            // The block is compressed already.
            .with_compression(Compression::None)
            .insert_formatted_with(format!("INSERT INTO {table} ({}) FORMAT Native", names.join(", ")))
            .with_timeouts(Some(self.timeout), Some(self.timeout))
            .with_setting("decompress", "1")
            .with_setting("insert_deduplicate", "1")
            .with_setting("insert_deduplication_token", token)
            // A repetition of rows that are there goes into the marts all the same: the first may have ended before them. 26.7
            // does so by default, earlier servers only when told.
            .with_setting("deduplicate_blocks_in_dependent_materialized_views", "1")
            // The answer must come after the rows are in the table.
            .with_setting("async_insert", "0")
            // And, on a cluster, in the tables of all its shards.
            .with_setting("distributed_foreground_insert", "1")
            // Copies within one insert collapse at the merge like all others. To look for them at once cost two fifths of an
            // insert's CPU: 4.3 instead of 2.6 µs a row, in batches of 100,000 and with all marts.
            .with_setting("optimize_on_insert", "0")
            // One batch may hold events of many months: the server's limit of 100 would stop it for ever.
            .with_setting("max_partitions_per_insert_block", "0");
        for frame in block.frames() {
            insert.send(frame.clone()).await?;
        }
        Ok(insert.end().await?)
    }

    async fn within<T>(
        &self,
        patience: Duration,
        answer: impl Future<Output = clickhouse::error::Result<T>>,
    ) -> Result<T, WarehouseError> {
        match tokio::time::timeout(patience, answer).await {
            Ok(answer) => Ok(answer?),
            Err(_elapsed) => Err(WarehouseError::Timeout),
        }
    }
}

fn with_parameters(query: Query, parameters: &[(&str, &str)]) -> Query {
    parameters
        .iter()
        .fold(query, |query, (name, value)| query.param(name, value))
}

fn utf8(answer: &[u8]) -> Result<&str, WarehouseError> {
    let failed = |error: std::str::Utf8Error| WarehouseError::Protocol(Error::BadResponse(error.to_string()));
    str::from_utf8(answer).map_err(failed)
}
