//! Files built into the binary: tracker, demo shop, and the pages of `web/`.

mod asset;
mod folder;

use axum::extract::{self, Request};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use rust_embed::RustEmbed;

use crate::State;
use crate::error;
use asset::{Asset, Caching};
use folder::{Folder, Found};

const SCRIPT: &str = "clickpath.js";
pub(crate) const SHOP: &str = "/shop/";
/// The tracker's loader imports it by this name.
const OVERLAY: &str = "overlay.js";
/// What is named by its hash: scripts, styles and pictures of the pages.
const PARTS: &str = "assets/";

/// Shows that the tracker lives under a strict policy.
const SHOP_POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'self'";
/// Pages that a build must have. Each but home and error has a route of its name.
const PAGES: [&str; 6] = [
    "dashboard.html",
    "heatmap.html",
    "live.html",
    "journeys.html",
    HOME,
    ERROR,
];
const HOME: &str = "home.html";
/// Around the words of a refusal, for people.
const ERROR: &str = "error.html";

/// No inline script or style, no text made markup (`innerHTML` and the like), nothing from elsewhere, and no form that a browser sends
/// by itself.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

#[derive(RustEmbed)]
#[folder = "../dist/tracker"]
#[allow_missing = true]
struct TrackerFiles;

#[derive(RustEmbed)]
#[folder = "../dist/overlay"]
#[allow_missing = true]
struct OverlayFiles;

#[derive(RustEmbed)]
#[folder = "../demo-site"]
struct ShopFiles;

/// What `cargo xtask web` makes of `web/`: `pages/<name>.html`, and `assets/<name>-<hash>` for what they load.
#[derive(RustEmbed)]
#[folder = "../dist/web"]
#[allow_missing = true]
struct WebFiles;

/// The files the gateway serves, read, hashed and compressed once.
pub struct Assets {
    tracker: Folder,
    overlay: Folder,
    shop: Folder,
    pages: Folder,
    parts: Folder,
}

