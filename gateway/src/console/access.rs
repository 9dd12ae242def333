use std::net::IpAddr;
use std::sync::Arc;

use axum::http::{HeaderMap, Method, header};

use super::Console;
use super::error::ConsoleError;
use crate::State;
use crate::roles::{Caller, Scope};
use crate::settings::Settings;

/// Who looks, where the console is on: anybody on a loopback address without a keys file, else a key of the scope admin, which is
/// shown its sites. `--public-reports` does not open it: it shows what visitors sent, personal data included.
pub(crate) fn check<'s>(
    state: &'s State,
    method: &Method,
    headers: &HeaderMap,
) -> Result<(&'s Arc<Console>, Caller), ConsoleError> {
    let console = state.console.as_ref().ok_or(ConsoleError::Off)?;
    Ok((console, administrator(state, method, headers)?))
}

/// The operator's own machine, or a key of the scope admin.
pub(crate) fn administrator(state: &State, method: &Method, headers: &HeaderMap) -> Result<Caller, ConsoleError> {
    let has_key = headers.contains_key(header::AUTHORIZATION);
    if is_open(&state.settings) && !has_key {
        return match is_local(headers) {
            true => Ok(Caller::Anonymous),
            false => Err(ConsoleError::Name),
        };
    }
    Ok(Caller::identify(state, method, headers, Scope::Admin)?)
}

/// Whether this needs no key.
pub(crate) fn is_open(settings: &Settings) -> bool {
    settings.keys_file.is_none() && settings.listen.ip().is_loopback()
}

/// A page of the web may have its own name point at 127.0.0.1 and then read what is open there; it cannot choose the name that its
/// visitor's browser says.
fn is_local(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST) else {
        return true;
    };
    let Ok(authority) = host.to_str().unwrap_or("").parse::<axum::http::uri::Authority>() else {
        return false;
    };
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    let is_name = host.eq_ignore_ascii_case("localhost") || host.to_ascii_lowercase().ends_with(".localhost");
    is_name || host.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn names_of_others_are_not_local() {
        for (host, expect) in [
            ("localhost:8080", true),
            ("shop.localhost", true),
            ("127.0.0.1:8080", true),
            ("[::1]:8080", true),
            ("192.0.2.1", true),
            ("evil.example", false),
            ("localhost.evil.example", false),
            ("127.0.0.1.evil.example:80", false),
            ("evil.example@127.0.0.1", true),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(host))]);
            assert_eq!(is_local(&headers), expect, "{host}");
        }
        assert!(is_local(&HeaderMap::new()));
    }
}
