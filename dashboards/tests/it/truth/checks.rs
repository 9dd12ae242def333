use event::Timestamp;

/// `2026-11-22 10:00:00.123`
pub(crate) fn date_time(ms: i64) -> String {
    Timestamp(ms).to_string().trim_end_matches('Z').replace('T', " ")
}