#[derive(Debug, thiserror::Error)]
pub enum AssetsError {
    #[error("the tracker's {missing} is not built in: run `cargo xtask tracker`, then build this program again")]
    NoTracker { missing: &'static str },
    #[error("the overlay is not built in: run `cargo xtask overlay`, then build this program again")]
    NoOverlay,
    #[error("the page {missing} is not built in: run `cargo xtask web`, then build this program again")]
    NoPage { missing: &'static str },
    #[error("{file} of {folder} has a type that is not known here")]
    UnknownType { folder: &'static str, file: String },
    #[error("compressing {file}: {source}")]
    Compress { file: String, source: std::io::Error },
    #[error("{folder} has no index.html")]
    NoIndex { folder: &'static str },
}

impl Assets {
    pub fn built_in() -> Result<Self, AssetsError> {
        Self::new(&files::<TrackerFiles>(), &files::<OverlayFiles>(), &files::<WebFiles>())
    }

    /// With these files of tracker, overlay and pages, by name; the shop as built in.
    pub fn new(
        tracker: &[(String, Vec<u8>)],
        overlay: &[(String, Vec<u8>)],
        web: &[(String, Vec<u8>)],
    ) -> Result<Self, AssetsError> {
        for (missing, suffix) in [("clickpath.js", SCRIPT), ("WASM file", ".wasm")] {
            if !tracker.iter().any(|(name, _)| name.ends_with(suffix)) {
                return Err(AssetsError::NoTracker { missing });
            }
        }
        if !overlay.iter().any(|(name, _)| name == OVERLAY) {
            return Err(AssetsError::NoOverlay);
        }
        let shop = Folder::new("demo-site", &files::<ShopFiles>(), Caching::Revalidate)?;
        let Found::File(_) = shop.find("") else {
            return Err(AssetsError::NoIndex { folder: "demo-site" });
        };
        let pages = Folder::new("pages", &below(web, "pages/"), Caching::Revalidate)?;
        if let Some(missing) = PAGES.into_iter().find(|page| pages.text(page).is_none()) {
            return Err(AssetsError::NoPage { missing });
        }
        Ok(Self {
            tracker: Folder::new("tracker", tracker, Caching::ByName)?,
            overlay: Folder::new("overlay", overlay, Caching::ByName)?,
            shop,
            pages,
            parts: Folder::new(PARTS, &below(web, PARTS), Caching::Forever)?,
        })
    }

    /// The HTML of the page `error`, which [`crate::home`] fills in.
    pub(crate) fn error(&self) -> &str {
        self.text(ERROR)
    }

    /// The HTML of the page `home`.
    pub(crate) fn home(&self) -> &str {
        self.text(HOME)
    }

    fn text(&self, page: &str) -> &str {
        self.pages.text(page).expect("`new` refuses to be without its pages")
    }

    pub(crate) fn tracker_files(&self) -> impl Iterator<Item = &str> {
        // `sizes.json` beside them is for the docs.
        self.tracker.names().filter(|name| *name != "sizes.json")
    }

    pub(crate) fn overlay_files(&self) -> impl Iterator<Item = &str> {
        self.overlay.names().filter(|name| *name != "sizes.json")
    }
}

fn files<F: RustEmbed>() -> Vec<(String, Vec<u8>)> {
    let read =
        |name: std::borrow::Cow<'static, str>| F::get(&name).map(|file| (name.into_owned(), file.data.into_owned()));
    F::iter().filter_map(read).collect()
}

/// `GET /clickpath.js` and the files it loads, for pages of any origin.
pub(crate) async fn tracker(extract::State(state): extract::State<State>, request: Request) -> Response {
    let path = request.uri().path();
    let name = match state.settings.tracker_path.as_deref() == Some(path) {
        true => SCRIPT,
        false => path.rsplit('/').next().unwrap_or(path),
    };
    for_any_page(state.assets.tracker.find(name), &request)
}

/// `GET /overlay/overlay.js` and the module it loads, for pages of any origin.
pub(crate) async fn overlay(extract::State(state): extract::State<State>, request: Request) -> Response {
    let path = request.uri().path();
    for_any_page(
        state.assets.overlay.find(path.rsplit('/').next().unwrap_or(path)),
        &request,
    )
}

fn for_any_page(found: Found<'_>, request: &Request) -> Response {
    let Found::File(asset) = found else {
        return error::nothing_here();
    };
    let mut response = asset.respond(request.headers());
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
        (HeaderName::from_static("timing-allow-origin"), "*"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// `GET /shop/…`: the demo shop.
pub(crate) async fn shop(extract::State(state): extract::State<State>, request: Request) -> Response {
    from_folder(&state.assets.shop, SHOP, SHOP_POLICY, &request)
}

/// `GET /dashboard` and the like: the page of the address's name.
pub(crate) async fn page(extract::State(state): extract::State<State>, request: Request) -> Response {
    match state.assets.pages.find(request.uri().path().trim_matches('/')) {
        Found::File(asset) => with_policy(asset.respond(request.headers()), PAGE_POLICY),
        _ => error::nothing_here(),
    }
}

/// The same, of a page that may show pages of these origins in a frame.
pub(crate) fn framing_page(state: &State, request: &Request, origins: &str) -> Response {
    let Found::File(asset) = state.assets.pages.find(request.uri().path().trim_matches('/')) else {
        return error::nothing_here();
    };
    let mut response = with_policy(asset.respond(request.headers()), PAGE_POLICY);
    let policy = format!("{PAGE_POLICY}; frame-src 'self' {origins}");
    // Origins of addresses that were parsed are ASCII.
    if let Ok(policy) = HeaderValue::try_from(policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// `GET /assets/…`: what the pages load.
pub(crate) async fn part(extract::State(state): extract::State<State>, request: Request) -> Response {
    let name = request.uri().path().trim_start_matches('/').strip_prefix(PARTS);
    match state.assets.parts.find(name.unwrap_or("")) {
        Found::File(asset) => asset.respond(request.headers()),
        _ => error::nothing_here(),
    }
}

/// HTML that was made for this request.
pub(crate) fn made(html: String) -> Response {
    let headers = [
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    with_policy((headers, Html(html)).into_response(), PAGE_POLICY)
}

/// Of the files below `prefix`, without it.
fn below(files: &[(String, Vec<u8>)], prefix: &str) -> Vec<(String, Vec<u8>)> {
    let inside = |(name, bytes): &(String, Vec<u8>)| Some((name.strip_prefix(prefix)?.to_owned(), bytes.clone()));
    files.iter().filter_map(inside).collect()
}

fn redirect(path: &str, request: &Request) -> Response {
    match request.uri().query() {
        Some(query) => Redirect::permanent(&format!("{path}?{query}")).into_response(),
        None => Redirect::permanent(path).into_response(),
    }
}

fn from_folder(folder: &Folder, prefix: &str, policy: &'static str, request: &Request) -> Response {
    let Some(path) = request.uri().path().strip_prefix(prefix) else {
        return redirect(prefix, request);
    };
    let asset: &Asset = match folder.find(path) {
        Found::File(asset) => asset,
        Found::Directory => return redirect(&format!("{prefix}{path}/"), request),
        Found::Nothing => return error::nothing_here(),
    };
    with_policy(asset.respond(request.headers()), policy)
}

fn with_policy(mut response: Response, policy: &'static str) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("strict-origin-when-cross-origin"),
    );
    response
}
