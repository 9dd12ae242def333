//! Errors as a page, for people whose browser asks for one; programs get JSON.

use axum::extract::{self, Request};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, Limited};
use serde::Deserialize;

use crate::State;
use crate::assets::made;

/// An error's JSON is smaller.
const BODY_BYTES: usize = 16 * 1024;

#[derive(Deserialize)]
struct Body {
    error: Said,
}

#[derive(Deserialize)]
struct Said {
    code: String,
    message: String,
}

/// Puts an error's words on a page when a browser opens an address.
pub(crate) async fn for_people(extract::State(state): extract::State<State>, request: Request, next: Next) -> Response {
    let is_person = matches!(*request.method(), Method::GET | Method::HEAD) && wants_page(request.headers());
    let response = next.run(request).await;
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    if !is_error || !is_person || !is_json(response.headers()) {
        return response;
    }
    let (parts, body) = response.into_parts();
    let Ok(body) = Limited::new(body, BODY_BYTES).collect().await else {
        return crate::error::internal();
    };
    let body = body.to_bytes();
    let Ok(Body { error }) = serde_json::from_slice(&body) else {
        // Of another form: as it is.
        return Response::from_parts(parts, body.into());
    };
    let mut page = (status, made(fill(state.assets.error(), status, &error))).into_response();
    for name in [header::RETRY_AFTER, header::WWW_AUTHENTICATE, header::ALLOW] {
        for value in parts.headers.get_all(&name) {
            page.headers_mut().append(&name, value.clone());
        }
    }
    let headers = page.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("accept"));
    page
}

/// Browsers name HTML when they open an address; scripts and programs do not.
fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.split(',').any(|one| one.trim().starts_with("text/html")))
}

fn is_json(headers: &HeaderMap) -> bool {
    let found = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    found.is_some_and(|found| found.starts_with(b"application/json"))
}

fn fill(page: &str, status: StatusCode, error: &Said) -> String {
    page.replace("{{error-title}}", title(status))
        .replace("{{error-status}}", status.as_str())
        .replace("{{error-code}}", &escape(&error.code))
        .replace("{{error-message}}", &escape(&sentence(&error.message)))
}

fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "Not found",
        StatusCode::UNAUTHORIZED => "This needs a key",
        StatusCode::FORBIDDEN => "This is not for everybody",
        StatusCode::METHOD_NOT_ALLOWED => "This address is for programs",
        StatusCode::TOO_MANY_REQUESTS => "A little slower, please",
        StatusCode::SERVICE_UNAVAILABLE => "Not at the moment",
        status if status.is_server_error() => "Something went wrong here",
        _ => "That could not be answered",
    }
}

/// As people write it: the messages of errors are parts of sentences.
fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    let end = if message.ends_with(['.', '!', '?']) { "" } else { "." };
    first.chain(letters).collect::<String>() + end
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_strangers_stay_words() {
        let error = Said {
            code: "invalid_parameter".to_owned(),
            message: "parameter <script>\"'&{{error-code}} is not known".to_owned(),
        };
        let page = fill(
            "{{error-status}} {{error-title}} {{error-message}}",
            StatusCode::BAD_REQUEST,
            &error,
        );
        assert_eq!(
            page,
            "400 That could not be answered Parameter &lt;script&gt;&quot;&#39;&amp;{{error-code}} is not known."
        );
    }
}
