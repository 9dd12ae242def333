//! A request that is made once per connection and then only stamped with new ids, times and sessions.

use std::ops::Range;

/// Events of one visit.
const SESSION_EVENTS: u64 = 20;
const USERS: u64 = 100_000;
const AGENTS: [&str; 4] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
];
const ID: &str = "00000000-0000-7000-8000-000000000000";
const SESSION: &str = "0197a1c0-1111-7000-8000-000000000000";
const MOMENT: &str = "0000000000000";
const USER: &str = "00000";

/// What a browser with the tracker sends.
#[derive(Debug)]
pub(super) struct Request {
    bytes: Vec<u8>,
    sent_at: Range<usize>,
    events: Vec<Slots>,
    connection: u64,
    stamped_events: u64,
}

#[derive(Debug)]
struct Slots {
    id: Range<usize>,
    created_at: Range<usize>,
    session: Range<usize>,
    user: Range<usize>,
}

impl Request {
    pub(super) fn new(site: &str, connection: usize, events: usize) -> Self {
        let mut body = "[".to_owned();
        let mut slots = Vec::new();
        for event in 0..events {
            body += if event > 0 { "," } else { "" };
            slots.push(append_event(&mut body, connection, event));
        }
        body += "]";
        let mut head = format!("POST /events?source=tracker&site={site}&sent_at=");
        let sent_at = append(&mut head, MOMENT);
        head += &format!(
            " HTTP/1.1\r\nhost: shop.example\r\nuser-agent: {}\r\naccept: */*\r\naccept-language: en\r\n\
             accept-encoding: gzip, deflate, br\r\norigin: https://shop.example\r\nreferer: https://shop.example/catalog\r\n\
             content-type: text/plain;charset=UTF-8\r\ncontent-length: {}\r\n\r\n",
            AGENTS[connection % AGENTS.len()],
            body.len(),
        );
        for slot in &mut slots {
            slot.move_by(head.len());
        }
        Self {
            bytes: [head, body].concat().into_bytes(),
            sent_at,
            events: slots,
            connection: connection as u64,
            stamped_events: 0,
        }
    }

    pub(super) fn events(&self) -> usize {
        self.events.len()
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Bytes of the receipt that accepts all events: `{"accepted":["<id>",…],"rejected":[]}`.
    pub(super) fn receipt_bytes(&self) -> usize {
        r#"{"accepted":[],"rejected":[]}"#.len() + self.events.len() * (ID.len() + 3) - 1
    }

    /// Gives the events the ids that belong to the numbers from `first` on, and the time. Returns the sum of
    /// [`id_tail`]s.
    pub(super) fn stamp(&mut self, first: u64, now_ms: u64) -> u64 {
        put_decimal(&mut self.bytes[self.sent_at.clone()], now_ms);
        let mut sum = 0_u64;
        for (slots, number) in self.events.iter().zip(first..) {
            put_id(&mut self.bytes[slots.id.clone()], number, now_ms);
            sum = sum.wrapping_add(id_tail(number));
            let session = mix((self.connection << 32) | (self.stamped_events / SESSION_EVENTS));
            put_decimal(&mut self.bytes[slots.created_at.clone()], now_ms);
            put_hexadecimal(&mut self.bytes[slots.session.clone()], session >> 16);
            put_decimal(&mut self.bytes[slots.user.clone()], session % USERS);
            self.stamped_events += 1;
        }
        sum
    }

    /// The first event's id.
    pub(super) fn id(&self) -> String {
        let slot = self.events.first().map(|slots| slots.id.clone());
        String::from_utf8_lossy(&self.bytes[slot.unwrap_or_default()]).into_owned()
    }
}

/// The last 48 bits of the id of that number, which its last group of digits shows.
pub(super) fn id_tail(number: u64) -> u64 {
    mix(number) & 0xffff_ffff_ffff
}

impl Slots {
    fn move_by(&mut self, bytes: usize) {
        for slot in [&mut self.id, &mut self.created_at, &mut self.session, &mut self.user] {
            *slot = slot.start + bytes..slot.end + bytes;
        }
    }
}

fn append_event(body: &mut String, connection: usize, event: usize) -> Slots {
    let (kind, title) = [
        ("view", "product_view"),
        ("click", "add_to_cart"),
        ("click", "open_menu"),
    ][event % 3];
    *body += r#"{"id":""#;
    let id = append(body, ID);
    *body += &format!(r#"","type":"{kind}","created_at":"#);
    let created_at = append(body, MOMENT);
    *body += r#","session_id":""#;
    let session = append(body, SESSION);
    *body += r#"","user_id":""#;
    let user = append(body, USER);
    *body += &format!(
        r##"","url":"https://shop.example/catalog/{}?category=shoes&utm_source=newsletter","referrer":"https://www.google.com/","payload":{{"event_title":"{title}","element_id":"#add-{}","x":{},"y":315,"element_x":12,"element_y":7,"viewport_w":1280,"viewport_h":720,"page_w":1280,"page_h":3200,"product_id":"sku-{}","price":19.99,"currency":"EUR","quantity":1,"colour":"green"}}}}"##,
        connection % 300,
        event % 40,
        440 + event,
        (connection + event) % 2_000,
    );
    // Its first digits stay.
    let session = session.end - 12..session.end;
    Slots {
        id,
        created_at,
        session,
        user,
    }
}

fn append(text: &mut String, slot: &str) -> Range<usize> {
    let start = text.len();
    *text += slot;
    start..text.len()
}

/// A UUID of version 7 (RFC 9562, section 5.7); its 64 random bits are the mixed number, so that no two are the same.
fn put_id(slot: &mut [u8], number: u64, now_ms: u64) {
    let mixed = mix(number);
    put_hexadecimal(&mut slot[0..8], now_ms >> 16);
    put_hexadecimal(&mut slot[9..13], now_ms);
    put_hexadecimal(&mut slot[15..18], mixed >> 52);
    put_hexadecimal(&mut slot[20..21], mixed >> 48);
    put_hexadecimal(&mut slot[24..36], mixed);
}

fn put_hexadecimal(slot: &mut [u8], mut number: u64) {
    for digit in slot.iter_mut().rev() {
        *digit = b"0123456789abcdef"[(number & 0xf) as usize];
        number >>= 4;
    }
}

fn put_decimal(slot: &mut [u8], mut number: u64) {
    for digit in slot.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// SplitMix64's finaliser: another number for each number.
fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn body(request: &Request) -> Vec<Value> {
        let text = String::from_utf8(request.bytes().to_vec()).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}", body.len())), "{head}");
        serde_json::from_str(body).unwrap()
    }

    #[test]
    fn stamps_every_event_anew() {
        let mut request = Request::new("shop", 7, 3);
        let sum = request.stamp(100, 1_795_341_600_123);
        let first = body(&request);
        assert_eq!(first.len(), 3);
        assert_eq!(first[0]["id"], request.id());
        let tails = first.iter().map(|event| &event["id"].as_str().unwrap()[24..]);
        let tails: u64 = tails.map(|tail| u64::from_str_radix(tail, 16).unwrap()).sum();
        assert_eq!(tails, sum);
        request.stamp(103, 1_795_341_600_124);
        let second = body(&request);
        assert_eq!(second[2]["created_at"], 1_795_341_600_124_u64);
        assert!(first.iter().all(|event| event["id"] != second[0]["id"]));
        assert_eq!(first[0]["session_id"], second[0]["session_id"]);
    }
}
