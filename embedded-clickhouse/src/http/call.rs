//! One request as a value: statement, settings, parameters and how the answer is wanted.

use std::time::Duration;

use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{HeaderMap, Method, header};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use url::form_urlencoded;

use super::body::Coding;
use super::exception::{Exception, Reason};
use super::reply::Encoding;
use crate::engine::Facts;

/// What the caller asks for, before its body is read.
#[derive(Debug)]
pub(crate) struct Call {
    /// The `query` parameter; the body continues it.
    pub(crate) sql: String,
    pub(crate) database: Option<String>,
    pub(crate) settings: Vec<(String, String)>,
    pub(crate) parameters: Vec<(String, String)>,
    pub(crate) session: Option<SessionRequest>,
    pub(crate) default_format: Option<String>,
    pub(crate) credentials: Credentials,
    /// GET changes nothing.
    pub(crate) get: bool,
    pub(crate) coding: Coding,
    /// `decompress=1`: the body is in ClickHouse's own frames.
    pub(crate) decompress: bool,
    pub(crate) encoding: Encoding,
    /// `wait_end_of_query=1`: the answer begins when the statement has ended.
    pub(crate) wait_end: bool,
    pub(crate) query_id: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SessionRequest {
    pub(crate) id: String,
    pub(crate) timeout: Duration,
    /// `session_check=1`: only if it exists.
    pub(crate) must_exist: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub(crate) user: String,
    pub(crate) password: String,
}

/// HTTP parameters of ClickHouse that mean nothing here and change no result.
const IGNORED: [&str; 5] = [
    "quota_key",
    "stacktrace",
    "buffer_size",
    "client_protocol_version",
    "close_session",
];

impl Call {
    pub(crate) fn parse(method: &Method, query: &str, headers: &HeaderMap, facts: &Facts) -> Result<Self, Exception> {
        let mut call = Self {
            sql: String::new(),
            database: text(headers, "x-clickhouse-database").map(str::to_owned),
            settings: Vec::new(),
            parameters: Vec::new(),
            session: None,
            default_format: text(headers, "x-clickhouse-format").map(str::to_owned),
            credentials: Credentials {
                user: "default".to_owned(),
                password: String::new(),
            },
            get: method != Method::POST,
            coding: Coding::parse(text(headers, "content-encoding").unwrap_or_default())?,
            decompress: false,
            encoding: Encoding::Plain,
            wait_end: false,
            query_id: String::new(),
        };
        let mut rest = Rest::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            call.take(&name, value.into_owned(), &mut rest)?;
        }
        call.finish(rest, headers, facts)?;
        Ok(call)
    }

    /// Adds the fields of a multipart form, as clients send parameters that are too long for a URL.
    pub(crate) async fn add_form(&mut self, request: Request) -> Result<(), Exception> {
        let broken = |error: &dyn std::fmt::Display| {
            Reason::BadArguments.because(format!("cannot read the multipart form: {error}"))
        };
        let mut form = Multipart::from_request(request, &())
            .await
            .map_err(|error| broken(&error))?;
        let mut rest = Rest::default();
        while let Some(field) = form.next_field().await.map_err(|error| broken(&error))? {
            if field.file_name().is_some() {
                return Err(Reason::NotImplemented.because("external tables are not supported by the embedded engine"));
            }
            let name = field.name().unwrap_or_default().to_owned();
            let value = field.text().await.map_err(|error| broken(&error))?;
            self.take(&name, value, &mut rest)?;
        }
        Ok(())
    }

