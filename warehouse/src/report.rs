use bytes::Bytes;

use crate::{Metric, MetricError, Warehouse};

/// How a metric's rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportFormat {
    /// ClickHouse's `JSON`: `meta`, `data`, `rows`.
    Json,
    /// ClickHouse's `CSVWithNames`: texts are quoted, numbers are not, no value is `\N`.
    Csv,
}

impl ReportFormat {
    fn name(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Csv => "CSVWithNames",
        }
    }
}

impl Warehouse {
    /// Runs a metric; parameters that are not given have their defaults.
    pub async fn report(
        &self,
        metric: &Metric,
        parameters: &[(&str, &str)],
        format: ReportFormat,
    ) -> Result<Bytes, MetricError> {
        self.report_of(metric, parameters, None, format).await
    }

    /// The same over some rows of the tables: `seen` is a value of ClickHouse's setting `additional_table_filters`.
    pub async fn report_of(
        &self,
        metric: &Metric,
        parameters: &[(&str, &str)],
        seen: Option<&str>,
        format: ReportFormat,
    ) -> Result<Bytes, MetricError> {
        let parameters = metric.complete(parameters)?;
        let seen = seen.map(|seen| ("additional_table_filters", seen));
        let answer = self
            .read_with(&metric.sql, &parameters, seen.as_slice(), format.name())
            .await;
        answer.map(Bytes::from).map_err(|error| metric.blame(error))
    }
}
