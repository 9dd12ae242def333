//! What the tracker's writer writes, `decode` reads.

use event::EventType;
use event::json::{Array, Object};

use crate::verdict::decode_case;

#[test]
fn decodes_what_the_writer_wrote() {
    let title = "say \"hi\" \\ née 🦀 /\u{2028}";
    let mut text = String::new();
    let mut array = Array::new(&mut text);
    for number in 0..2 {
        let mut event = array.object();
        event
            .number("id", number)
            .text("type", "click")
            .number("created_at", 1_795_341_600_000 + number);
        event
            .text("session_id", "s1")
            .text("url", "https://shop.example/?q=\"a\"");
        let mut payload: Object<'_> = event.object("payload");
        payload
            .text("event_title", title)
            .number("x", -3)
            .number("page_w", 1_280);
        payload.raw("price", "10.10").text("own \"name\"", "line\nbreak");
        payload.array("list").number(-1).text("t");
    }
    drop(array);
    let events = decode_case("accepted/written", text.as_bytes()).unwrap();
    assert_eq!(events.len(), 2);
    for (number, event) in events.into_iter().enumerate() {
        let event = event.unwrap();
        assert_eq!(event.id, event::id::from_u64(number as u64));
        assert_eq!(event.event_type, EventType::Click);
        assert_eq!(event.created_at.0, 1_795_341_600_000 + number as i64);
        assert_eq!(event.url, "https://shop.example/?q=\"a\"");
        assert_eq!(event.payload.event_title, title);
        assert_eq!((event.payload.x, event.payload.page_w), (Some(-3), Some(1_280)));
        assert_eq!(event.payload.price.map(|price| price.0), Some(101_000));
        assert_eq!(event.payload.rest, r#"{"own \"name\"":"line\nbreak","list":[-1,"t"]}"#);
    }
}
