//! The overlay: what visitors did, drawn on the live page for its operator.
//!
//! The tracker's loader imports it where the page's address has `?clickpath=overlay`; visitors never download it. It lives in a
//! closed shadow tree, asks the gateway for three reports, and draws them on the page as it is laid out now.
//!
//! - [`overlay`]: the one owner of the state; everything the page or the operator does ends in one frame that draws it
//! - [`anchor`], [`density`], [`labels`], [`reach`], [`words`], [`asked`], [`rows`]: what is drawn where, without a browser
//! - [`shell`], [`toolbar`], [`boxes`], [`nodes`]: what is in the shadow tree
//! - [`address`], [`ask`], [`frame`], [`watch`], [`find`]: the page's address, the gateway, the page around, changes, elements
//!
//! What an element is called is the tracker's to say: `host/find.js` walks by its `naming.js`.

mod address;
mod anchor;
mod ask;
mod asked;
mod boxes;
mod density;
mod find;
mod frame;
mod labels;
mod nodes;
mod overlay;
mod reach;
mod rows;
mod shell;
mod toolbar;
mod watch;
mod words;

use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

/// Puts the overlay on the page. `base` is the address below which its files and the gateway's answers are, with the slash at its end.
#[wasm_bindgen]
pub fn start(base: String) -> Result<(), JsValue> {
    overlay::open(base)
}
