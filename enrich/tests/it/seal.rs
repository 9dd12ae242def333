//! Personal values inside an entity's JSON text.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use enrich::Sealer;
use enrich::seal::{FernetKey, FernetKeys, SealReason, VALUES};
use event::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp(1_795_341_600_000);
const KEY: &str = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
const EMAIL_HASH: &str = "d0eb4a5d1189ee4a6fa006ef25279ab2fa58ecb882c07c4541ed56f11528faa3";
const PHONE_HASH: &str = "14fd14599c1054bda179efa5ef7589bed4e6451c16963deb471c09d96ffd40b4";

fn sealer() -> Sealer {
    Sealer::new(&KEY.parse().unwrap(), None)
}

#[track_caller]
fn check(json: &str, expect: &str) {
    let sealer = sealer();
    let sealed = sealer.seal(json, NOW).unwrap();
    assert!(!sealed.payload.contains('@'), "{}", sealed.payload);
    assert_eq!(sealer.unseal(&sealed.payload).unwrap(), expect);
}

#[track_caller]
fn refuses(json: &str, field: &str, code: &str) {
    let error = sealer().seal(json, NOW).unwrap_err();
    assert_eq!((&*error.field, error.reason.code()), (field, code), "{error}");
}

#[test]
fn seals_in_place_and_leaves_the_rest() {
    check(
        r#"{ "id" :1, "price":10.10,"big":1e999, "email"	: " Anna@Shop.Example ",
            "owner":{"phone":"+7 (916) 123-45-67","name":"Анна \u0041"}, "total":0.30000000000000004 }"#,
        r#"{ "id" :1, "price":10.10,"big":1e999, "email"	: "anna@shop.example",
            "owner":{"phone":"+79161234567","name":"Анна \u0041"}, "total":0.30000000000000004 }"#,
    );
}

