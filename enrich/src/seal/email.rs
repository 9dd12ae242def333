/// Of RFC 5321, section 4.5.3.1.
const LOCAL_BYTES: usize = 64;
const ADDRESS_BYTES: usize = 254;
const LABEL_BYTES: usize = 63;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    #[error("must have one @ between a name and a domain")]
    At,
    #[error("is longer than an e-mail address can be")]
    Length,
    #[error("has a character before its @ that addresses there do not have")]
    Name,
    #[error("has a domain that is none: names of letters, digits and '-' with a dot between them")]
    Domain,
}

/// An e-mail address without the space around it and in lower case, when it has the shape of one. Names in quotes
/// (`"a b"@shop.example`) and addresses without a dot in the domain are refused.
pub fn normalise_email(text: &str) -> Result<String, EmailError> {
    let email = text.trim().to_lowercase();
    let (name, domain) = email.split_once('@').ok_or(EmailError::At)?;
    if name.is_empty() || domain.is_empty() || domain.contains('@') {
        return Err(EmailError::At);
    }
    if name.len() > LOCAL_BYTES || email.len() > ADDRESS_BYTES {
        return Err(EmailError::Length);
    }
    let strange =
        |character: char| character.is_whitespace() || character.is_control() || "()<>[]:;,\\\"".contains(character);
    if name.contains(strange) || name.starts_with('.') || name.ends_with('.') || name.contains("..") {
        return Err(EmailError::Name);
    }
    if !domain.contains('.') || !domain.split('.').all(is_label) {
        return Err(EmailError::Domain);
    }
    Ok(email)
}

fn is_label(label: &str) -> bool {
    let taken = |character: char| character.is_alphanumeric() || character == '-';
    (1..=LABEL_BYTES).contains(&label.len())
        && label.chars().all(taken)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: Result<&str, EmailError>) {
        assert_eq!(
            normalise_email(text).as_deref(),
            expect.as_ref().map(|text| *text),
            "{text}"
        );
    }

    #[test]
    fn brings_addresses_to_one_form() {
        check(" Anna.Smith+shop@Example.COM\n", Ok("anna.smith+shop@example.com"));
        check("анна@почта.рф", Ok("анна@почта.рф"));
        check("o'neil_1@mail-2.example.co.uk", Ok("o'neil_1@mail-2.example.co.uk"));
        check("a@b.c", Ok("a@b.c"));
    }

    #[test]
    fn refuses_what_has_another_shape() {
        for text in ["", "anna", "@example.com", "anna@", "anna@b@example.com"] {
            check(text, Err(EmailError::At));
        }
        for text in [
            "an na@example.com",
            "Anna <anna@example.com>",
            ".a@example.com",
            "a..b@example.com",
            "\"a\"@b.c",
        ] {
            assert!(normalise_email(text).is_err(), "{text}");
        }
        for text in [
            "anna@localhost",
            "anna@example..com",
            "anna@-a.com",
            "anna@exa mple.com",
            "anna@example.com.",
        ] {
            check(text, Err(EmailError::Domain));
        }
        check(&format!("{}@example.com", "a".repeat(65)), Err(EmailError::Length));
        check(&format!("a@{}com", "example.".repeat(32)), Err(EmailError::Length));
    }
}
