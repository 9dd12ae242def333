//! One event as an object of the event contract.

use event::json::Object;
use uuid::Uuid;

use super::csv::{push_cents, push_number, push_uuid};
use super::fields::{self, Fields, Rest};
use crate::occurrence::{Clocks, Occurrence, Referrer};
use crate::shop::CURRENCY;

/// Appends events; keeps its texts between them.
#[derive(Debug, Default)]
pub struct Writer {
    scratch: String,
}

impl Writer {
    /// Appends one event; who may set `user_agent` and `ip` is the gateway's to say.
    pub fn event(&mut self, occurrence: &Occurrence, text: &mut String) {
        self.write(occurrence, None, text);
    }

    /// Appends one line of a file, where no `sent_at` of a request tells of a wrong clock: the payload of such a visitor's event has
    /// `sent_at` by that clock and `received_at` by the right one, in milliseconds since 1970.
    pub fn line(&mut self, occurrence: &Occurrence, text: &mut String) {
        self.write(occurrence, occurrence.clocks(), text);
        text.push('\n');
    }

    fn write(&mut self, occurrence: &Occurrence, clocks: Option<Clocks>, text: &mut String) {
        let mut event = Object::new(text);
        let mut plain = |name, write: &dyn Fn(&mut String)| {
            self.quote(write);
            event.raw(name, &self.scratch);
        };
        plain("id", &|text| push_uuid(text, occurrence.id));
        plain("type", &|text| text.push_str(occurrence.deed.event_type().as_str()));
        plain("session_id", &|text| push_uuid(text, occurrence.session_id));
        plain("user_id", &|text| push_number(text, occurrence.visitor.user_id()));
        plain("url", &|text| occurrence.address.write(text));
        match occurrence.referrer {
            Referrer::Outside("") => {}
            Referrer::Outside(url) => plain("referrer", &|text| text.push_str(url)),
            Referrer::Page(address) => plain("referrer", &|text| address.write(text)),
        }
        plain("user_agent", &|text| text.push_str(occurrence.visitor.agent.user_agent));
        plain("ip", &|text| push_ip(text, occurrence));
        event.number("created_at", occurrence.created_at().0);
        let mut payload = event.object("payload");
        payload.text("event_title", occurrence.deed.title().as_str());
        self.payload(&fields::of(occurrence), clocks, &mut payload);
    }

    fn payload(&mut self, fields: &Fields, clocks: Option<Clocks>, payload: &mut Object<'_>) {
        if !fields.element_id.is_empty() {
            payload.text("element_id", fields.element_id);
        }
        let mut number = |name, value: u32| _ = payload.number(name, value.into());
        if let Some(point) = fields.point {
            number("x", point.x);
            number("y", point.y);
            number("element_x", point.element_x);
            number("element_y", point.element_y);
        }
        if let Some([viewport_w, viewport_h, page_w, page_h]) = fields.sizes {
            number("viewport_w", viewport_w);
            number("viewport_h", viewport_h);
            number("page_w", page_w);
            number("page_h", page_h);
        }
        let mut buffer = Uuid::encode_buffer();
        if let Some(order_id) = fields.order_id {
            payload.text("order_id", order_id.hyphenated().encode_lower(&mut buffer));
        }
        if let Some(line) = fields.line {
            let product = line.product;
            payload
                .text("product_id", product.id)
                .text("category", product.category);
            self.set(|text| push_cents(text, product.price_cents.into()));
            payload
                .raw("price", &self.scratch)
                .number("quantity", line.quantity.into());
        }
        if fields.in_currency {
            payload.text("currency", CURRENCY);
        }
        for (name, value) in [("status", fields.status), ("error_code", fields.error_code)] {
            if !value.is_empty() {
                payload.text(name, value);
            }
        }
        if let Some(latency_ms) = fields.latency_ms {
            payload.number("latency_ms", latency_ms.into());
        }
        self.rest(&fields.rest, clocks, payload);
    }

    /// What has no column.
    pub(super) fn rest(&mut self, rest: &Rest, clocks: Option<Clocks>, payload: &mut Object<'_>) {
        match *rest {
            Rest::Nothing => {}
            Rest::ElementSize(width, height) => {
                payload
                    .number("element_w", width.into())
                    .number("element_h", height.into());
            }
            Rest::Search(query, results) => {
                payload.text("query", query).number("results", results.into());
            }
            Rest::Amount(cents) => self.amount(cents, payload),
            Rest::AmountOfItems(cents, items) => {
                self.amount(cents, payload);
                payload.number("items", items.into());
            }
        }
        if let Some(Clocks { sent_at, received_at }) = clocks {
            payload
                .number("sent_at", sent_at.0)
                .number("received_at", received_at.0);
        }
    }

    fn amount(&mut self, cents: u64, payload: &mut Object<'_>) {
        self.set(|text| push_cents(text, cents));
        payload.raw("amount", &self.scratch);
    }

    /// What needs no escapes: the model has neither quotes nor control characters in its texts.
    fn quote(&mut self, write: &dyn Fn(&mut String)) {
        self.scratch.clear();
        self.scratch.push('"');
        write(&mut self.scratch);
        self.scratch.push('"');
    }

    fn set(&mut self, write: impl FnOnce(&mut String)) {
        self.scratch.clear();
        write(&mut self.scratch);
    }
}

pub(super) fn push_ip(text: &mut String, occurrence: &Occurrence) {
    for (number, octet) in occurrence.visitor.ip.octets().into_iter().enumerate() {
        if number > 0 {
            text.push('.');
        }
        push_number(text, octet.into());
    }
}
