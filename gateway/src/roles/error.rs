use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::ring::Scope;
use crate::error::{Detail, respond};

/// Why a caller is not let in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AccessError {
    #[error(
        "this needs a key with the scope {}: `authorization: Bearer <key>`; `clickpath key new` makes one, and the gateway \
         reads it from its --keys-file",
        needs.as_str()
    )]
    KeyRequired {
        needs: Scope,
        /// A browser may ask for it.
        prompt: bool,
    },
    #[error("this key is not known here")]
    WrongKey { prompt: bool },
    #[error("this key has not the scope {}", needs.as_str())]
    Scope { needs: Scope },
    #[error("this key is not for this site")]
    OtherSite,
    #[error("this key is for some sites only, and this is about all of them")]
    SomeSites,
    #[error("parameter site is required: this key is for more than one site")]
    SiteRequired,
}

impl IntoResponse for AccessError {
    fn into_response(self) -> Response {
        let (status, code) = match &self {
            Self::KeyRequired { .. } => (StatusCode::UNAUTHORIZED, "key_required"),
            Self::WrongKey { .. } => (StatusCode::UNAUTHORIZED, "wrong_key"),
            Self::Scope { .. } => (StatusCode::FORBIDDEN, "scope_missing"),
            Self::OtherSite | Self::SomeSites => (StatusCode::FORBIDDEN, "key_not_allowed"),
            Self::SiteRequired => (StatusCode::BAD_REQUEST, "invalid_parameter"),
        };
        let message = self.to_string();
        let parameter = matches!(self, Self::SiteRequired | Self::OtherSite).then_some("site");
        let detail = Detail {
            code,
            message: &message,
            parameter,
            ..Detail::default()
        };
        let mut response = respond(status, &detail);
        if let Self::KeyRequired { prompt, .. } | Self::WrongKey { prompt } = self {
            let headers = response.headers_mut();
            headers.append(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            if prompt {
                let basic =
                    HeaderValue::from_static("Basic realm=\"clickpath: the key is the password\", charset=\"UTF-8\"");
                headers.append(header::WWW_AUTHENTICATE, basic);
            }
        }
        response
    }
}
