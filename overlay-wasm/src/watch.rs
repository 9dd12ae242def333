//! Notices what may move or change the page's elements.

use gloo::events::{EventListener, EventListenerOptions};
use gloo::utils::{document, window};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, EventTarget, MutationObserver, MutationObserverInit, ResizeObserver};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// All of the page is elsewhere.
    Scrolled,
    /// Elements may be elsewhere.
    Moved,
    /// Elements may have come or gone, or be called otherwise.
    Changed,
}

/// Ends when dropped.
pub(crate) struct Watch {
    _listeners: Vec<EventListener>,
    mutations: MutationObserver,
    sizes: ResizeObserver,
    _changed: Closure<dyn FnMut()>,
    _sized: Closure<dyn FnMut()>,
}

impl Watch {
    pub(crate) fn new(tell: impl Fn(Change) + Copy + 'static) -> Result<Self, JsValue> {
        let changed = Closure::<dyn FnMut()>::new(move || tell(Change::Changed));
        let sized = Closure::<dyn FnMut()>::new(move || tell(Change::Moved));
        let mutations = MutationObserver::new(changed.as_ref().unchecked_ref())?;
        let all = MutationObserverInit::new();
        all.set_child_list(true);
        all.set_subtree(true);
        all.set_attributes(true);
        all.set_character_data(true);
        mutations.observe_with_options(&document(), &all)?;
        let sizes = ResizeObserver::new(sized.as_ref().unchecked_ref())?;

        let capture = EventListenerOptions::run_in_capture_phase();
        let on = |target: &EventTarget, name: &'static str, change: Change| {
            EventListener::new_with_options(target, name, capture, move |_| tell(change))
        };
        let (document, window) = (document(), window());
        let mut listeners: Vec<EventListener> = ["load", "transitionend", "animationend", "toggle"]
            .map(|name| on(&document, name, Change::Moved))
            .into();
        listeners.push(on(&document, "scroll", Change::Scrolled));
        for name in ["resize", "popstate", "hashchange", "load"] {
            listeners.push(on(&window, name, Change::Changed));
        }
        // Where the browser tells of pushState.
        if let Ok(navigation) = js_sys::Reflect::get(&window, &JsValue::from_str("navigation"))
            && let Some(navigation) = navigation.dyn_ref::<EventTarget>()
        {
            listeners.push(on(navigation, "currententrychange", Change::Changed));
        }
        Ok(Self {
            _listeners: listeners,
            mutations,
            sizes,
            _changed: changed,
            _sized: sized,
        })
    }

    /// These elements' sizes instead of others', and the page's.
    pub(crate) fn follow<'e>(&self, elements: impl Iterator<Item = &'e Element>) {
        self.sizes.disconnect();
        let page = [
            document().document_element(),
            document().body().map(JsCast::unchecked_into),
        ];
        for element in page.iter().flatten() {
            self.sizes.observe(element);
        }
        for element in elements {
            self.sizes.observe(element);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.mutations.disconnect();
        self.sizes.disconnect();
    }
}
