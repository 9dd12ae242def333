use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::error::AccessError;
use super::ring::{RingKey, Scope};
use crate::State;
use crate::events::bearer;
use crate::settings::Settings;

/// Who asks, by the name that the audit and saved reports keep.
#[derive(Debug, Clone)]
pub(crate) enum Caller {
    /// Where reports are open.
    Anonymous,
    /// Of `--operator-key`.
    Operator,
    Key(Arc<RingKey>),
    /// Of a token that reads one site's reports.
    Site([String; 1]),
}

/// Somebody who may ask for reports.
pub(crate) struct Reader(pub(crate) Caller);

/// Somebody who may do everything.
pub(crate) struct Admin(pub(crate) Caller);

/// Whether reports need no key: on a loopback address without a keys file, and where the operator says so.
pub(crate) fn reads_are_open(settings: &Settings) -> bool {
    settings.public_reports || (settings.keys_file.is_none() && settings.listen.ip().is_loopback())
}

impl Caller {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Operator => "operator",
            Self::Key(key) => &key.name,
            Self::Site(_) => "overlay",
        }
    }

    /// The sites it is restricted to.
    pub(crate) fn sites(&self) -> Option<&[String]> {
        match self {
            Self::Key(key) => key.sites.as_deref(),
            Self::Site(site) => Some(site),
            Self::Anonymous | Self::Operator => None,
        }
    }

    /// The site it means: `asked`, or its only one. `None` is all of them.
    pub(crate) fn site(&self, asked: Option<String>) -> Result<Option<String>, AccessError> {
        match (self.sites(), asked) {
            (None, asked) => Ok(asked),
            (Some(sites), Some(asked)) if sites.contains(&asked) => Ok(Some(asked)),
            (Some(_), Some(_)) => Err(AccessError::OtherSite),
            (Some([only]), None) => Ok(Some(only.clone())),
            (Some(_), None) => Err(AccessError::SiteRequired),
        }
    }

    /// For what concerns every site.
    pub(crate) fn everywhere(&self) -> Result<(), AccessError> {
        match self.sites() {
            None => Ok(()),
            Some(_) => Err(AccessError::SomeSites),
        }
    }

    fn may(&self, scope: Scope) -> bool {
        match self {
            Self::Anonymous => false,
            Self::Operator => scope != Scope::Ingest,
            Self::Key(key) => key.may(scope),
            Self::Site(_) => scope == Scope::Read,
        }
    }

    /// Who sends this request, or why that is nobody who may do what needs `scope`.
    pub(crate) fn identify(
        state: &State,
        method: &Method,
        headers: &HeaderMap,
        needs: Scope,
    ) -> Result<Self, AccessError> {
        let is_read = matches!(*method, Method::GET | Method::HEAD);
        let prompt = is_read && opens_page(headers);
        let is_open = needs == Scope::Read && reads_are_open(&state.settings);
        let caller = match shown(headers, is_read) {
            Shown::Nothing if is_open => return Ok(Self::Anonymous),
            Shown::Nothing => return Err(AccessError::KeyRequired { needs, prompt }),
            Shown::Bearer(key) => Self::of(key, state),
            Shown::Basic(key) => match Self::of(&key, state) {
                // A web server in front may ask for passwords of its own, and browsers send them on.
                None if is_open => return Ok(Self::Anonymous),
                caller => caller,
            },
        };
        match caller {
            Some(caller) if caller.may(needs) => Ok(caller),
            Some(caller) => {
                tracing::warn!(
                    key = caller.name(),
                    needs = needs.as_str(),
                    "key without the scope refused"
                );
                Err(AccessError::Scope { needs })
            }
            None => Err(AccessError::WrongKey { prompt }),
        }
    }

    fn of(key: &[u8], state: &State) -> Option<Self> {
        match &state.settings.operator_key {
            Some(operator) if operator.is(key) => Some(Self::Operator),
            _ => state.keys.find(key).cloned().map(Self::Key),
        }
    }
}

/// Whether a browser asks because somebody followed a link. The scripts of the built-in pages ask for a key themselves.
fn opens_page(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter();
    accepted
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.contains("text/html"))
}

enum Shown<'r> {
    Nothing,
    Bearer(&'r [u8]),
    /// The password: what a browser asks people for.
    Basic(Vec<u8>),
}

/// Basic counts where nothing is changed: a browser sends it by itself, also for a foreign page that posts a form.
fn shown(headers: &HeaderMap, is_read: bool) -> Shown<'_> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Shown::Nothing;
    };
    match basic(value.as_bytes()).filter(|_| is_read) {
        Some(basic) => Shown::Basic(password(basic)),
        // Of another scheme: no key that is known.
        None => Shown::Bearer(bearer(value.as_bytes()).unwrap_or_default()),
    }
}

fn basic(value: &[u8]) -> Option<&[u8]> {
    let (scheme, rest) = value.split_at_checked("Basic ".len())?;
    scheme.eq_ignore_ascii_case(b"Basic ").then_some(rest)
}

/// What cannot be decoded is no key that is known.
fn password(basic: &[u8]) -> Vec<u8> {
    let decoded = BASE64_STANDARD.decode(basic.trim_ascii()).unwrap_or_default();
    let begins = decoded
        .iter()
        .position(|byte| *byte == b':')
        .map_or(0, |colon| colon + 1);
    decoded[begins..].to_vec()
}

impl FromRequestParts<State> for Reader {
    type Rejection = AccessError;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, AccessError> {
        Caller::identify(state, &parts.method, &parts.headers, Scope::Read).map(Self)
    }
}

impl FromRequestParts<State> for Admin {
    type Rejection = AccessError;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, AccessError> {
        Caller::identify(state, &parts.method, &parts.headers, Scope::Admin).map(Self)
    }
}
