//! Numbers and troubles as people read them.

/// 1,234; from ten thousand on 12.3k, 1.2M.
pub(crate) fn count(number: f64) -> String {
    let scaled = |unit: f64, name: &str| {
        let text = format!("{:.1}", number / unit);
        format!("{}{name}", text.strip_suffix(".0").unwrap_or(&text))
    };
    if number >= 1_000_000.0 {
        return scaled(1_000_000.0, "M");
    }
    if number >= 10_000.0 {
        return scaled(1_000.0, "k");
    }
    let whole = format!("{}", number.round());
    match whole.split_at_checked(whole.len().saturating_sub(3)) {
        Some((thousands, rest)) if !thousands.is_empty() => format!("{thousands},{rest}"),
        _ => whole,
    }
}

/// 0.1234 → 12.3 %
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// One click, 2 clicks
pub(crate) fn things(number: u64, name: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {name}{plural}", count(number as f64))
}

/// Why nothing is shown, and what helps. `status` is 0 where there was no answer.
pub(crate) fn trouble(status: u16, code: &str, message: &str) -> String {
    match (status, code) {
        (0, _) => "The gateway cannot be reached from this page. Its policy must allow it: connect-src with the tracker's origin.".to_owned(),
        (401, "token_expired") => "The token has expired: it lasts an hour. Open this page once more from the heatmap of the dashboard.".to_owned(),
        (401, _) => "The token is not known here, as after a restart of the gateway. Open this page once more from the heatmap of the dashboard.".to_owned(),
        (429, _) => "Too many questions at once. Try again in a moment.".to_owned(),
        _ if message.is_empty() => format!("The gateway answered {status}."),
        _ => {
            let mut letters = message.chars();
            let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
            format!("{first}{}.", letters.as_str().trim_end_matches('.'))
        }
    }
}

pub(crate) const NO_TOKEN: &str = "There is no token, so there are no numbers. Open this page from the heatmap of the dashboard: \
    its button “Open on the live page” brings one along, for an hour and this tab.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        for (number, text) in [
            (0.0, "0"),
            (999.0, "999"),
            (1_234.0, "1,234"),
            (9_999.0, "9,999"),
            (10_000.0, "10k"),
            (12_345.0, "12.3k"),
            (2_500_000.0, "2.5M"),
        ] {
            assert_eq!(count(number), text);
        }
        assert_eq!(percent(0.12345), "12.3 %");
        assert_eq!(
            (things(1, "click"), things(1_200, "click")),
            ("1 click".to_owned(), "1,200 clicks".to_owned())
        );
    }

    #[test]
    fn troubles_say_what_helps() {
        assert!(trouble(0, "", "").contains("connect-src"));
        assert!(trouble(401, "token_expired", "…").contains("expired"));
        assert_eq!(
            trouble(503, "x", "the database is not available at the moment"),
            "The database is not available at the moment."
        );
    }
}
