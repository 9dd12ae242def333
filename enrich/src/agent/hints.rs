//! User-agent client hints (<https://wicg.github.io/ua-client-hints/>).

use super::Headers;

pub(super) struct Hints<'h> {
    /// `Sec-CH-UA`, unread.
    brands: &'h str,
    pub(super) mobile: Option<bool>,
    /// For example `Windows`, `macOS`, `Android`; empty when not said.
    pub(super) platform: &'h str,
    pub(super) platform_version: &'h str,
    pub(super) model: &'h str,
}

impl<'h> Hints<'h> {
    pub(super) fn read(headers: &Headers<'h>) -> Self {
        let mobile = match headers.sec_ch_ua_mobile.trim() {
            "?1" => Some(true),
            "?0" => Some(false),
            _ => None,
        };
        Self {
            brands: headers.sec_ch_ua,
            mobile,
            platform: bare(headers.sec_ch_ua_platform),
            platform_version: bare(headers.sec_ch_ua_platform_version),
            model: bare(headers.sec_ch_ua_model),
        }
    }

    /// Name and version of each brand, in the order sent: `"Chromium";v="131", "Brave";v="131", "Not_A Brand";v="24"`.
    pub(super) fn brands(&self) -> impl Iterator<Item = (&'h str, &'h str)> {
        let mut texts = self.brands.split('"').skip(1).step_by(2);
        std::iter::from_fn(move || Some((texts.next()?, texts.next()?)))
    }
}

/// A structured header's string without its quotes.
fn bare(value: &str) -> &str {
    value.trim().trim_matches('"')
}
