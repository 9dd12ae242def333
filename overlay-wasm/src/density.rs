//! Clicks as a smooth field, and the field as colours.

use crate::anchor::Point;

/// CSS pixels to a cell of the field: the browser draws what is between smoothly.
pub(crate) const STEP: f64 = 2.0;
/// How far a click reaches, CSS pixels.
pub(crate) const RADIUS: f64 = 36.0;
/// A page with fewer clicks on one spot is not red there: one click is no hot spot.
const LEAST_PEAK: f64 = 4.0;

/// Stops of the scale: share of the peak's colour, red, green, blue. Dark to bright in the order of the rainbow, which people read
/// as heat; the alpha grows with it.
const STOPS: [(f64, [f64; 3]); 6] = [
    (0.0, [45.0, 60.0, 190.0]),
    (0.25, [30.0, 120.0, 230.0]),
    (0.45, [20.0, 180.0, 150.0]),
    (0.65, [170.0, 210.0, 40.0]),
    (0.82, [250.0, 165.0, 25.0]),
    (1.0, [225.0, 35.0, 30.0]),
];

/// A grid over the viewport, row by row.
pub(crate) struct Field {
    pub(crate) columns: usize,
    pub(crate) rows: usize,
    values: Vec<f32>,
}

/// What a click adds at a distance: 1 in its middle, 0 from [`RADIUS`] on, smooth at both ends (the biweight kernel).
fn weight(squared_distance: f64) -> f64 {
    let rest = 1.0 - squared_distance / (RADIUS * RADIUS);
    if rest > 0.0 { rest * rest } else { 0.0 }
}

impl Field {
    /// Over a viewport of this size, CSS pixels.
    pub(crate) fn of(points: &[Point], width: f64, height: f64) -> Self {
        let columns = (width / STEP).ceil().max(1.0) as usize;
        let rows = (height / STEP).ceil().max(1.0) as usize;
        let mut values = vec![0.0_f32; columns * rows];
        for point in points {
            let (first_column, last_column) = span(point.x, columns);
            let (first_row, last_row) = span(point.y, rows);
            for row in first_row..last_row {
                let dy = (row as f64 + 0.5) * STEP - point.y;
                let line = &mut values[row * columns..(row + 1) * columns];
                for (column, value) in line.iter_mut().enumerate().take(last_column).skip(first_column) {
                    let dx = (column as f64 + 0.5) * STEP - point.x;
                    *value += (point.clicks * weight(dx * dx + dy * dy)) as f32;
                }
            }
        }
        Self { columns, rows, values }
    }

    /// As RGBA, four bytes a cell.
    pub(crate) fn pixels(&self, peak: f64) -> Vec<u8> {
        let scale: Vec<[u8; 4]> = (0..=255).map(|step| color(f64::from(step) / 255.0)).collect();
        let mut pixels = Vec::with_capacity(self.values.len() * 4);
        for value in &self.values {
            let step = (level(f64::from(*value), peak) * 255.0).round() as usize;
            pixels.extend(scale.get(step).copied().unwrap_or([0; 4]));
        }
        pixels
    }
}

/// The cells that a click reaches along one side.
fn span(middle: f64, cells: usize) -> (usize, usize) {
    let cell = |at: f64| (at / STEP).floor().clamp(0.0, cells as f64) as usize;
    (cell(middle - RADIUS), cell(middle + RADIUS + STEP))
}

/// The most clicks, weighted by distance, that lie around one of the points: the red end of the scale.
pub(crate) fn peak(points: &[Point]) -> f64 {
    let mut cells = std::collections::HashMap::<(i64, i64), Vec<&Point>>::new();
    let cell = |at: f64| (at / RADIUS).floor() as i64;
    for point in points {
        cells.entry((cell(point.x), cell(point.y))).or_default().push(point);
    }
    let around = |point: &Point| {
        let (column, row) = (cell(point.x), cell(point.y));
        let near = (row - 1..=row + 1).flat_map(|row| (column - 1..=column + 1).map(move |column| (column, row)));
        let near = near.filter_map(|place| cells.get(&place)).flatten();
        let add = |other: &&Point| {
            let (dx, dy) = (other.x - point.x, other.y - point.y);
            other.clicks * weight(dx * dx + dy * dy)
        };
        near.map(add).sum::<f64>()
    };
    points.iter().map(around).fold(LEAST_PEAK, f64::max)
}

