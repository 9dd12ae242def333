//! Reports that somebody saved under a name: table `saved_reports`.

use serde::Deserialize;
use uuid::Uuid;

use crate::column::{LowCardinality, Milliseconds};
use crate::{Warehouse, WarehouseError};

const PAGE: &str = include_str!("../../sql/resources/page.sql");
const COUNT: &str = "SELECT count() AS n FROM saved_reports";

crate::column::row! {
    /// One row of `saved_reports` (`sql/migrations/0021_saved_reports.sql`).
    SavedReportRow<'a>,
    /// Rows of `saved_reports` by column.
    SavedReportColumns as saved_report_columns,
    id: Uuid,
    created_at: Milliseconds,
    /// The key's name.
    created_by: LowCardinality<'a>,
    name: &'a str,
    metric: LowCardinality<'a>,
    /// Empty where the metric has none.
    site: LowCardinality<'a>,
    /// A JSON object of texts, as a report's query parameters.
    parameters: &'a str,
}

/// A saved report as it is read; fields as in [`SavedReportRow`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SavedReport {
    pub id: String,
    /// Unix milliseconds.
    pub created_ms: i64,
    pub created_by: String,
    pub name: String,
    pub metric: String,
    pub site: String,
    pub parameters: String,
}

/// Which saved reports are meant.
#[derive(Debug, Clone, Default)]
pub struct SavedReportFilter<'f> {
    pub id: Option<Uuid>,
    /// Of these sites; `None` is all, and those without a site.
    pub sites: Option<&'f [String]>,
    /// Saved before this one: Unix milliseconds and id.
    pub before: Option<(i64, Uuid)>,
}

impl Warehouse {
    /// Keeps a report; a second call with the same id changes nothing.
    pub async fn insert_saved_report(&self, row: &SavedReportRow<'_>) -> Result<(), WarehouseError> {
        let mut columns = SavedReportColumns::default();
        columns.push(row);
        let token = row.id.to_string();
        self.insert("saved_reports", SavedReportRow::COLUMNS, &columns.finish(), &token)
            .await
    }

    /// Up to `limit` saved reports, latest first.
    pub async fn saved_reports(
        &self,
        filter: &SavedReportFilter<'_>,
        limit: u32,
    ) -> Result<Vec<SavedReport>, WarehouseError> {
        let flag = |on: bool| if on { "1" } else { "0" };
        let sites = serde_json::to_string(filter.sites.unwrap_or_default()).map_err(WarehouseError::Answer)?;
        let (before_ms, before_id) = filter.before.unwrap_or((i64::MAX, Uuid::max()));
        let parameters = [
            ("any_id", flag(filter.id.is_none())),
            ("id", &*filter.id.unwrap_or_default().to_string()),
            ("all", flag(filter.sites.is_none())),
            ("sites", &*sites),
            ("before_ms", &*before_ms.to_string()),
            ("before_id", &*before_id.to_string()),
            ("limit", &*limit.to_string()),
        ];
        self.rows(PAGE, &parameters).await
    }

    /// How many there are.
    pub async fn count_saved_reports(&self) -> Result<u64, WarehouseError> {
        #[derive(Deserialize)]
        struct Count {
            n: u64,
        }
        let counts: Vec<Count> = self.rows(COUNT, &[]).await?;
        Ok(counts.iter().map(|count| count.n).sum())
    }
}
