//! Which elements are seen: at least half of one, or half of the viewport filled by one taller than it, for a second.

use gloo::timers::callback::Timeout;
use js_sys::{Array, Map};
use wasm_bindgen::prelude::{Closure, JsValue};
use wasm_bindgen::{JsCast, UnwrapThrowExt};
use web_sys::{Element, IntersectionObserver, IntersectionObserverEntry, IntersectionObserverInit};
use web_sys::{MutationObserver, MutationObserverInit, MutationRecord};

use crate::browser::{Browser, elements};
use crate::naming::{CANDIDATES, own_name};
use crate::tracker::{Tracker, with};

const SEEN_AFTER_MS: f64 = 1_000.0;

type Callback = Closure<dyn FnMut(Array)>;

pub(crate) struct Views {
    /// Tells when half of an element is visible.
    half: IntersectionObserver,
    /// Tells when an element lies across the middle of the viewport: one taller than the viewport then fills half of it.
    middle: IntersectionObserver,
    changes: MutationObserver,
    _callbacks: [Callback; 3],
    places: Map,
    watched: Vec<Option<Watched>>,
    free: Vec<usize>,
    timer: Option<Timeout>,
}

struct Watched {
    element: Element,
    half: bool,
    middle: bool,
    /// Since when it has been in sight, by [`Browser::elapsed`].
    since: Option<f64>,
    reported: bool,
}

impl Views {
    pub(crate) fn new() -> Self {
        let on_half: Callback = Closure::new(|entries| with(|tracker| tracker.crossed(&entries, false)));
        let on_middle: Callback = Closure::new(|entries| with(|tracker| tracker.crossed(&entries, true)));
        let on_change: Callback = Closure::new(|records| with(|tracker| tracker.changed(&records)));
        let at_half = IntersectionObserverInit::new();
        at_half.set_threshold(&JsValue::from_f64(0.5));
        let at_middle = IntersectionObserverInit::new();
        at_middle.set_root_margin("-50% 0px -50% 0px");
        let observer = |callback: &Callback, init| {
            IntersectionObserver::new_with_options(callback.as_ref().unchecked_ref(), init).unwrap_throw()
        };
        Self {
            half: observer(&on_half, &at_half),
            middle: observer(&on_middle, &at_middle),
            changes: MutationObserver::new(on_change.as_ref().unchecked_ref()).unwrap_throw(),
            _callbacks: [on_half, on_middle, on_change],
            places: Map::new(),
            watched: Vec::new(),
            free: Vec::new(),
            timer: None,
        }
    }

    /// Watches the elements of the page, and those that come later.
    pub(crate) fn begin(&mut self, browser: &Browser) {
        let Some(root) = browser.document.document_element() else {
            return;
        };
        let init = MutationObserverInit::new();
        init.set_child_list(true);
        init.set_subtree(true);
        init.set_attribute_filter(&Array::of2(&JsValue::from_str("id"), &JsValue::from_str("data-cp")));
        self.changes.observe_with_options(&root, &init).unwrap_throw();
        self.watch_tree(&root);
    }

    pub(crate) fn changed(&mut self, records: &Array) {
        for record in records.iter() {
            let record: MutationRecord = record.unchecked_into();
            for gone in elements(&record.removed_nodes()).filter(|gone| !gone.is_connected()) {
                each_candidate(&gone, |element| self.unwatch(element));
            }
            for come in elements(&record.added_nodes()).filter(|come| come.is_connected()) {
                self.watch_tree(&come);
            }
            if let Some(target) = record.target().filter(|_| record.type_() == "attributes") {
                self.watch(target.unchecked_ref());
            }
        }
    }

