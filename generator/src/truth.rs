//! What every number downstream must be: counted from the model's own events, one after the other, without a database.
//!
//! Each file holds one subject: how it is counted, and the part of [`Expected`] that it becomes. Definitions stand at the fields.
//! A *visitor's event* is a view or a click; what a back end reports later is no visit.

mod calendar;
mod delivery;
mod elements;
mod latency;
mod live;
mod minutes;
mod moments;
mod orders;
mod pulse;
mod sessions;
mod share;
mod users;

use event::EventType;
use serde::{Deserialize, Serialize};

pub use calendar::{Calendar, UnknownZone};
pub use delivery::{Bot, Delivery};
pub use elements::{Bin, ClickPlace, Element, PageElement};
pub use latency::{HourLatency, Latency};
pub use live::Live;
pub use minutes::Minute;
pub use moments::{Arrived, Journey, Moment};
pub use orders::{Category, Durations, Orders, Payments, ProductSales};
pub use pulse::Pulse;
pub use sessions::{
    Audience, Campaign, Carts, Conversion, DayViews, Funnel, Next, PageViews, PathStep, PathSteps, Sessions, Visit,
};
pub use users::{Cohort, DayUsers, Users};

use crate::occurrence::{Deed, Occurrence, Title};

/// What to count.
#[derive(Debug, Clone)]
pub struct Definition {
    /// Days, weeks and months are those of this zone.
    pub calendar: Calendar,
    /// Whether bots count as visitors.
    pub bots: bool,
    /// Steps of each funnel.
    pub funnels: Vec<Vec<Title>>,
    /// Side of a heatmap's bin, CSS pixels.
    pub bin_px: u32,
}

impl Definition {
    /// Without bots, seed 000's funnel and seed 002's, bins of 50 pixels.
    pub fn usual(calendar: Calendar) -> Self {
        Self {
            calendar,
            bots: false,
            funnels: vec![
                vec![
                    Title::PageView,
                    Title::ProductView,
                    Title::AddToCart,
                    Title::CheckoutStart,
                    Title::PaymentAttempt,
                    Title::OrderPaid,
                ],
                vec![Title::ProductView, Title::AddToCart, Title::OrderPaid],
            ],
            bin_px: 50,
        }
    }
}

/// Counts events as they happen.
#[derive(Debug)]
pub struct Truth {
    definition: Definition,
    events: u64,
    first_ms: i64,
    last_ms: i64,
    users: users::Counting,
    sessions: sessions::Counting,
    elements: elements::Counting,
    minutes: minutes::Counting,
    orders: orders::Counting,
    latency: latency::Counting,
    live: live::Counting,
    pulse: pulse::Counting,
    moments: moments::Counting,
    delivery: delivery::Counting,
}

/// Every metric of the generated events, the content of `expected.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Expected {
    /// IANA name of the zone whose days, weeks and months are meant.
    pub timezone: String,
    /// Whether bots are among the counted; they are in `bots` and `delivery` always.
    pub with_bots: bool,
    /// Distinct events, a back end's too.
    pub events: u64,
    /// Of the first and the last event, milliseconds since 1970.
    pub first_ms: i64,
    pub last_ms: i64,
    pub users: Users,
    pub sessions: Sessions,
    pub minutes: Vec<Minute>,
    pub peak_events_per_minute: u64,
    pub live: Vec<Live>,
    pub pulse: Vec<Pulse>,
    /// By path.
    pub pages: Vec<PageViews>,
    pub page_views_by_day: Vec<DayViews>,
    pub devices: Vec<Audience>,
    pub browsers: Vec<Audience>,
    pub operating_systems: Vec<Audience>,
    /// The model has no apps.
    pub platforms: Vec<Audience>,
    pub countries: Vec<Audience>,
    pub channels: Vec<Audience>,
    pub channel_groups: Vec<Audience>,
    /// By the domain that the visit came from, empty for none.
    pub referrers: Vec<Audience>,
    pub campaigns: Vec<Campaign>,
    pub elements: Vec<Element>,
    pub page_elements: Vec<PageElement>,
    pub heatmap: Vec<Bin>,
    /// Most clicks first.
    pub click_places: Vec<ClickPlace>,
    pub funnels: Vec<Funnel>,
    pub conversion: Conversion,
    pub carts: Carts,
    /// Which page follows which.
    pub paths: Vec<Next>,
    /// Of all sessions, and of those that viewed a product second.
    pub path_steps: Vec<PathSteps>,
    /// The hundred last to begin.
    pub recent_sessions: Vec<Visit>,
    /// Twenty sessions event by event.
    pub journeys: Vec<Journey>,
    /// The hundred last to arrive.
    pub last_events: Vec<Arrived>,
    pub retention_by_day: Vec<Cohort>,
    /// Of the first two days after the cohort's hour; hours are UTC's.
    pub retention_by_hour: Vec<Cohort>,
    pub orders: Orders,
    pub payments: Payments,
    /// All responses first, then by event title.
    pub latency: Vec<Latency>,
    pub latency_by_hour: Vec<HourLatency>,
    pub bots: Vec<Bot>,
    pub delivery: Delivery,
}

