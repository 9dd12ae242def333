/// How a card is drawn; the words are those of the `chart` line in a metric's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chart {
    Number,
    Line,
    Bars,
    StackedBars,
    Pie,
    Map,
    Table,
    /// A table whose main number is a bar too.
    BarTable,
    Funnel,
    Heatmap,
    Sankey,
    /// First day by days since.
    Cohorts,
}

impl Chart {
    /// `None` for a word that no metric's header has.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "number" => Self::Number,
            "line" => Self::Line,
            "bars" => Self::Bars,
            "stacked bars" => Self::StackedBars,
            "pie" => Self::Pie,
            "map" => Self::Map,
            "table with bars" => Self::BarTable,
            "funnel" => Self::Funnel,
            "heatmap" => Self::Heatmap,
            "sankey" => Self::Sankey,
            "cohort table" => Self::Cohorts,
            "table" | "list" => Self::Table,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Chart;

    #[test]
    fn knows_the_chart_of_each_metric() {
        for metric in warehouse::metrics() {
            assert!(
                Chart::named(&metric.chart).is_some(),
                "{}: {}",
                metric.name,
                metric.chart
            );
        }
    }
}
