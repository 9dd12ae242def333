use std::slice::IterMut;

use event::json::Object;

use super::column::Column;
use crate::occurrence::{Clocks, Occurrence, Referrer};
use crate::shop::CURRENCY;
use crate::write::csv::{push_number, push_uuid};
use crate::write::fields::{self, Fields, Rest};
use crate::write::json::{self, push_ip};

/// Ten-thousandths in a cent.
const CENT: i64 = 100;

/// The columns from the next one on.
pub(super) struct Row<'c>(pub(super) IterMut<'c, Column>);

impl Row<'_> {
    /// In the order of the schema.
    pub(super) fn fill(mut self, occurrence: &Occurrence, json: &mut json::Writer) {
        self.next().push_id(occurrence.id);
        self.plain(occurrence.deed.event_type().as_str());
        self.next().push_long(Some(occurrence.created_at().0));
        self.text(|text| push_uuid(text, occurrence.session_id));
        self.text(|text| push_number(text, occurrence.visitor.user_id()));
        self.text(|text| occurrence.address.write(text));
        self.text(|text| match occurrence.referrer {
            Referrer::Outside(url) => text.push_str(url),
            Referrer::Page(address) => address.write(text),
        });
        self.plain(occurrence.visitor.agent.user_agent);
        self.text(|text| push_ip(text, occurrence));
        self.plain(occurrence.deed.title().as_str());
        self.payload(&fields::of(occurrence), occurrence.clocks(), json);
    }

    fn payload(&mut self, fields: &Fields, clocks: Option<Clocks>, json: &mut json::Writer) {
        self.plain(fields.element_id);
        let point = fields
            .point
            .map(|point| [point.x, point.y, point.element_x, point.element_y]);
        self.four(point);
        self.four(fields.sizes);
        self.plain(fields.line.map_or("", |line| line.product.id));
        self.plain(fields.line.map_or("", |line| line.product.category));
        let price = fields.line.map(|line| i64::from(line.product.price_cents) * CENT);
        self.next().push_long(price);
        self.plain(if fields.in_currency { CURRENCY } else { "" });
        self.number(fields.line.map(|line| line.quantity));
        self.text(|text| {
            if let Some(order_id) = fields.order_id {
                push_uuid(text, order_id);
            }
        });
        self.plain(fields.status);
        self.plain(fields.error_code);
        self.number(fields.latency_ms);
        self.text(|text| {
            if clocks.is_some() || !matches!(fields.rest, Rest::Nothing) {
                json.rest(&fields.rest, clocks, &mut Object::new(text));
            }
        });
    }

    fn next(&mut self) -> &mut Column {
        self.0.next().expect("the schema has a column for each value")
    }

    fn plain(&mut self, value: &str) {
        self.text(|text| text.push_str(value));
    }

    fn text(&mut self, write: impl FnOnce(&mut String)) {
        self.next().push_text(write);
    }

    fn four(&mut self, numbers: Option<[u32; 4]>) {
        for place in 0..4 {
            self.number(numbers.map(|numbers| numbers[place]));
        }
    }

    /// Parquet keeps unsigned numbers in the bits of signed ones.
    fn number(&mut self, number: Option<u32>) {
        self.next().push_int(number.map(u32::cast_signed));
    }
}
