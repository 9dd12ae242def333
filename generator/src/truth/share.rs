/// `part` of `whole`; nothing of nothing has no share.
pub(super) fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// The value at position floor(`permille` / 1000 × n) of the sorted values, counted from 0: ClickHouse's `quantileExact`.
pub(super) fn quantile(sorted: &[u64], permille: usize) -> Option<u64> {
    let position = sorted.len() * permille / 1_000;
    sorted.get(position).or(sorted.last()).copied()
}

/// 95 % interval of a share after Wilson (1927), with z = 1.96.
pub(super) fn wilson(part: u64, whole: u64) -> Option<(f64, f64)> {
    const Z: f64 = 1.96;
    let share = share(part, whole)?;
    let whole = whole as f64;
    let middle = share + Z * Z / (2.0 * whole);
    let half = Z * (share * (1.0 - share) / whole + Z * Z / (4.0 * whole * whole)).sqrt();
    let scale = 1.0 + Z * Z / whole;
    Some(((middle - half) / scale, (middle + half) / scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_engine() {
        let values = (1..=200).collect::<Vec<_>>();
        assert_eq!(quantile(&values, 500), Some(101));
        assert_eq!(quantile(&values, 990), Some(199));
        assert_eq!(quantile(&[7], 990), Some(7));
        assert_eq!(quantile(&[], 500), None);
    }

    #[test]
    fn interval_is_wilsons() {
        // 10 of 100: (0.0552, 0.1744), the usual textbook example.
        let (low, high) = wilson(10, 100).unwrap();
        assert!(
            (low - 0.0552).abs() < 1e-4 && (high - 0.1744).abs() < 1e-4,
            "{low} {high}"
        );
        assert_eq!(wilson(0, 0), None);
    }
}
