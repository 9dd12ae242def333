use axum::http::{HeaderName, HeaderValue, header};

/// Of answers that are another one a moment later, or for one caller only.
pub(crate) fn no_store() -> [(HeaderName, HeaderValue); 1] {
    [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))]
}
