use event::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// A time zone that both this program and the database know by its name.
pub(super) struct Zone {
    zone: TimeZone,
    name: String,
}

impl Zone {
    /// The name's case counts: to the database it does.
    pub(super) fn find(name: &str) -> Option<Self> {
        // No zone of POSIX, no path.
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/_+-".contains(&byte);
        if name.len() > 64 || !name.bytes().all(plain) {
            return None;
        }
        let zone = TimeZone::get(name).ok()?;
        let known = zone.iana_name()? == name;
        known.then(|| Self {
            zone,
            name: name.to_owned(),
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// When the day begins here.
    pub(super) fn begin_of(&self, day: Date) -> Option<Timestamp> {
        let begin = day.to_zoned(self.zone.clone()).ok()?.start_of_day().ok()?;
        Some(Timestamp(begin.timestamp().as_millisecond()))
    }
}
