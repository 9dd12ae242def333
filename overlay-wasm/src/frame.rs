//! The dashboard around the page, when it shows the page in a frame: it has the controls, and hears what is shown.

use gloo::events::{EventListener, EventListenerOptions};
use gloo::utils::window;
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, MessageEvent};

use crate::find::leads_to;

/// What both sides sign their messages with.
const NAME: &str = "overlay";

/// The page around, by the origin that the address named along with the token.
pub(crate) struct Frame {
    origin: String,
    last: String,
}

/// What the dashboard wants to see.
#[derive(Deserialize)]
pub(crate) struct Wish {
    clickpath: String,
    pub(crate) mode: Option<String>,
    pub(crate) device: Option<String>,
    pub(crate) period: Option<String>,
    /// By so much the page is shown smaller; then nothing else is wished.
    pub(crate) scale: Option<f64>,
}

/// What is shown now.
#[derive(Serialize)]
pub(crate) struct Told<'t> {
    pub(crate) clickpath: &'static str,
    pub(crate) path: &'t str,
    pub(crate) mode: &'t str,
    /// `loading`, `shown`, `empty` or `failed`.
    pub(crate) state: &'t str,
    pub(crate) words: &'t str,
    /// Numbers at both ends and in the middle of the scale, as text; none without a scale.
    pub(crate) scale: &'t [String],
    /// Names whose elements are not on the page as it is now.
    pub(crate) missing: Vec<&'t str>,
}

#[derive(Serialize)]
struct Go<'t> {
    clickpath: &'static str,
    go: &'t str,
}

impl Frame {
    pub(crate) fn new(origin: Option<String>) -> Option<Self> {
        let around = window().parent().ok().flatten()?;
        let inside = !js_sys::Object::is(&around, &window());
        let origin = origin.filter(|_| inside)?;
        Some(Self {
            origin,
            last: String::new(),
        })
    }

    /// Once: what was told last is not told again.
    pub(crate) fn tell(&mut self, mut told: Told<'_>) -> Result<(), JsValue> {
        told.clickpath = NAME;
        let text = serde_json::to_string(&told).map_err(|error| JsValue::from_str(&error.to_string()))?;
        if text != self.last {
            post(&text, &self.origin)?;
            self.last = text;
        }
        Ok(())
    }

    /// Hears the dashboard, and passes links on to it: another page in the frame would not have the overlay.
    pub(crate) fn listen(&self, wished: impl Fn(Wish) + 'static) -> [EventListener; 3] {
        let (origin, to) = (self.origin.clone(), self.origin.clone());
        let heard = move |event: &Event| {
            let Some(event) = event.dyn_ref::<MessageEvent>() else {
                return;
            };
            let from_around = window().parent().ok().flatten().is_some_and(|around| {
                event
                    .source()
                    .is_some_and(|source| js_sys::Object::is(&source, &around))
            });
            let text = event
                .data()
                .as_string()
                .filter(|_| from_around && event.origin() == origin);
            let wish = text.and_then(|text| serde_json::from_str::<Wish>(&text).ok());
            if let Some(wish) = wish.filter(|wish| wish.clickpath == NAME) {
                wished(wish);
            }
        };
        let clicked = move |event: &Event| {
            let Some(address) = leads_to(&event.composed_path()) else {
                return;
            };
            event.prevent_default();
            event.stop_immediate_propagation();
            let go = Go {
                clickpath: NAME,
                go: &address,
            };
            if let Ok(text) = serde_json::to_string(&go)
                && post(&text, &to).is_err()
            {
                crate::overlay::warn("the page around does not hear");
            }
        };
        let options = EventListenerOptions {
            phase: gloo::events::EventListenerPhase::Capture,
            passive: false,
        };
        let window = window();
        [
            EventListener::new(&window, "message", heard),
            EventListener::new_with_options(&window, "click", options, clicked),
            EventListener::new_with_options(&window, "submit", options, Event::prevent_default),
        ]
    }
}

fn post(text: &str, origin: &str) -> Result<(), JsValue> {
    let Some(around) = window().parent()? else {
        return Ok(());
    };
    around.post_message(&JsValue::from_str(text), origin)
}
