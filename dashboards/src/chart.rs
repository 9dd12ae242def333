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
    /// A table for what has no picture of its own.
    pub fn named(name: &str) -> Self {
        match name {
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
            _ => Self::Table,
        }
    }
}
