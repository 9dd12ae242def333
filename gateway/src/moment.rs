//! Moments as people and programs write them into a query.

use event::Timestamp;

/// Milliseconds since 1970 or RFC 3339, between 2000 and 2100.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let epoch = text.parse().map(Timestamp).ok();
    let moment = epoch.or_else(|| text.parse().ok())?;
    (Timestamp::EARLIEST..=Timestamp::LATEST)
        .contains(&moment)
        .then_some(moment)
}

/// The same, or how long before `now`: `90s`, `15m`, `2h`, `7d`.
pub(crate) fn parse_or_ago(text: &str, now: Timestamp) -> Option<Timestamp> {
    let unit_ms = match text.chars().last()? {
        's' => 1_000,
        'm' => 60_000,
        'h' => 3_600_000,
        'd' => 86_400_000,
        _ => return parse(text),
    };
    let number: u32 = text[..text.len() - 1].parse().ok()?;
    let moment = Timestamp(now.0.saturating_sub(i64::from(number) * unit_ms));
    (moment >= Timestamp::EARLIEST).then_some(moment)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_341_600_000);

    #[track_caller]
    fn check(text: &str, expect: Option<&str>) {
        let found = parse_or_ago(text, NOW).map(|moment| moment.to_string());
        assert_eq!(found.as_deref(), expect, "{text}");
    }

    #[test]
    fn reads_moments_and_durations() {
        check("2026-11-22T10:00:00Z", Some("2026-11-22T10:00:00.000Z"));
        check("1795341600000", Some("2026-11-22T10:00:00.000Z"));
        check("90s", Some("2026-11-22T09:58:30.000Z"));
        check("15m", Some("2026-11-22T09:45:00.000Z"));
        check("2h", Some("2026-11-22T08:00:00.000Z"));
        check("7d", Some("2026-11-15T10:00:00.000Z"));
        for wrong in [
            "",
            "h",
            "-2h",
            "2 h",
            "1795341600",
            "yesterday",
            "99999999d",
            "é",
            "2026-11-22",
        ] {
            check(wrong, None);
        }
    }
}
