//! Events as rows (RFC 4180): the event's fields, then the payload's that have a column, then the others as one JSON object.

use event::Timestamp;
use uuid::Uuid;

use super::fields::{self, Fields, Rest};
use super::json::push_ip;
use crate::occurrence::{Clocks, Occurrence, Referrer};
use crate::shop::CURRENCY;

/// The first line, without its end.
pub const HEADER: &str = "id,type,created_at,session_id,user_id,url,referrer,user_agent,ip,event_title,element_id,\
                          x,y,element_x,element_y,viewport_w,viewport_h,page_w,page_h,product_id,category,price,currency,\
                          quantity,order_id,status,error_code,latency_ms,payload";

/// Appends rows; remembers the day it is at.
#[derive(Debug)]
pub struct Writer {
    ids: bool,
    day: Option<i64>,
    /// `2026-11-22T`
    date: String,
}

const DAY_MS: i64 = 86_400_000;

impl Default for Writer {
    fn default() -> Self {
        Self::new(true)
    }
}

impl Writer {
    /// With or without the first column, the events' ids.
    pub fn new(ids: bool) -> Self {
        Self {
            ids,
            day: None,
            date: String::new(),
        }
    }

    /// [`HEADER`], or what is left of it.
    pub fn header(&self) -> &'static str {
        match self.ids {
            true => HEADER,
            false => &HEADER["id,".len()..],
        }
    }

    /// Appends one row with its end.
    pub fn row(&mut self, occurrence: &Occurrence, text: &mut String) {
        if self.ids {
            push_uuid(text, occurrence.id);
            text.push(',');
        }
        text.push_str(occurrence.deed.event_type().as_str());
        text.push(',');
        self.push_moment(text, occurrence.created_at());
        text.push(',');
        push_uuid(text, occurrence.session_id);
        text.push(',');
        push_number(text, occurrence.visitor.user_id());
        text.push(',');
        occurrence.address.write(text);
        text.push(',');
        match occurrence.referrer {
            Referrer::Outside(url) => text.push_str(url),
            Referrer::Page(address) => address.write(text),
        }
        text.push_str(",\"");
        text.push_str(occurrence.visitor.agent.user_agent);
        text.push_str("\",");
        push_ip(text, occurrence);
        text.push(',');
        text.push_str(occurrence.deed.title().as_str());
        text.push(',');
        push_payload(text, &fields::of(occurrence), occurrence.clocks());
        text.push('\n');
    }

    /// RFC 3339 in UTC with milliseconds, as [`Timestamp`] shows itself.
    fn push_moment(&mut self, text: &mut String, moment: Timestamp) {
        let day = moment.0.div_euclid(DAY_MS);
        if self.day != Some(day) {
            self.day = Some(day);
            self.date = moment.to_string();
            self.date.truncate("2026-11-22T".len());
        }
        text.push_str(&self.date);
        let milliseconds = moment.0.rem_euclid(DAY_MS) as u32;
        let seconds = milliseconds / 1_000;
        push_two(text, seconds / 3_600);
        text.push(':');
        push_two(text, seconds / 60 % 60);
        text.push(':');
        push_two(text, seconds % 60);
        text.push('.');
        push_two(text, milliseconds % 1_000 / 10);
        text.push(char::from(b'0' + (milliseconds % 10) as u8));
        text.push('Z');
    }
}

