//! How far down a page was seen, as bands over its height.

use crate::rows::ReachRow;

/// From one share of the page's height to another, both 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Band {
    pub(crate) from: f64,
    pub(crate) to: f64,
    /// Of the visits, those that saw the band's lower edge.
    pub(crate) share: f64,
}

/// A line with words: at this share of the height.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Line {
    pub(crate) at: f64,
    pub(crate) share: f64,
}

/// The bands between the percents of the rows, from the top down.
pub(crate) fn bands(rows: &[ReachRow]) -> Vec<Band> {
    let mut from = 0.0;
    let band = |row: &ReachRow| {
        let to = row.percent / 100.0;
        let band = Band {
            from,
            to,
            share: row.share,
        };
        from = to;
        band
    };
    rows.iter().map(band).collect()
}

/// Every tenth of the height.
pub(crate) fn lines(rows: &[ReachRow]) -> Vec<Line> {
    let tenths = rows.iter().filter(|row| row.percent % 10.0 == 0.0);
    let line = |row: &ReachRow| Line {
        at: row.percent / 100.0,
        share: row.share,
    };
    tenths.map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_lie_one_below_the_other() {
        let row = |percent: f64, share: f64| ReachRow {
            percent,
            pages: 8,
            share,
        };
        let rows = [row(45.0, 1.0), row(50.0, 0.5), row(100.0, 0.25)];
        let found = bands(&rows);
        let edges: Vec<_> = found.iter().map(|band| (band.from, band.to)).collect();
        assert_eq!(edges, [(0.0, 0.45), (0.45, 0.5), (0.5, 1.0)]);
        assert_eq!(found[2].share, 0.25);
        let lines = lines(&rows);
        assert_eq!(lines.iter().map(|line| line.at).collect::<Vec<_>>(), [0.5, 1.0]);
    }
}
