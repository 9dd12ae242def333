//! One visit, planned from its beginning to the last thing that comes of it.

mod basket;
mod browsing;
mod buying;

use event::{EventType, Timestamp};
use uuid::Uuid;

use crate::occurrence::{Deed, Point, Referrer};
use crate::random::Random;
use crate::scenario::Weather;
use crate::shop::layout::{Area, Slot};
use crate::shop::{Address, Page};
use crate::visitor::{Entry, Visitor};

/// What happens `gap_ms` after the step before it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub(crate) gap_ms: u32,
    pub(crate) address: Address,
    pub(crate) referrer: Referrer,
    pub(crate) deed: Deed,
}

/// How a visit begins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Beginning<'v> {
    pub(crate) visitor: &'v Visitor,
    pub(crate) entry: &'static Entry,
    pub(crate) at: Timestamp,
    pub(crate) weather: Weather,
}

/// Plans a visit into `steps`, which is empty. Each gap is at least a millisecond, so that the order of a visit is the order
/// of its moments.
pub(crate) fn plan(beginning: Beginning<'_>, random: Random, steps: &mut Vec<Step>) {
    let mut walk = Walk {
        beginning,
        random,
        address: Address {
            page: Page::Home,
            campaign: beginning.entry.campaign,
        },
        referrer: Referrer::Outside(beginning.entry.referrer),
        basket: basket::Basket::default(),
        seen: Vec::with_capacity(24),
        waited_ms: 0,
        elapsed_ms: 0,
        steps,
    };
    if beginning.visitor.is_bot() {
        walk.crawl();
    } else {
        walk.browse();
    }
}

struct Walk<'w> {
    beginning: Beginning<'w>,
    random: Random,
    address: Address,
    referrer: Referrer,
    basket: basket::Basket,
    /// Path and element: the tracker reports each once per visit.
    seen: Vec<(&'static str, &'static str)>,
    /// Since the last step.
    waited_ms: u32,
    /// Since the visit began.
    elapsed_ms: u64,
    steps: &'w mut Vec<Step>,
}

impl Walk<'_> {
    fn wait(&mut self, from_ms: u32, to_ms: u32) {
        self.waited_ms += self.random.between(from_ms, to_ms);
    }

    fn happens(&mut self, deed: Deed) {
        let gap_ms = if self.steps.is_empty() {
            0
        } else {
            self.waited_ms.max(1)
        };
        self.waited_ms = 0;
        self.elapsed_ms += u64::from(gap_ms);
        self.steps.push(Step {
            gap_ms,
            address: self.address,
            referrer: self.referrer,
            deed,
        });
    }

    fn now(&self) -> Timestamp {
        Timestamp(self.beginning.at.0 + (self.elapsed_ms + u64::from(self.waited_ms)) as i64)
    }

    fn new_order(&mut self) -> Uuid {
        let now = self.now();
        self.random.uuid(now)
    }

    /// Goes to a page from the one before it.
    fn open(&mut self, page: Page) {
        self.referrer = Referrer::Page(self.address);
        self.address = Address { page, campaign: "" };
        self.page_view();
    }

    /// Most pages answer within a quarter of a second, one in twelve takes up to a second.
    fn page_view(&mut self) {
        let usual = self.random.between(40, 140) + self.random.between(0, 110);
        let slow = if self.random.percent(8) {
            self.random.between(200, 750)
        } else {
            0
        };
        let latency_ms = (usual + slow) * self.beginning.weather.latency_factor;
        self.wait(300, 900);
        self.happens(Deed::PageView { latency_ms });
    }

    fn see(&mut self, element: &'static str, slot: Slot) {
        let key = (self.address.page.path(), element);
        if self.seen.contains(&key) {
            return;
        }
        self.seen.push(key);
        let Area { width, height, .. } = self.beginning.visitor.viewport.area(slot);
        self.wait(120, 2_400);
        self.happens(Deed::ElementView { element, width, height });
    }

    /// Clicks what was seen before. They lie nearer to the middle: the mean of two throws.
    fn click(&mut self, element: &'static str, slot: Slot) {
        self.see(element, slot);
        let area = self.beginning.visitor.viewport.area(slot);
        let mut throw = |size: u32| (self.random.below(size.into()) + self.random.below(size.into())) as u32 / 2;
        let (element_x, element_y) = (throw(area.width), throw(area.height));
        let by_keyboard =
            self.beginning.visitor.agent.device_type == event::DeviceType::Desktop && self.random.percent(3);
        let point = Point {
            x: area.left + element_x,
            y: area.top + element_y,
            element_x,
            element_y,
        };
        self.wait(500, 4_000);
        self.happens(Deed::Click {
            element,
            point: (!by_keyboard).then_some(point),
        });
    }
}

/// Whether the visitor has left by this step: what a back end does later, on a day of its own.
pub(crate) fn is_aftermath(step: &Step) -> bool {
    step.gap_ms >= AFTERMATH_MS && step.deed.event_type() == EventType::Server
}

/// Nobody waits this long between two steps of a visit: a session ends after thirty minutes.
pub(crate) const AFTERMATH_MS: u32 = 30 * 60_000;
