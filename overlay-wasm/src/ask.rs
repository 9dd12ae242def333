//! Asks the gateway.

use gloo::utils::window;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, RequestCredentials, RequestInit, Response, UrlSearchParams};

use crate::rows::{Refusal, Report};
use crate::words::trouble;

/// Why there are no rows, for people; and whether the token is of no use any more.
pub(crate) struct Failure {
    pub(crate) words: String,
    pub(crate) token_ended: bool,
}

impl Failure {
    fn new(status: u16, code: &str, message: &str) -> Self {
        Self {
            words: trouble(status, code, message),
            token_ended: status == 401,
        }
    }
}

/// The rows of a metric.
pub(crate) async fn rows<Row: DeserializeOwned>(
    address: &str,
    parameters: &[(&str, String)],
    token: &str,
) -> Result<Vec<Row>, Failure> {
    let unreachable = |_: JsValue| Failure::new(0, "", "");
    let response = fetch(address, parameters, token).await.map_err(unreachable)?;
    let status = response.status();
    let text = match response.text() {
        Ok(text) => JsFuture::from(text).await.map_err(unreachable)?,
        Err(error) => return Err(unreachable(error)),
    };
    let text = text.as_string().unwrap_or_default();
    if !response.ok() {
        // Something between here and the gateway may have answered.
        return Err(match serde_json::from_str::<Refusal>(&text) {
            Ok(refusal) => Failure::new(status, &refusal.error.code, &refusal.error.message),
            Err(_) => Failure::new(status, "", ""),
        });
    }
    let report: Report<Row> = serde_json::from_str(&text).map_err(|error| Failure {
        words: format!("The gateway's answer is not understood: {error}."),
        token_ended: false,
    })?;
    Ok(report.data)
}

async fn fetch(address: &str, parameters: &[(&str, String)], token: &str) -> Result<Response, JsValue> {
    let query = UrlSearchParams::new()?;
    for (name, value) in parameters.iter().filter(|(_, value)| !value.is_empty()) {
        query.append(name, value);
    }
    let headers = Headers::new()?;
    headers.append("authorization", &format!("Bearer {token}"))?;
    headers.append("accept", "application/json")?;
    let options = RequestInit::new();
    options.set_headers_headers(&headers);
    options.set_credentials(RequestCredentials::Omit);
    let address = format!("{address}?{}", String::from(query.to_string()));
    let response = JsFuture::from(window().fetch_with_str_and_init(&address, &options)).await?;
    response.dyn_into()
}