impl Truth {
    pub fn new(definition: Definition) -> Self {
        Self {
            events: 0,
            first_ms: 0,
            last_ms: 0,
            users: users::Counting::default(),
            sessions: sessions::Counting::new(definition.funnels.clone()),
            elements: elements::Counting::new(definition.bin_px),
            minutes: minutes::Counting::default(),
            orders: orders::Counting::default(),
            latency: latency::Counting::default(),
            live: live::Counting::default(),
            pulse: pulse::Counting::default(),
            moments: moments::Counting::default(),
            delivery: delivery::Counting::default(),
            definition,
        }
    }

    /// Counts one event. They come in the order in which they happen.
    pub fn observe(&mut self, occurrence: &Occurrence) {
        self.delivery.observe(occurrence);
        self.pulse.observe(occurrence);
        if occurrence.visitor.is_bot() && !self.definition.bots {
            return;
        }
        let ms = occurrence.at.0;
        if self.events == 0 {
            self.first_ms = ms;
        }
        assert!(
            self.events == 0 || ms >= self.last_ms,
            "event {} lies before its predecessor",
            occurrence.id
        );
        self.last_ms = ms;
        self.events += 1;
        self.minutes.observe(occurrence);
        self.latency.observe(&occurrence.deed, ms);
        self.live.observe(occurrence);
        self.moments.observe(occurrence);
        self.sessions.observe(occurrence);
        if occurrence.deed.event_type() != EventType::Server {
            let day = self.definition.calendar.day(ms);
            self.users.observe(occurrence.visitor.user_id(), day, ms);
            self.elements.observe(occurrence);
        }
        match occurrence.deed {
            Deed::ProductView(line) => self.orders.viewed(&line),
            _ => self.orders.observe(occurrence),
        }
    }

    /// Counts what is sent, in the order of sending: the same events, some late, some again.
    pub fn sent(&mut self, occurrence: &Occurrence) {
        self.delivery.sent(occurrence);
        let counts = self.definition.bots || !occurrence.visitor.is_bot();
        self.moments.sent(occurrence, counts);
    }

    pub fn finish(mut self) -> Expected {
        let calendar = &mut self.definition.calendar;
        let (sessions, funnels) = self.sessions.finish(calendar);
        let minutes = self.minutes.finish();
        let (bots, delivery) = self.delivery.finish();
        let click_places = self.elements.click_places();
        let (elements, page_elements, heatmap) = self.elements.finish();
        let (users, retention_by_day, retention_by_hour) = self.users.finish();
        let (orders, payments) = self.orders.finish(calendar);
        let (latency, latency_by_hour) = self.latency.finish();
        let (journeys, last_events) = self.moments.finish();
        Expected {
            timezone: calendar.name().to_owned(),
            with_bots: self.definition.bots,
            events: self.events,
            first_ms: self.first_ms,
            last_ms: self.last_ms,
            users,
            sessions: sessions.sessions,
            peak_events_per_minute: minutes.iter().map(|minute| minute.events).max().unwrap_or(0),
            minutes,
            live: self.live.finish(),
            pulse: self.pulse.finish(),
            pages: sessions.pages,
            page_views_by_day: sessions.page_views_by_day,
            devices: sessions.audiences.devices.rows(),
            browsers: sessions.audiences.browsers.rows(),
            operating_systems: sessions.audiences.operating_systems.rows(),
            platforms: sessions.audiences.platforms.rows(),
            countries: sessions.audiences.countries.rows(),
            channels: sessions.audiences.channels.rows(),
            channel_groups: sessions.audiences.channel_groups.rows(),
            referrers: sessions.audiences.referrers.rows(),
            campaigns: sessions.campaigns,
            elements,
            page_elements,
            heatmap,
            click_places,
            funnels,
            conversion: sessions.conversion,
            carts: sessions.carts,
            paths: sessions.paths,
            path_steps: sessions.path_steps,
            recent_sessions: sessions.recent,
            journeys,
            last_events,
            retention_by_day,
            retention_by_hour,
            orders,
            payments,
            latency,
            latency_by_hour,
            bots,
            delivery,
        }
    }
}

#[cfg(test)]
mod tests;
