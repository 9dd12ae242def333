//! Metrics: one query each, in `sql/metrics/<name>.sql`.
//!
//! The file starts with a header of comment lines (`-- title: …`, `unit`, `definition`, `grain`, `chart`, `parameters`). The query's
//! parameters are ClickHouse's own: `{site:String}`. `parameters` lists them by name, with ` = ` and a value where one need not
//! be given: `site, from, to, steps = page_view,order_paid`.

use std::sync::LazyLock;

use bytes::Bytes;
use rust_embed::RustEmbed;
use serde::Serialize;

use crate::error::DATA_CODES;
use crate::{ReportFormat, Warehouse, WarehouseError};

#[derive(RustEmbed)]
#[folder = "../sql/metrics"]
struct Files;

/// A metric as its file describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Metric {
    /// The file's name without `.sql`.
    pub name: String,
    pub title: String,
    pub unit: String,
    /// One sentence.
    pub definition: String,
    /// What one row of the answer is.
    pub grain: String,
    pub chart: String,
    /// In the order of their first use; one without a default must be given.
    pub parameters: Vec<Parameter>,
    #[serde(skip)]
    pub sql: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Parameter {
    pub name: String,
    /// A type of ClickHouse, for example `UInt32` or `DateTime64(3, 'UTC')`.
    pub r#type: String,
    /// What it is when it is not given, in the form in which it would be; may be empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum MetricError {
    #[error("no metric is named {0:?}")]
    UnknownMetric(String),
    #[error("metric {metric} needs the parameter {name}, of type {type_name}")]
    MissingParameter {
        metric: String,
        name: String,
        type_name: String,
    },
    #[error("metric {metric} has no parameter {name:?}")]
    UnknownParameter { metric: String, name: String },
    /// The database's words name parameter, value and type.
    #[error("parameter of metric {metric} has the wrong type: {message}")]
    IllTypedParameter { metric: String, message: String },
    #[error(transparent)]
    Warehouse(WarehouseError),
}

/// All metrics, by name.
pub fn metrics() -> &'static [Metric] {
    static METRICS: LazyLock<Vec<Metric>> = LazyLock::new(|| {
        let mut metrics: Vec<_> = Files::iter().filter_map(|file| read(&file)).collect();
        metrics.sort_by(|one, other| one.name.cmp(&other.name));
        metrics
    });
    &METRICS
}

fn read(file: &str) -> Option<Metric> {
    let name = file.strip_suffix(".sql")?;
    let bytes = Files::get(file)?.data;
    Some(Metric::parse(name, &String::from_utf8_lossy(&bytes)))
}

impl Metric {
    /// Reads a metric's file.
    pub fn parse(name: &str, sql: &str) -> Self {
        let mut metric = Self {
            name: name.to_owned(),
            parameters: parameters(sql),
            sql: sql.to_owned(),
            ..Self::default()
        };
        for line in sql.lines() {
            let Some((key, value)) = line.strip_prefix("-- ").and_then(|line| line.split_once(':')) else {
                break;
            };
            let value = value.trim().to_owned();
            match key {
                "title" => metric.title = value,
                "unit" => metric.unit = value,
                "definition" => metric.definition = value,
                "grain" => metric.grain = value,
                "chart" => metric.chart = value,
                // The query's own are what counts; a test compares the two.
                "parameters" => metric.take_defaults(&value),
                _ => {}
            }
        }
        metric
    }

    fn take_defaults(&mut self, listed: &str) {
        for (name, default) in listed.split(", ").filter_map(|one| one.split_once(" =")) {
            let found = self.parameters.iter_mut().find(|parameter| parameter.name == name);
            if let Some(parameter) = found {
                parameter.default = Some(default.trim().to_owned());
            }
        }
    }

    /// What is given, and the defaults of what is not.
    pub(crate) fn complete<'a>(&'a self, given: &[(&'a str, &'a str)]) -> Result<Vec<(&'a str, &'a str)>, MetricError> {
        self.check(given)?;
        let absent = |parameter: &&Parameter| given.iter().all(|(name, _)| *name != parameter.name);
        let defaults = self.parameters.iter().filter(absent).filter_map(|parameter| {
            let default = parameter.default.as_deref()?;
            Some((parameter.name.as_str(), default))
        });
        Ok(given.iter().copied().chain(defaults).collect())
    }

    /// The query itself is tested: a value that does not read as its type came with the parameters.
    pub(crate) fn blame(&self, error: WarehouseError) -> MetricError {
        const CANNOT_READ_ALL_DATA: i32 = 33;
        const BAD_QUERY_PARAMETER: i32 = 457;
        match error {
            WarehouseError::Exception { code, message }
                if [CANNOT_READ_ALL_DATA, BAD_QUERY_PARAMETER].contains(&code) || DATA_CODES.contains(&code) =>
            {
                MetricError::IllTypedParameter {
                    metric: self.name.clone(),
                    message,
                }
            }
            error => MetricError::Warehouse(error),
        }
    }

    fn check(&self, given: &[(&str, &str)]) -> Result<(), MetricError> {
        let known = |name: &str| self.parameters.iter().any(|parameter| parameter.name == name);
        if let Some((name, _)) = given.iter().find(|(name, _)| !known(name)) {
            return Err(MetricError::UnknownParameter {
                metric: self.name.clone(),
                name: (*name).to_owned(),
            });
        }
        let missing = |parameter: &&Parameter| {
            parameter.default.is_none() && given.iter().all(|(name, _)| *name != parameter.name)
        };
        match self.parameters.iter().find(missing) {
            Some(parameter) => Err(MetricError::MissingParameter {
                metric: self.name.clone(),
                name: parameter.name.clone(),
                type_name: parameter.r#type.clone(),
            }),
            None => Ok(()),
        }
    }
}

/// The `{name:Type}` of a query; a brace in a comment or a text would count too, and metrics have none.
fn parameters(sql: &str) -> Vec<Parameter> {
    let mut found: Vec<Parameter> = Vec::new();
    for piece in sql.split('{').skip(1) {
        let Some((inside, _)) = piece.split_once('}') else {
            continue;
        };
        let Some((name, type_name)) = inside.split_once(':') else {
            continue;
        };
        let name = name.trim();
        if found.iter().all(|parameter| parameter.name != name) {
            found.push(Parameter {
                name: name.to_owned(),
                r#type: type_name.trim().to_owned(),
                default: None,
            });
        }
    }
    found
}

impl Warehouse {
    /// Runs the metric of that name from `sql/metrics/` and returns `FORMAT JSON`.
    pub async fn metric(&self, name: &str, parameters: &[(&str, &str)]) -> Result<Bytes, MetricError> {
        let metric = metrics()
            .iter()
            .find(|metric| metric.name == name)
            .ok_or_else(|| MetricError::UnknownMetric(name.to_owned()))?;
        self.report(metric, parameters, ReportFormat::Json).await
    }
}
