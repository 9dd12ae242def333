//! A plain HTTP client of one server, in a database of its own.

use embedded_clickhouse::testing;
use reqwest::{Client, Method, RequestBuilder, Response};

pub(crate) struct Server {
    url: String,
    pub(crate) database: String,
    pub(crate) http: Client,
}

/// What came back, whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) code: Option<String>,
    pub(crate) text: String,
}

impl Server {
    pub(crate) async fn shared() -> Self {
        let engine = testing::engine().await;
        Self::at(engine.url(), &engine.database()).await
    }

    pub(crate) async fn at(url: &str, database: &str) -> Self {
        let server = Self {
            url: url.to_owned(),
            database: database.to_owned(),
            http: tls::http_client().build().unwrap(),
        };
        let created = server
            .post(
                "",
                &[("database", "")],
                format!("CREATE DATABASE IF NOT EXISTS {database}"),
            )
            .await;
        assert_eq!(created.status, 200, "{created:?}");
        server
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// `127.0.0.1:<port>`
    pub(crate) fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    pub(crate) fn request(&self, method: Method, sql: &str, parameters: &[(&str, &str)]) -> RequestBuilder {
        // A parameter of the test's own comes last and wins.
        let own = [("query", sql), ("database", &self.database)];
        let url = url::Url::parse_with_params(&self.url, own.iter().chain(parameters)).unwrap();
        self.http.request(method, url)
    }

    /// Runs a statement given in the URL, with `body` behind it.
    pub(crate) async fn post(&self, sql: &str, parameters: &[(&str, &str)], body: impl Into<reqwest::Body>) -> Answer {
        answer(
            self.request(Method::POST, sql, parameters)
                .body(body)
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    pub(crate) async fn get(&self, sql: &str) -> Answer {
        answer(self.request(Method::GET, sql, &[]).send().await.unwrap()).await
    }

    /// The result of a statement that must not fail.
    pub(crate) async fn run(&self, sql: &str) -> String {
        let answer = self.post(sql, &[], "").await;
        assert_eq!(answer.status, 200, "{sql}: {answer:?}");
        answer.text
    }
}

pub(crate) async fn answer(response: Response) -> Answer {
    let status = response.status().as_u16();
    let code = response
        .headers()
        .get("X-ClickHouse-Exception-Code")
        .map(|code| code.to_str().unwrap().to_owned());
    Answer {
        status,
        code,
        text: response.text().await.unwrap(),
    }
}

impl Answer {
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.code.as_deref()), (status, Some(code)), "{self:?}");
        assert!(
            self.text.starts_with(&format!("Code: {code}. DB::Exception: ")),
            "{self:?}"
        );
        assert!(self.text.contains(" (version 26."), "{self:?}");
    }
}
