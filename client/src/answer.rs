//! What the gateway answers when it refuses.

use serde::Deserialize;

/// The message of its error, or all of an answer that is none of its.
pub fn message(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Refusal {
        error: Detail,
    }
    #[derive(Deserialize)]
    struct Detail {
        message: String,
    }
    match serde_json::from_slice::<Refusal>(body) {
        Ok(refusal) => refusal.error.message,
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::message;

    #[test]
    fn takes_the_message_out() {
        let refusal = br#"{"error":{"code":"unknown_site","message":"no site named \"books\" is configured here"}}"#;
        assert_eq!(message(refusal), "no site named \"books\" is configured here");
        assert_eq!(message(b"<html>"), "<html>");
    }
}