    pub(crate) fn crossed(&mut self, browser: &Browser, entries: &Array, middle: bool) {
        for entry in entries.iter() {
            let entry: IntersectionObserverEntry = entry.unchecked_into();
            let Some(index) = self.place(&entry.target()) else {
                continue;
            };
            let Some(Some(watched)) = self.watched.get_mut(index) else {
                continue;
            };
            let area = entry.bounding_client_rect();
            let visible = entry.is_intersecting() && area.width() > 0.0 && area.height() > 0.0;
            if middle {
                watched.middle = visible && area.height() > browser.viewport_height();
            } else {
                watched.half = visible && entry.intersection_ratio() >= 0.5;
            }
        }
        self.note_sights(browser);
    }

    /// Starts and ends the seconds: after a crossing, and when the page comes into sight or goes out of it.
    pub(crate) fn note_sights(&mut self, browser: &Browser) {
        let now = browser.elapsed();
        let shown = !browser.hidden();
        for watched in self.watched.iter_mut().flatten() {
            let in_sight = shown && (watched.half || watched.middle);
            watched.since = in_sight.then(|| watched.since.unwrap_or(now));
        }
        self.wake(now);
    }

    /// The names of elements in sight for their second, each told once until the page changes.
    pub(crate) fn seen(&mut self, browser: &Browser) -> Vec<(Element, String)> {
        let now = browser.elapsed();
        let due = |watched: &&mut Watched| {
            !watched.reported && watched.since.is_some_and(|since| now - since >= SEEN_AFTER_MS)
        };
        let mut seen = Vec::new();
        for watched in self.watched.iter_mut().flatten().filter(due) {
            watched.reported = true;
            let ignored = || {
                watched
                    .element
                    .closest("[data-cp-ignore]")
                    .is_ok_and(|element| element.is_some())
            };
            if let Some(name) = own_name(&watched.element).filter(|_| !ignored()) {
                seen.push((watched.element.clone(), name));
            }
        }
        self.wake(now);
        seen
    }

    /// A new page by the address: its elements are seen anew, those in sight from now on.
    pub(crate) fn renew(&mut self, browser: &Browser) {
        let now = browser.elapsed();
        for watched in self.watched.iter_mut().flatten() {
            watched.reported = false;
            watched.since = watched.since.map(|_| now);
        }
        self.wake(now);
    }

    /// Sets the one timer to the next element's second.
    fn wake(&mut self, now: f64) {
        let open = self.watched.iter().flatten().filter(|watched| !watched.reported);
        let next = open.filter_map(|watched| watched.since).reduce(f64::min);
        self.timer = next.map(|since| {
            let left = (since + SEEN_AFTER_MS - now).max(0.0);
            Timeout::new(left as u32 + 1, || with(Tracker::look))
        });
    }

    fn watch_tree(&mut self, root: &Element) {
        each_candidate(root, |element| self.watch(element));
    }

    fn watch(&mut self, element: &Element) {
        if self.place(element).is_some() || own_name(element).is_none() {
            return;
        }
        let watched = Some(Watched {
            element: element.clone(),
            half: false,
            middle: false,
            since: None,
            reported: false,
        });
        let index = self.free.pop().unwrap_or(self.watched.len());
        match self.watched.get_mut(index) {
            Some(place) => *place = watched,
            None => self.watched.push(watched),
        }
        self.places.set(element, &JsValue::from_f64(index as f64));
        self.half.observe(element);
        self.middle.observe(element);
    }

    fn unwatch(&mut self, element: &Element) {
        let Some(index) = self.place(element) else { return };
        self.half.unobserve(element);
        self.middle.unobserve(element);
        self.places.delete(element);
        self.watched[index] = None;
        self.free.push(index);
    }

    fn place(&self, element: &Element) -> Option<usize> {
        self.places.get(element).as_f64().map(|index| index as usize)
    }
}

impl Drop for Views {
    fn drop(&mut self) {
        self.half.disconnect();
        self.middle.disconnect();
        self.changes.disconnect();
    }
}

/// The element itself and those below it that may have a name.
fn each_candidate(root: &Element, mut visit: impl FnMut(&Element)) {
    visit(root);
    if let Ok(below) = root.query_selector_all(CANDIDATES) {
        for element in elements(&below) {
            visit(&element);
        }
    }
}
