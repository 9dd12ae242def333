use serde_json::{Map, Value, json};
use uuid::Uuid;

/// What the client knows of one event: what it sends, whatever the batch.
#[derive(Debug, Clone, Default)]
pub struct Event {
    pub id: Uuid,
    pub site: &'static str,
    /// `view`, `click` or `server`.
    pub kind: &'static str,
    /// Milliseconds since 1970, by the client's clock.
    pub created_at: i64,
    pub session_id: String,
    /// Empty when the visitor is not known.
    pub user_id: String,
    pub url: String,
    pub referrer: &'static str,
    pub title: &'static str,
    pub element_id: String,
    pub x: Option<i64>,
    pub y: Option<i64>,
    pub product_id: &'static str,
    pub category: &'static str,
    /// An amount as text, empty without one.
    pub price: &'static str,
    pub quantity: Option<i64>,
    pub order_id: String,
    pub status: &'static str,
    pub error_code: &'static str,
    pub latency_ms: Option<i64>,
    /// Why the gateway must refuse it.
    pub flaw: Option<Flaw>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    NoSession,
    UnknownField,
    Future,
}

pub const CURRENCY: &str = "EUR";
/// Also what happened days ago lies far ahead then.
const WEEK_MS: i64 = 7 * 86_400_000;

impl Flaw {
    pub const ALL: [Self; 3] = [Self::NoSession, Self::UnknownField, Self::Future];

    /// The reason of the refusal, as docs/events.md names it.
    pub fn reason(self) -> &'static str {
        match self {
            Self::NoSession => "missing",
            Self::UnknownField => "unknown_field",
            Self::Future => "future",
        }
    }
}

impl Event {
    /// On the wire; `with_site` where the request does not say it for all.
    pub fn json(&self, with_site: bool) -> Value {
        let mut event = Map::new();
        event.insert("id".into(), json!(self.id));
        event.insert("type".into(), json!(self.kind));
        event.insert("created_at".into(), json!(self.created_at));
        put_text(&mut event, "session_id", &self.session_id);
        put_text(&mut event, "user_id", &self.user_id);
        put_text(&mut event, "url", &self.url);
        put_text(&mut event, "referrer", self.referrer);
        if with_site {
            put_text(&mut event, "site", self.site);
        }
        event.insert("payload".into(), self.payload().into());
        match self.flaw {
            None => {}
            Some(Flaw::NoSession) => _ = event.remove("session_id"),
            Some(Flaw::UnknownField) => _ = event.insert("sesion".into(), json!("misspelt")),
            Some(Flaw::Future) => _ = event.insert("created_at".into(), json!(self.created_at + WEEK_MS)),
        }
        event.into()
    }

    /// The price in ten-thousandths.
    pub fn price_units(&self) -> Option<i64> {
        let (whole, part) = self.price.split_once('.').unwrap_or((self.price, ""));
        let digits = format!("{whole}{part:0<4}");
        digits.parse().ok().filter(|_| !self.price.is_empty())
    }

    fn payload(&self) -> Map<String, Value> {
        let mut payload = Map::new();
        put_text(&mut payload, "event_title", self.title);
        put_text(&mut payload, "element_id", &self.element_id);
        put_number(&mut payload, "x", self.x);
        put_number(&mut payload, "y", self.y);
        put_text(&mut payload, "product_id", self.product_id);
        put_text(&mut payload, "category", self.category);
        put_text(&mut payload, "price", self.price);
        if !self.price.is_empty() {
            put_text(&mut payload, "currency", CURRENCY);
        }
        put_number(&mut payload, "quantity", self.quantity);
        put_text(&mut payload, "order_id", &self.order_id);
        put_text(&mut payload, "status", self.status);
        put_text(&mut payload, "error_code", self.error_code);
        put_number(&mut payload, "latency_ms", self.latency_ms);
        payload
    }
}

fn put_text(object: &mut Map<String, Value>, name: &str, value: &str) {
    if !value.is_empty() {
        object.insert(name.into(), json!(value));
    }
}

fn put_number(object: &mut Map<String, Value>, name: &str, value: Option<i64>) {
    if let Some(value) = value {
        object.insert(name.into(), json!(value));
    }
}