/// Position on the scale, 0 to 1. By the square root: otherwise one button would make all else cold.
pub(crate) fn level(value: f64, peak: f64) -> f64 {
    (value / peak).clamp(0.0, 1.0).sqrt()
}

/// The value at a position on the scale: the other way round.
pub(crate) fn value(level: f64, peak: f64) -> f64 {
    level * level * peak
}

/// Red, green, blue and alpha of a position on the scale.
pub(crate) fn color(level: f64) -> [u8; 4] {
    let end = STOPS
        .iter()
        .position(|(at, _)| *at >= level)
        .unwrap_or(STOPS.len() - 1)
        .max(1);
    let ((from, low), (to, high)) = (STOPS[end - 1], STOPS[end]);
    let part = ((level - from) / (to - from)).clamp(0.0, 1.0);
    let mix = |channel: usize| (low[channel] + (high[channel] - low[channel]) * part).round() as u8;
    let alpha = 0.84 * (1.0 - (1.0 - level).powi(2)).powf(0.8);
    [mix(0), mix(1), mix(2), (alpha * 255.0).round() as u8]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(x: f64, y: f64, clicks: f64) -> Point {
        Point { x, y, clicks }
    }

    /// Middle of the cells with the highest value, CSS pixels.
    fn hottest(field: &Field) -> (f64, f64) {
        let most = field.values.iter().copied().fold(0.0, f32::max);
        let place = field.values.iter().position(|value| *value == most).unwrap();
        let middle = |cell: usize| (cell as f64 + 0.5) * STEP;
        (middle(place % field.columns), middle(place / field.columns))
    }

    #[test]
    fn hottest_where_it_was_clicked() {
        for (x, y) in [(100.0, 50.0), (101.3, 77.7), (0.0, 0.0), (199.0, 99.0)] {
            let field = Field::of(&[point(x, y, 1.0)], 200.0, 100.0);
            let (hot_x, hot_y) = hottest(&field);
            assert!((hot_x - x).abs() <= STEP && (hot_y - y).abs() <= STEP, "{x} {y}");
        }
    }

    #[test]
    fn neighbours_add_up() {
        let points = [point(50.0, 50.0, 6.0), point(50.0 + RADIUS / 2.0, 50.0, 4.0)];
        assert_eq!(peak(&points), 6.0 + 4.0 * 0.5625);
        let far = [point(50.0, 50.0, 6.0), point(50.0 + RADIUS, 50.0, 4.0)];
        assert_eq!(peak(&far), 6.0);
        assert_eq!(peak(&[point(0.0, 0.0, 1.0)]), LEAST_PEAK);
        assert_eq!(peak(&[]), LEAST_PEAK);
    }

    #[test]
    fn points_outside_are_harmless() {
        let points = [
            point(-500.0, 10.0, 1.0),
            point(10.0, 9_000.0, 1.0),
            point(f64::NAN, 0.0, 1.0),
        ];
        let field = Field::of(&points, 100.0, 100.0);
        assert!(field.pixels(4.0).chunks(4).all(|pixel| pixel[3] == 0));
        assert_eq!(field.pixels(4.0).len(), 50 * 50 * 4);
    }

    #[test]
    fn scale_grows_from_nothing_to_red() {
        assert_eq!(color(0.0)[3], 0);
        assert_eq!(color(1.0), [225, 35, 30, 214]);
        let alphas: Vec<u8> = (0..=20).map(|step| color(f64::from(step) / 20.0)[3]).collect();
        assert!(alphas.is_sorted(), "{alphas:?}");
        assert_eq!(value(level(3.0, 12.0), 12.0), 3.0);
    }
}