fn push_payload(text: &mut String, fields: &Fields, clocks: Option<Clocks>) {
    text.push_str(fields.element_id);
    text.push(',');
    match fields.point {
        None => text.push_str(",,,,"),
        Some(point) => push_numbers(text, [point.x, point.y, point.element_x, point.element_y]),
    }
    match fields.sizes {
        None => text.push_str(",,,,"),
        Some(sizes) => push_numbers(text, sizes),
    }
    if let Some(line) = fields.line {
        text.push_str(line.product.id);
        text.push(',');
        text.push_str(line.product.category);
        text.push(',');
        push_cents(text, line.product.price_cents.into());
        text.push(',');
    } else {
        text.push_str(",,,");
    }
    if fields.in_currency {
        text.push_str(CURRENCY);
    }
    text.push(',');
    if let Some(line) = fields.line {
        push_number(text, line.quantity.into());
    }
    text.push(',');
    if let Some(order_id) = fields.order_id {
        push_uuid(text, order_id);
    }
    text.push(',');
    text.push_str(fields.status);
    text.push(',');
    text.push_str(fields.error_code);
    text.push(',');
    if let Some(latency_ms) = fields.latency_ms {
        push_number(text, latency_ms.into());
    }
    text.push(',');
    push_rest(text, &fields.rest, clocks);
}

/// One JSON object in quotes, its own quotes doubled.
fn push_rest(text: &mut String, rest: &Rest, clocks: Option<Clocks>) {
    match *rest {
        Rest::Nothing if clocks.is_none() => return,
        Rest::Nothing => text.push_str("\"{"),
        Rest::ElementSize(width, height) => {
            text.push_str("\"{\"\"element_w\"\":");
            push_number(text, width.into());
            text.push_str(",\"\"element_h\"\":");
            push_number(text, height.into());
        }
        Rest::Search(query, results) => {
            text.push_str("\"{\"\"query\"\":\"\"");
            text.push_str(query);
            text.push_str("\"\",\"\"results\"\":");
            push_number(text, results.into());
        }
        Rest::Amount(cents) => {
            text.push_str("\"{\"\"amount\"\":");
            push_cents(text, cents);
        }
        Rest::AmountOfItems(cents, items) => {
            text.push_str("\"{\"\"amount\"\":");
            push_cents(text, cents);
            text.push_str(",\"\"items\"\":");
            push_number(text, items.into());
        }
    }
    if let Some(Clocks { sent_at, received_at }) = clocks {
        text.push_str(match rest {
            Rest::Nothing => "\"\"sent_at\"\":",
            _ => ",\"\"sent_at\"\":",
        });
        push_number(text, sent_at.0.unsigned_abs());
        text.push_str(",\"\"received_at\"\":");
        push_number(text, received_at.0.unsigned_abs());
    }
    text.push_str("}\"");
}

fn push_numbers(text: &mut String, numbers: [u32; 4]) {
    for number in numbers {
        push_number(text, number.into());
        text.push(',');
    }
}

pub(super) fn push_uuid(text: &mut String, id: Uuid) {
    text.push_str(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()));
}

pub(super) fn push_number(text: &mut String, number: u64) {
    if number >= 10 {
        push_number(text, number / 10);
    }
    text.push(char::from(b'0' + (number % 10) as u8));
}

/// `1450` as `14.50`.
pub(super) fn push_cents(text: &mut String, cents: u64) {
    push_number(text, cents / 100);
    text.push('.');
    push_two(text, (cents % 100) as u32);
}

fn push_two(text: &mut String, number: u32) {
    text.push(char::from(b'0' + (number / 10) as u8));
    text.push(char::from(b'0' + (number % 10) as u8));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_the_contract_does() {
        let (mut writer, mut text) = (Writer::default(), String::new());
        for milliseconds in [
            0,
            1_795_341_600_123,
            1_795_391_999_999,
            1_795_392_000_000,
            946_684_800_007,
        ] {
            text.clear();
            writer.push_moment(&mut text, Timestamp(milliseconds));
            assert_eq!(text, Timestamp(milliseconds).to_string());
        }
    }

    #[test]
    fn numbers_keep_their_digits() {
        let mut text = String::new();
        push_number(&mut text, 0);
        push_number(&mut text, u64::MAX);
        push_cents(&mut text, 5);
        push_cents(&mut text, 123_456);
        assert_eq!(text, "0184467440737095516150.051234.56");
    }
}
