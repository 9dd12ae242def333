//! What the operator wants to see.

/// What is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Clicks,
    Views,
    Ctr,
    Scroll,
}

/// Whose visits count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Device {
    All,
    Desktop,
    Tablet,
    Phone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Period {
    Day,
    Week,
    Month,
    Quarter,
}

/// All of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) mode: Mode,
    pub(crate) device: Device,
    pub(crate) period: Period,
}

/// Answers have at most so many rows: the gateway's own limit.
pub(crate) const MOST_ROWS: usize = 10_000;

impl Mode {
    pub(crate) const ALL: [Self; 4] = [Self::Clicks, Self::Views, Self::Ctr, Self::Scroll];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Clicks => "clicks",
            Self::Views => "views",
            Self::Ctr => "ctr",
            Self::Scroll => "scroll",
        }
    }

    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Clicks => "Clicks",
            Self::Views => "Views",
            Self::Ctr => "CTR",
            Self::Scroll => "Scroll",
        }
    }

    pub(crate) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }

    /// The report that tells it.
    pub(crate) fn metric(self) -> &'static str {
        match self {
            Self::Clicks => "click_map",
            Self::Views | Self::Ctr => "page_elements",
            Self::Scroll => "scroll_reach",
        }
    }
}

impl Device {
    pub(crate) const ALL: [Self; 4] = [Self::All, Self::Desktop, Self::Tablet, Self::Phone];

    /// As events have it; empty for all.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Desktop => "desktop",
            Self::Tablet => "tablet",
            Self::Phone => "mobile",
        }
    }

    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::All => "All devices",
            Self::Desktop => "Desktop",
            Self::Tablet => "Tablet",
            Self::Phone => "Phone",
        }
    }

    pub(crate) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|device| device.name() == name)
    }

    /// Whose pages look most like one in a window of this width, CSS pixels.
    pub(crate) fn of_width(width: f64) -> Self {
        match width {
            ..600.0 => Self::Phone,
            ..1_024.0 => Self::Tablet,
            _ => Self::Desktop,
        }
    }
}

impl Period {
    pub(crate) const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::Quarter];

    /// As the parameter `from` of a report.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Month => "30d",
            Self::Quarter => "90d",
        }
    }

    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Day => "24 hours",
            Self::Week => "7 days",
            Self::Month => "30 days",
            Self::Quarter => "90 days",
        }
    }

    pub(crate) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|period| period.name() == name)
    }
}

impl Asked {
    /// In a window of this width, before anybody chose.
    pub(crate) fn in_window(width: f64) -> Self {
        Self {
            mode: Mode::Clicks,
            device: Device::of_width(width),
            period: Period::Month,
        }
    }

    /// With what a message or an address says; what is not understood stays as it is.
    pub(crate) fn with(self, mode: Option<&str>, device: Option<&str>, period: Option<&str>) -> Self {
        Self {
            mode: mode.and_then(Mode::of).unwrap_or(self.mode),
            device: device.and_then(Device::of).unwrap_or(self.device),
            period: period.and_then(Period::of).unwrap_or(self.period),
        }
    }

    /// Name and value of the report's parameters.
    pub(crate) fn parameters(self, path: &str) -> Vec<(&'static str, String)> {
        let device = match self.mode {
            Mode::Clicks => "device_type",
            _ => "device",
        };
        vec![
            ("path", path.to_owned()),
            ("from", self.period.name().to_owned()),
            (device, self.device.name().to_owned()),
            ("limit", MOST_ROWS.to_string()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_it_understands() {
        let asked = Asked::in_window(1_440.0);
        assert_eq!(asked.device, Device::Desktop);
        assert_eq!(Asked::in_window(390.0).device, Device::Phone);
        let changed = asked.with(Some("ctr"), Some("fridge"), Some("7d"));
        assert_eq!(
            (changed.mode, changed.device, changed.period),
            (Mode::Ctr, Device::Desktop, Period::Week)
        );
        assert_eq!(asked.with(None, Some(""), None).device, Device::All);
    }

    #[test]
    fn device_has_the_reports_own_name() {
        let names = |mode: &str| {
            let asked = Asked::in_window(800.0).with(Some(mode), None, None);
            asked
                .parameters("/shop/")
                .iter()
                .map(|(name, _)| *name)
                .collect::<Vec<_>>()
        };
        assert!(names("clicks").contains(&"device_type"));
        assert!(names("scroll").contains(&"device"));
    }
}
