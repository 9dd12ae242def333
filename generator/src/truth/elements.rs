use std::collections::BTreeMap;

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::share::{share, wilson};
use crate::occurrence::{Deed, Occurrence};

/// One element of the shop, on whatever page it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Element {
    pub element_id: String,
    /// Events.
    pub views: u64,
    pub clicks: u64,
    /// Distinct session and page with a view of it.
    pub seen: u64,
    /// Of these, with a click on it too.
    pub seen_and_clicked: u64,
    /// `seen_and_clicked` / `seen`
    pub ctr: Option<f64>,
    /// Wilson's 95 % interval of `ctr`.
    pub ctr_low: Option<f64>,
    pub ctr_high: Option<f64>,
    /// `clicks` / `views`
    pub raw_ctr: Option<f64>,
}

/// An element on one of its pages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PageElement {
    pub path: String,
    pub element_id: String,
    /// Sessions with a view of it there.
    pub seen: u64,
    /// With a click, seen or not.
    pub clicked: u64,
    pub seen_and_clicked: u64,
    /// `seen_and_clicked` / `seen`
    pub ctr: Option<f64>,
    /// Wilson's 95 % interval of `ctr`.
    pub ctr_low: Option<f64>,
    pub ctr_high: Option<f64>,
}

/// Clicks with a position, by squares of the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bin {
    pub path: String,
    pub device_type: String,
    /// `x` and `y` of the clicks, divided by the side of a bin and rounded down.
    pub bin_x: u32,
    pub bin_y: u32,
    pub clicks: u64,
}

/// Clicks with a position, by squares of ten pixels in their element, whose size the model's visitors do not tell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClickPlace {
    pub element_id: String,
    pub clicks: u64,
    /// Mean pixels from the element's corner.
    pub at_x: f64,
    pub at_y: f64,
}

const PLACE_PX: u32 = 10;

#[derive(Debug, Default, Clone, Copy)]
struct Pair {
    views: u32,
    clicks: u32,
}

#[derive(Debug)]
pub(super) struct Counting {
    bin_px: u32,
    pairs: HashMap<(Uuid, &'static str, &'static str), Pair>,
    bins: HashMap<(&'static str, &'static str, u32, u32), u64>,
    /// Clicks, and the sums of where they were.
    places: HashMap<(&'static str, u32, u32), [u64; 3]>,
}

impl Counting {
    pub(super) fn new(bin_px: u32) -> Self {
        Self {
            bin_px,
            pairs: HashMap::new(),
            bins: HashMap::new(),
            places: HashMap::new(),
        }
    }

    pub(super) fn observe(&mut self, occurrence: &Occurrence) {
        let path = occurrence.address.page.path();
        let pair = |element| (occurrence.session_id, path, element);
        match occurrence.deed {
            Deed::ElementView { element, .. } => self.pairs.entry(pair(element)).or_default().views += 1,
            Deed::Click { element, point } => {
                self.pairs.entry(pair(element)).or_default().clicks += 1;
                if let Some(point) = point {
                    let device = occurrence.visitor.agent.device_type.as_str();
                    let bin = (path, device, point.x / self.bin_px, point.y / self.bin_px);
                    *self.bins.entry(bin).or_default() += 1;
                    let (x, y) = (point.element_x, point.element_y);
                    let place = self.places.entry((element, x / PLACE_PX, y / PLACE_PX)).or_default();
                    for (sum, more) in place.iter_mut().zip([1, x, y]) {
                        *sum += u64::from(more);
                    }
                }
            }
            _ => {}
        }
    }

    pub(super) fn click_places(&self) -> Vec<ClickPlace> {
        let places = self.places.iter().map(|((element, ..), [clicks, x, y])| ClickPlace {
            element_id: (*element).to_owned(),
            clicks: *clicks,
            at_x: *x as f64 / *clicks as f64,
            at_y: *y as f64 / *clicks as f64,
        });
        let mut places = places.collect::<Vec<_>>();
        places.sort_by(|one, other| {
            let by_clicks = other
                .clicks
                .cmp(&one.clicks)
                .then_with(|| one.element_id.cmp(&other.element_id));
            by_clicks
                .then(one.at_x.total_cmp(&other.at_x))
                .then(one.at_y.total_cmp(&other.at_y))
        });
        places
    }

    pub(super) fn finish(self) -> (Vec<Element>, Vec<PageElement>, Vec<Bin>) {
        let mut of_pages = BTreeMap::<_, [u64; 3]>::new();
        for ((_, path, element), pair) in &self.pairs {
            let [seen, clicked, both] = of_pages.entry((*path, *element)).or_default();
            *seen += u64::from(pair.views > 0);
            *clicked += u64::from(pair.clicks > 0);
            *both += u64::from(pair.views > 0 && pair.clicks > 0);
        }
        let mut elements = BTreeMap::<_, [u64; 4]>::new();
        for ((_, _, element), pair) in self.pairs {
            let [views, clicks, seen, seen_and_clicked] = elements.entry(element).or_default();
            *views += u64::from(pair.views);
            *clicks += u64::from(pair.clicks);
            *seen += u64::from(pair.views > 0);
            *seen_and_clicked += u64::from(pair.views > 0 && pair.clicks > 0);
        }
        let bins = self.bins.into_iter().collect::<BTreeMap<_, _>>();
        let bins = bins.into_iter().map(|((path, device, bin_x, bin_y), clicks)| Bin {
            path: path.to_owned(),
            device_type: device.to_owned(),
            bin_x,
            bin_y,
            clicks,
        });
        (
            elements.into_iter().map(element).collect(),
            of_pages.into_iter().map(page_element).collect(),
            bins.collect(),
        )
    }
}

fn element((element_id, [views, clicks, seen, seen_and_clicked]): (&str, [u64; 4])) -> Element {
    let interval = wilson(seen_and_clicked, seen);
    Element {
        element_id: element_id.to_owned(),
        views,
        clicks,
        seen,
        seen_and_clicked,
        ctr: share(seen_and_clicked, seen),
        ctr_low: interval.map(|(low, _)| low),
        ctr_high: interval.map(|(_, high)| high),
        raw_ctr: share(clicks, views),
    }
}

fn page_element(((path, element_id), [seen, clicked, seen_and_clicked]): ((&str, &str), [u64; 3])) -> PageElement {
    let interval = wilson(seen_and_clicked, seen);
    PageElement {
        path: path.to_owned(),
        element_id: element_id.to_owned(),
        seen,
        clicked,
        seen_and_clicked,
        ctr: share(seen_and_clicked, seen),
        ctr_low: interval.map(|(low, _)| low),
        ctr_high: interval.map(|(_, high)| high),
    }
}