    fn take(&mut self, name: &str, value: String, rest: &mut Rest) -> Result<(), Exception> {
        match name {
            "query" => self.sql.push_str(&value),
            "database" => self.database = Some(value),
            "default_format" => self.default_format = Some(value),
            "user" => self.credentials.user = value,
            "password" => self.credentials.password = value,
            "session_id" => rest.session_id = Some(value),
            "session_timeout" => rest.session_timeout = Some(number(name, &value)?),
            "session_check" => rest.session_check = flag(name, &value)?,
            "compress" => rest.compress = flag(name, &value)?,
            "decompress" => self.decompress = flag(name, &value)?,
            "wait_end_of_query" => self.wait_end = flag(name, &value)?,
            "enable_http_compression" => rest.http_compression = Some(flag(name, &value)?),
            "query_id" => self.query_id = value,
            "role" => {
                return Err(
                    Reason::UnknownRole.because(format!("there is no role {value}; the embedded engine has none"))
                );
            }
            name if IGNORED.contains(&name) => {}
            name => match name.strip_prefix("param_") {
                Some(parameter) => self.parameters.push((parameter.to_owned(), value)),
                None => self.settings.push((setting_name(name)?, value)),
            },
        }
        Ok(())
    }

    fn finish(&mut self, rest: Rest, headers: &HeaderMap, facts: &Facts) -> Result<(), Exception> {
        if let Some(credentials) = Credentials::from_headers(headers)? {
            self.credentials = credentials;
        }
        if self.query_id.is_empty() {
            self.query_id = uuid::Uuid::new_v4().to_string();
        }
        self.session = rest.session_id.filter(|id| !id.is_empty()).map(|id| SessionRequest {
            id,
            timeout: Duration::from_secs(rest.session_timeout.unwrap_or(60).min(3600)),
            must_exist: rest.session_check,
        });
        let http_compression = rest.http_compression.unwrap_or(facts.http_compression);
        self.encoding = match (rest.compress, http_compression) {
            (true, _) => Encoding::Frames,
            (false, true) => Encoding::accepted(text(headers, "accept-encoding").unwrap_or_default()),
            (false, false) => Encoding::Plain,
        };
        Ok(())
    }
}

/// Fields that make sense only together.
#[derive(Default)]
struct Rest {
    session_id: Option<String>,
    session_timeout: Option<u64>,
    session_check: bool,
    compress: bool,
    http_compression: Option<bool>,
}

impl Credentials {
    fn from_headers(headers: &HeaderMap) -> Result<Option<Self>, Exception> {
        if let Some(user) = text(headers, "x-clickhouse-user") {
            let password = text(headers, "x-clickhouse-key").unwrap_or_default().to_owned();
            return Ok(Some(Self {
                user: user.to_owned(),
                password,
            }));
        }
        let Some(basic) = text(headers, header::AUTHORIZATION.as_str()) else {
            return Ok(None);
        };
        let refused =
            || Reason::AuthenticationFailed.because("the Authorization header is not of the form Basic user:password");
        let encoded = basic.strip_prefix("Basic ").ok_or_else(refused)?;
        let decoded = BASE64_STANDARD.decode(encoded.trim()).map_err(|_| refused())?;
        let decoded = String::from_utf8(decoded).map_err(|_| refused())?;
        let (user, password) = decoded.split_once(':').ok_or_else(refused)?;
        Ok(Some(Self {
            user: user.to_owned(),
            password: password.to_owned(),
        }))
    }
}

fn text<'headers>(headers: &'headers HeaderMap, name: &str) -> Option<&'headers str> {
    headers.get(name)?.to_str().ok()
}

fn number(name: &str, value: &str) -> Result<u64, Exception> {
    value
        .parse()
        .map_err(|_| Reason::BadArguments.because(format!("{name} is not a number: {value}")))
}

fn flag(name: &str, value: &str) -> Result<bool, Exception> {
    match value {
        "1" | "true" => Ok(true),
        "0" | "false" | "" => Ok(false),
        _ => Err(Reason::BadArguments.because(format!("{name} is neither 0 nor 1: {value}"))),
    }
}

fn setting_name(name: &str) -> Result<String, Exception> {
    let plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    match plain {
        true => Ok(name.to_owned()),
        false => Err(Reason::UnknownSetting.because(format!("Unknown setting '{name}'"))),
    }
}
