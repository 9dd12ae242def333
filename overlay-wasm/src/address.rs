//! What the page's address and the tab's storage bring along: the token, and what to show.

use gloo::storage::{SessionStorage, Storage};
use gloo::utils::window;
use wasm_bindgen::JsValue;
use web_sys::UrlSearchParams;

/// In the tab's session storage, so that a reload keeps it; gone with the tab.
const KEPT: &str = "clickpath.overlay";
const MARK: &str = "clickpath-";

pub(crate) struct Given {
    pub(crate) token: Option<String>,
    pub(crate) mode: Option<String>,
    pub(crate) device: Option<String>,
    pub(crate) period: Option<String>,
    /// Origin of the page that shows this one in a frame and has the controls.
    pub(crate) frame: Option<String>,
}

/// Reads the fragment's part that is for the overlay, takes it out of the address at once, and keeps the token for the tab.
pub(crate) fn take() -> Result<Given, JsValue> {
    let location = window().location();
    let hash = location.hash()?;
    let (kept, ours) = split(&hash);
    let given = UrlSearchParams::new_with_str(ours)?;
    let word = |name: &str| given.get(&format!("{MARK}{name}"));
    if !ours.is_empty() {
        let address = format!("{}{}{kept}", location.pathname()?, location.search()?);
        let history = window().history()?;
        history.replace_state_with_url(&history.state()?, "", Some(&address))?;
    }
    let token = word("token").filter(|token| !token.is_empty());
    // Some pages have no storage.
    let stores = matches!(window().session_storage(), Ok(Some(_)));
    let token = match token {
        Some(token) => {
            if stores && SessionStorage::set(KEPT, &token).is_err() {
                crate::overlay::warn("the token is not kept: a reload ends the overlay");
            }
            Some(token)
        }
        None => stores.then(|| SessionStorage::get(KEPT).ok()).flatten(),
    };
    Ok(Given {
        token,
        mode: word("mode"),
        device: word("device"),
        period: word("period"),
        frame: word("frame"),
    })
}

/// The token is of no use any more.
pub(crate) fn forget() {
    if matches!(window().session_storage(), Ok(Some(_))) {
        SessionStorage::delete(KEPT);
    }
}

/// The page's own fragment with its `#`, and what of it is for the overlay: that part is the last.
fn split(hash: &str) -> (&str, &str) {
    let begins = hash
        .match_indices(MARK)
        .map(|(place, _)| place)
        .find(|place| hash[..*place].ends_with(['#', '&', '?']));
    match begins {
        Some(place) => {
            let kept = &hash[..place - 1];
            (if kept == "#" { "" } else { kept }, &hash[place..])
        }
        None => (hash, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_the_pages_own_fragment() {
        for (hash, expect) in [
            ("", ("", "")),
            ("#reviews", ("#reviews", "")),
            ("#clickpath-token=cpo_1", ("", "clickpath-token=cpo_1")),
            (
                "#/cart?step=2&clickpath-token=a&clickpath-mode=ctr",
                ("#/cart?step=2", "clickpath-token=a&clickpath-mode=ctr"),
            ),
            ("#my-clickpath-token=a", ("#my-clickpath-token=a", "")),
        ] {
            assert_eq!(split(hash), expect, "{hash}");
        }
    }
}