#[test]
fn finds_members_however_they_are_written() {
    // A name with escapes is the same name.
    check(r#"{"em\u0061il":"A@b.c"}"#, r#"{"em\u0061il":"a@b.c"}"#);
    // So is an address.
    check(r#"{"email":"A\u0040b.c"}"#, r#"{"email":"a@b.c"}"#);
    check(
        r#"{"email":"A@b.c","email":"D@e.f"}"#,
        r#"{"email":"a@b.c","email":"d@e.f"}"#,
    );
    check(
        r#"{"email":["A@b.c",null,["D@e.f"]]}"#,
        r#"{"email":["a@b.c",null,["d@e.f"]]}"#,
    );
    check(r#"[{"email":"A@b.c"}]"#, r#"[{"email":"a@b.c"}]"#);
    check(
        r#"{"a":[[{"b":{"phone":"+1 650 253 0000"}}]]}"#,
        r#"{"a":[[{"b":{"phone":"+16502530000"}}]]}"#,
    );
    // Nothing to hide.
    check(
        r#"{"email":null,"phone":"","newsletter":{"email":true}}"#,
        r#"{"email":null,"phone":"","newsletter":{"email":true}}"#,
    );
    // Names are exact: what else is personal must not be sent under another one.
    check(
        r#"{"Email":"somebody","e-mail":"somebody"}"#,
        r#"{"Email":"somebody","e-mail":"somebody"}"#,
    );
}

#[test]
fn refuses_with_field_and_reason() {
    refuses(r#"{"email":"anna"}"#, "email", "invalid_email");
    refuses(
        r#"{"contacts":[{},{"phone":"8 916 123 45 67"}]}"#,
        "contacts[1].phone",
        "invalid_phone",
    );
    refuses(r#"{"phone":79161234567}"#, "phone", "not_text");
    refuses(r#"{"email":{"address":"a@b.c"}}"#, "email", "not_text");
    refuses(r#"{"email":["a@b.c",{"email":"a@b.c"}]}"#, "email[1]", "not_text");
    refuses(r#"{"email":"a@b.c""#, "", "invalid_json");
    refuses(r#"{"email":"\ud800"}"#, "email", "invalid_json");
    refuses(r#"{"\ud800":1}"#, "", "invalid_json");
    let deep = format!("{}{{\"email\":\"a@b.c\"}}{}", "[".repeat(16), "]".repeat(16));
    refuses(&deep, &"[0]".repeat(16), "too_deep");
    let many = format!(r#"{{"email":{}}}"#, json!(vec!["a@b.c"; VALUES + 1]));
    refuses(&many, "", "too_many_values");
    let far = "[".repeat(100_000) + &"]".repeat(100_000);
    refuses(&far, &"[0]".repeat(16), "too_deep");
}

#[test]
fn refusals_do_not_tell_the_value() {
    for json in [r#"{"email":"secret"}"#, r#"{"phone":"secret"}"#, r#"{"phone":424242}"#] {
        let error = sealer().seal(json, NOW).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
        assert!(!format!("{error} {error:?}").contains("42"), "{error}");
    }
}

#[test]
fn tokens_of_this_key_stay() {
    let sealer = sealer();
    let first = sealer.seal(r#"{"email":"a@b.c","phone":"+16502530000"}"#, NOW).unwrap();
    let again = sealer.seal(&first.payload, NOW).unwrap();
    assert_eq!(again, first);
    let other = Sealer::new(&FernetKey::generate().unwrap().into(), None);
    let error = other.seal(&first.payload, NOW).unwrap_err();
    assert!(matches!(error.reason, SealReason::OtherKey), "{error}");
    assert!(matches!(
        other.unseal(&first.payload).unwrap_err().reason,
        SealReason::OtherKey
    ));
    assert!(matches!(
        sealer.unseal(r#"{"email":"a@b.c"}"#).unwrap_err().reason,
        SealReason::Plain
    ));
}

#[test]
fn several_keys_open_and_the_newest_seals() {
    let json = r#"{"email":"anna@shop.example","phone":"+79161234567"}"#;
    let newest = FernetKey::generate().unwrap();
    let keys: FernetKeys = format!("{},{KEY}", newest.reveal()).parse().unwrap();
    let (old, both) = (sealer(), Sealer::new(&keys, None));
    let of_old = old.seal(json, NOW).unwrap();
    assert_eq!(both.unseal(&of_old.payload).unwrap(), json);

    let anew = both.seal(&of_old.payload, NOW).unwrap();
    assert_ne!(anew.payload, of_old.payload);
    assert_eq!(both.seal(&anew.payload, NOW).unwrap(), anew, "and only once");
    assert_eq!(
        Sealer::new(&newest.clone().into(), None).unseal(&anew.payload).unwrap(),
        json
    );
    assert!(matches!(
        old.unseal(&anew.payload).unwrap_err().reason,
        SealReason::OtherKey
    ));
    // Joins and "unchanged" outlive the change.
    assert_eq!((&*anew.email_hash, &*anew.phone_hash), (EMAIL_HASH, PHONE_HASH));
    assert_eq!(anew.digest, of_old.digest);

    let retired = Sealer::new(&keys.retiring_older(), None)
        .seal(&anew.payload, NOW)
        .unwrap();
    let alone = Sealer::new(&newest.into(), None).seal(&anew.payload, NOW).unwrap();
    assert_eq!(retired, alone);
    assert_ne!(retired.email_hash, EMAIL_HASH);
}

/// Sealed by others, as by Python's `cryptography`, with the value as it was typed.
#[test]
fn foreign_tokens_are_brought_to_normal_form() {
    let sealer = sealer();
    let sealed = sealer.seal(r#"{"name":"x","email":"anna@shop.example"}"#, NOW).unwrap();
    // "Anna@Shop.Example", 2026-11-22T10:00:00Z, made with the key above.
    let foreign = "gAAAAABrAr0gLRy8hPL3KWLan9YziGfWyTodYkcYKhcpsZqmwppKCKYWEU55pWqOhr5LvEIYnlz0bsd_mlpIshEcBhNthh7mjYWs2_12QurQ5IaNRiv5ptE=";
    let mended = sealer
        .seal(&format!(r#"{{"name":"x","email":"{foreign}"}}"#), NOW)
        .unwrap();
    assert!(!mended.payload.contains(foreign));
    assert_eq!((mended.digest, mended.email_hash), (sealed.digest, sealed.email_hash));
}

#[test]
fn same_content_has_the_same_digest_and_hashes() {
    let (sealer, json) = (sealer(), r#"{"email":"Anna@shop.example","phone":"+1 650 253 0000"}"#);
    let (one, two) = (sealer.seal(json, NOW).unwrap(), sealer.seal(json, NOW).unwrap());
    assert_ne!(one.payload, two.payload, "each token has its own IV");
    assert_eq!(
        (one.digest, &one.email_hash, &one.phone_hash),
        (two.digest, &two.email_hash, &two.phone_hash)
    );
    let other = sealer
        .seal(r#"{"email":"anna@shop.example","phone":"+16502530000" }"#, NOW)
        .unwrap();
    assert_ne!(other.digest, one.digest);
    assert_eq!(
        (&other.email_hash, &other.phone_hash),
        (&one.email_hash, &one.phone_hash)
    );
    let key = Sealer::new(&FernetKey::generate().unwrap().into(), None)
        .seal(json, NOW)
        .unwrap();
    assert!(key.digest != one.digest && key.email_hash != one.email_hash && key.phone_hash != one.phone_hash);
    let empty = sealer.seal("{}", NOW).unwrap();
    assert_eq!((&*empty.email_hash, &*empty.phone_hash), ("", ""));
}

/// docs/entities.md has the same in Python.
#[test]
fn hashes_are_those_of_the_documentation() {
    assert_eq!(sealer().hash_email("anna@shop.example"), EMAIL_HASH);
    assert_eq!(sealer().hash_phone("+79161234567"), PHONE_HASH);
    // The same text is another value as a number than as an address.
    assert_ne!(sealer().hash_email("+79161234567"), PHONE_HASH);
}

#[test]
fn hashes_the_value_nearest_to_the_top() {
    let sealer = sealer();
    let json = r#"{"store":{"email":"store@b.c"},"email":"own@b.c","customer":{"email":"c@b.c"}}"#;
    assert_eq!(sealer.seal(json, NOW).unwrap().email_hash, sealer.hash_email("own@b.c"));
    let json = r#"{"store":{"email":"store@b.c"},"customer":{"email":"c@b.c"}}"#;
    assert_eq!(
        sealer.seal(json, NOW).unwrap().email_hash,
        sealer.hash_email("store@b.c")
    );
}

/// An entity and what it is once its personal values are in normal form.
fn entity() -> impl Strategy<Value = (Value, Value)> {
    let same = |value: Value| (value.clone(), value);
    let leaf = prop_oneof![
        Just(same(Value::Null)),
        any::<bool>().prop_map(move |value| same(json!(value))),
        any::<i64>().prop_map(move |value| same(json!(value))),
        any::<f64>().prop_map(move |value| same(json!(value))),
        "[^@]*".prop_map(move |value| same(json!(value))),
    ];
    leaf.prop_recursive(6, 48, 5, move |inner| {
        let object = (
            prop::collection::vec(("[a-z\"\\\\é]{0,6}", inner.clone()), 0..4),
            prop::option::of(personal("email")),
            prop::option::of(personal("phone")),
        );
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(|values| {
                let (sent, normal): (Vec<_>, Vec<_>) = values.into_iter().unzip();
                (json!(sent), json!(normal))
            }),
            object.prop_map(|(others, email, phone)| {
                let personal = [("email", email), ("phone", phone)];
                let personal = personal
                    .into_iter()
                    .filter_map(|(name, value)| Some((name.to_owned(), value?)));
                let (mut sent, mut normal) = (json!({}), json!({}));
                for (name, value) in others.into_iter().chain(personal) {
                    sent[&name] = value.0;
                    normal[&name] = value.1;
                }
                (sent, normal)
            }),
        ]
    })
}

fn personal(name: &'static str) -> impl Strategy<Value = (Value, Value)> {
    let email = ("[A-Za-z0-9_+]{1,8}", "[A-Za-z0-9]{1,8}").prop_map(|(name, domain)| {
        let sent = format!(" {name}@{domain}.Example");
        (json!(sent), json!(sent.trim().to_lowercase()))
    });
    let phone = ("[0-9]{3}", "[0-9]{7}")
        .prop_map(|(area, own)| (json!(format!("+7 ({area}) {own}")), json!(format!("+7{area}{own}"))));
    let one = match name {
        "email" => email.boxed(),
        _ => phone.boxed(),
    };
    let several = prop::collection::vec(one.clone(), 0..3).prop_map(|values| {
        let (sent, normal): (Vec<_>, Vec<_>) = values.into_iter().unzip();
        (json!(sent), json!(normal))
    });
    prop_oneof![one, several]
}

proptest! {
    #[test]
    fn unsealing_gives_the_normalised_original((sent, normal) in entity(), pretty: bool, escaped: bool) {
        let text = |value: &Value| {
            let text = match pretty {
                true => serde_json::to_string_pretty(value).unwrap(),
                false => value.to_string(),
            };
            match escaped {
                true => text.replace("\"email\"", "\"em\\u0061il\"").replace("\"phone\"", "\"\\u0070hone\""),
                false => text,
            }
        };
        let sealer = sealer();
        match sealer.seal(&text(&sent), NOW) {
            Ok(sealed) => {
                prop_assert!(!sealed.payload.contains('@'));
                prop_assert_eq!(sealer.unseal(&sealed.payload).unwrap(), text(&normal));
                prop_assert_eq!(sealer.seal(&text(&normal), NOW).unwrap().digest, sealed.digest);
                prop_assert_eq!(sealer.seal(&sealed.payload, NOW).unwrap(), sealed);
            }
            Err(error) => prop_assert!(matches!(error.reason, SealReason::TooMany), "{error}"),
        }
    }

    #[test]
    fn any_text_is_sealed_or_refused(text in r#"[\[\]{},:"a-z@\\ 0-9]{0,60}|\{"(email|phone)":"\PC*"\}"#) {
        if let Ok(sealed) = sealer().seal(&text, NOW) {
            let value: Value = serde_json::from_str(&sealed.payload).unwrap();
            for name in ["email", "phone"] {
                prop_assert!(!value[name].as_str().is_some_and(|value| value.contains('@')), "{}", sealed.payload);
            }
        }
    }
}
