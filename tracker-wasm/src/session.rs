//! When one visit ends and another begins.

const SILENCE_MS: f64 = 30.0 * 60.0 * 1_000.0;
/// The last activity is written down at most this often.
const ACTIVITY_STEP_MS: f64 = 1_000.0;

/// See [`crate::session`]. A `last` that is no number is none.
pub(crate) fn turn(last: f64, time: f64) -> u32 {
    let silence = time - last;
    if silence < SILENCE_MS {
        u32::from(silence >= ACTIVITY_STEP_MS)
    } else {
        2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_an_hour_of_silence_ends_a_session() {
        let last = 1_763_805_600_000.0;
        for (silence, expected) in [(0.0, 0), (999.0, 0), (1_000.0, 1), (1_799_999.0, 1), (1_800_000.0, 2)] {
            assert_eq!(turn(last, last + silence), expected, "after {silence} ms");
        }
        assert_eq!(turn(f64::NAN, last), 2, "nothing is known");
        assert_eq!(turn(last, last - 5_000.0), 0, "an event of before");
    }
}
