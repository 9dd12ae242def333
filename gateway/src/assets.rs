//! Files built into the binary: tracker, demo shop, dashboard.

mod asset;
mod folder;

use axum::extract::{self, Request};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use rust_embed::RustEmbed;

use crate::State;
use crate::error;
use asset::{Asset, Caching};
use folder::{Folder, Found};

const SCRIPT: &str = "clickpath.js";
const SHOP: &str = "/shop/";
const DASHBOARD: &str = "/dashboard/";

/// Shows that the tracker lives under a strict policy.
const SHOP_POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; connect-src 'self'";
const DASHBOARD_POLICY: &str = "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'";

#[derive(RustEmbed)]
#[folder = "../dist/tracker"]
#[allow_missing = true]
struct TrackerFiles;

#[derive(RustEmbed)]
#[folder = "../demo-site"]
struct ShopFiles;

#[derive(RustEmbed)]
#[folder = "dashboard"]
struct DashboardFiles;

/// The files the gateway serves, read, hashed and compressed once.
pub struct Assets {
    tracker: Folder,
    shop: Folder,
    dashboard: Folder,
}

#[derive(Debug, thiserror::Error)]
pub enum AssetsError {
    #[error("the tracker's {missing} is not built in: run `cargo xtask tracker`, then build this program again")]
    NoTracker { missing: &'static str },
    #[error("{file} of {folder} has a type that is not known here")]
    UnknownType { folder: &'static str, file: String },
    #[error("compressing {file}: {source}")]
    Compress { file: String, source: std::io::Error },
    #[error("{folder} has no index.html")]
    NoIndex { folder: &'static str },
}

impl Assets {
    pub fn built_in() -> Result<Self, AssetsError> {
        Self::new(&files::<TrackerFiles>())
    }

    /// With these tracker files, by name; the other folders as built in.
    pub fn new(tracker: &[(String, Vec<u8>)]) -> Result<Self, AssetsError> {
        for (missing, suffix) in [("clickpath.js", SCRIPT), ("WASM file", ".wasm")] {
            if !tracker.iter().any(|(name, _)| name.ends_with(suffix)) {
                return Err(AssetsError::NoTracker { missing });
            }
        }
        let with_index = |folder: Folder, name| match folder.find("") {
            Found::File(_) => Ok(folder),
            _ => Err(AssetsError::NoIndex { folder: name }),
        };
        Ok(Self {
            tracker: Folder::new("tracker", tracker, Caching::ByName)?,
            shop: with_index(
                Folder::new("demo-site", &files::<ShopFiles>(), Caching::Revalidate)?,
                "demo-site",
            )?,
            dashboard: with_index(
                Folder::new("dashboard", &files::<DashboardFiles>(), Caching::Revalidate)?,
                "dashboard",
            )?,
        })
    }

    pub(crate) fn tracker_files(&self) -> impl Iterator<Item = &str> {
        // `sizes.json` beside them is for the docs.
        self.tracker.names().filter(|name| name.starts_with("clickpath"))
    }
}

fn files<F: RustEmbed>() -> Vec<(String, Vec<u8>)> {
    let read =
        |name: std::borrow::Cow<'static, str>| F::get(&name).map(|file| (name.into_owned(), file.data.into_owned()));
    F::iter().filter_map(read).collect()
}

/// `GET /clickpath.js` and the files it loads, for pages of any origin.
pub(crate) async fn tracker(extract::State(state): extract::State<State>, request: Request) -> Response {
    let name = request.uri().path().trim_start_matches('/');
    let Found::File(asset) = state.assets.tracker.find(name) else {
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
    page(&state.assets.shop, SHOP, SHOP_POLICY, &request)
}

/// `GET /dashboard/…`
pub(crate) async fn dashboard(extract::State(state): extract::State<State>, request: Request) -> Response {
    page(&state.assets.dashboard, DASHBOARD, DASHBOARD_POLICY, &request)
}

fn redirect(path: &str, request: &Request) -> Response {
    match request.uri().query() {
        Some(query) => Redirect::permanent(&format!("{path}?{query}")).into_response(),
        None => Redirect::permanent(path).into_response(),
    }
}

fn page(folder: &Folder, prefix: &str, policy: &'static str, request: &Request) -> Response {
    let Some(path) = request.uri().path().strip_prefix(prefix) else {
        return redirect(prefix, request);
    };
    let asset: &Asset = match folder.find(path) {
        Found::File(asset) => asset,
        Found::Directory => return redirect(&format!("{prefix}{path}/"), request),
        Found::Nothing => return error::nothing_here(),
    };
    let mut response = asset.respond(request.headers());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("strict-origin-when-cross-origin"),
    );
    response
}
