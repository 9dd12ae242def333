use warehouse::Metric;

use crate::chart::Chart;
use crate::shown::{Shown, shown};

/// Columns of every grid here; Superset has half as many.
pub const GRID_COLUMNS: u8 = 24;

/// Who shows dashboards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    Metabase,
    Superset,
    Grafana,
}

/// A dashboard as each of its tools gets it.
#[derive(Debug, Clone, Copy)]
pub struct Dashboard {
    /// Names the files and is what ids are made of: never changed.
    pub key: &'static str,
    pub title: &'static str,
    pub description: &'static str,
    pub tools: &'static [Tool],
    pub tabs: &'static [Tab],
}

/// One page of a dashboard.
#[derive(Debug, Clone, Copy)]
pub struct Tab {
    pub title: &'static str,
    pub cards: &'static [Card],
}

/// One chart; its title tells it from the others of its dashboard.
#[derive(Debug, Clone, Copy)]
pub struct Card {
    pub source: Source,
    /// Instead of the metric's own.
    title: Option<&'static str>,
    chart: Option<Chart>,
    /// The metric's columns to draw, instead of its usual ones.
    values: Option<&'static [&'static str]>,
    /// Of [`GRID_COLUMNS`].
    pub width: u8,
    /// Only this last part of the period, where the tool can say so: `24h`.
    pub last: Option<&'static str>,
}

/// Whom a card asks, and what.
#[derive(Debug, Clone, Copy)]
pub enum Source {
    /// A file of `sql/metrics/` and its own parameters.
    Metric {
        name: &'static str,
        own: &'static [(&'static str, &'static str)],
    },
    /// A question to ClickHouse that is no metric, one row with one column named `count`, and what it must come to.
    Sql {
        sql: &'static str,
        description: &'static str,
        /// From here on the number is as it should be.
        at_least: u32,
    },
    /// Questions to Prometheus, each with its legend.
    Prometheus {
        queries: &'static [(&'static str, &'static str)],
        description: &'static str,
        /// Grafana's name of it.
        unit: &'static str,
    },
}

/// Where a card lies on the grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub row: u32,
    pub column: u8,
    pub width: u8,
    pub height: u8,
}

/// A card of that metric.
pub const fn metric(name: &'static str, width: u8) -> Card {
    Card {
        source: Source::Metric { name, own: &[] },
        title: None,
        chart: None,
        values: None,
        width,
        last: None,
    }
}

impl Card {
    /// A card of something else than a metric.
    pub const fn of(source: Source, title: &'static str, chart: Chart, width: u8) -> Self {
        Self {
            source,
            title: Some(title),
            chart: Some(chart),
            values: None,
            width,
            last: None,
        }
    }

    pub const fn titled(mut self, title: &'static str) -> Self {
        self.title = Some(title);
        self
    }

    pub const fn drawn_as(mut self, chart: Chart) -> Self {
        self.chart = Some(chart);
        self
    }

    pub const fn showing(mut self, values: &'static [&'static str]) -> Self {
        self.values = Some(values);
        self
    }

    pub const fn last(mut self, part: &'static str) -> Self {
        self.last = Some(part);
        self
    }

    /// With parameters of the metric's own.
    pub const fn with(mut self, given: &'static [(&'static str, &'static str)]) -> Self {
        if let Source::Metric { name, .. } = self.source {
            self.source = Source::Metric { name, own: given };
        }
        self
    }

    /// The metric that it shows, if it shows one.
    pub fn metric(&self) -> Option<&'static Metric> {
        let Source::Metric { name, .. } = self.source else {
            return None;
        };
        let found = warehouse::metrics().iter().find(|metric| metric.name == name);
        Some(found.expect("a test looks for the metric of each card"))
    }

    pub fn title(&self) -> &'static str {
        let of_metric = || self.metric().map_or("", |metric| &metric.title);
        self.title.unwrap_or_else(of_metric)
    }

    /// What it counts, in the words of the metric's definition.
    pub fn description(&self) -> String {
        match &self.source {
            Source::Sql { description, .. } | Source::Prometheus { description, .. } => (*description).to_owned(),
            Source::Metric { name, own } => {
                let definition = self.metric().map_or("", |metric| &metric.definition);
                let own: String = own.iter().map(|(name, value)| format!(" {name} = {value}.")).collect();
                format!("{definition}{own} [{name}]")
            }
        }
    }

    pub fn chart(&self) -> Chart {
        let of_metric = || Chart::named(&self.metric()?.chart);
        self.chart
            .or_else(of_metric)
            .expect("a test reads the chart of each metric")
    }

    pub fn shown(&self) -> Shown {
        match &self.source {
            Source::Metric { name, .. } => {
                let usual = shown(name);
                Shown {
                    values: self.values.unwrap_or(usual.values),
                    ..usual
                }
            }
            Source::Sql { .. } => Shown {
                by: &[],
                values: &["count"],
                also: &[],
            },
            Source::Prometheus { .. } => Shown {
                by: &[],
                values: &[],
                also: &[],
            },
        }
    }

    fn height(&self) -> u8 {
        match self.chart() {
            Chart::Number => 4,
            Chart::Table | Chart::BarTable | Chart::Heatmap | Chart::Cohorts => 10,
            _ => 8,
        }
    }
}

impl Tab {
    /// Its cards from left to right, a new row where one does not fit beside the last.
    pub fn places(&self) -> Vec<(&'static Card, Place)> {
        let (mut row, mut column, mut tallest) = (0, 0, 0);
        let mut placed: Vec<(&'static Card, Place)> = Vec::new();
        for card in self.cards {
            if column + card.width > GRID_COLUMNS {
                row += u32::from(tallest);
                (column, tallest) = (0, 0);
            }
            let place = Place {
                row,
                column,
                width: card.width,
                height: card.height(),
            };
            column += card.width;
            tallest = tallest.max(place.height);
            placed.push((card, place));
        }
        level(&mut placed);
        placed
    }
}

/// Makes cards of one row equally high.
fn level(placed: &mut [(&'static Card, Place)]) {
    for of_row in placed.chunk_by_mut(|(_, one), (_, other)| one.row == other.row) {
        let height = of_row.iter().map(|(_, place)| place.height).max().unwrap_or(0);
        of_row.iter_mut().for_each(|(_, place)| place.height = height);
    }
}

impl Dashboard {
    pub fn cards(&self) -> impl Iterator<Item = &'static Card> {
        self.tabs.iter().flat_map(|tab| tab.cards)
    }

    pub fn is_for(&self, tool: Tool) -> bool {
        self.tools.contains(&tool)
    }

    /// A stable name of one of its cards.
    pub fn card_key(&self, card: &Card) -> String {
        format!("{}/{}", self.key, card.title())
    }
}
