//! Phone numbers in E.164 (<https://www.itu.int/rec/T-REC-E.164>): `+`, calling code, number; at most 15 digits.
//!
//! A number must have a length that its country's plan has, as libphonenumber's "possible number". Whether somebody answers
//! is not known. The library itself (crates `phonenumber`, `rlibphonenumber`) would take a minute to build and 4 MB for that.

mod plans;

use std::str::FromStr;

use plans::{PLANS, Plan};

/// Of E.164.
const DIGITS: usize = 15;
/// With punctuation.
const CHARACTERS: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    #[error("has a character that phone numbers do not have")]
    Character,
    #[error("must be in international form, beginning with + (or name the region of others: --phone-region)")]
    NotInternational,
    #[error("begins with a calling code that is not assigned")]
    CallingCode,
    #[error("has too few or too many digits for its country")]
    Length,
}

/// A territory with a numbering plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region(&'static Plan);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the two letters of a territory with phone numbers (ISO 3166), for example DE")]
pub struct UnknownRegion;

impl FromStr for Region {
    type Err = UnknownRegion;

    fn from_str(text: &str) -> Result<Self, UnknownRegion> {
        let of_name = |plan: &&Plan| plan.region.is_some_and(|region| region.eq_ignore_ascii_case(text));
        PLANS.iter().find(of_name).map(Self).ok_or(UnknownRegion)
    }
}

/// A number in E.164. One without `+` is read as somebody in `region` would dial it.
pub fn normalise_phone(text: &str, region: Option<Region>) -> Result<String, PhoneError> {
    let Digits { digits, international } = digits(text, region)?;
    if international {
        return of_international(&digits);
    }
    let Region(plan) = region.ok_or(PhoneError::NotInternational)?;
    if let Some(abroad) = plan.international.and_then(|prefix| digits.strip_prefix(prefix))
        && let Ok(number) = of_international(abroad)
    {
        return Ok(number);
    }
    if let Some(number) = plan.number(&digits, Form::Dialled) {
        return Ok(number);
    }
    // Written without the + of the international form, as lists of one country often do.
    let own = digits.strip_prefix(plan.code);
    let own = own.and_then(|national| plan.number(national, Form::AfterCode));
    own.ok_or(PhoneError::Length)
}

struct Digits {
    digits: String,
    /// It began with +.
    international: bool,
}

/// Drops the punctuation of numbers, and a trunk prefix in brackets as in `+44 (0)20 7946 0958`.
fn digits(text: &str, region: Option<Region>) -> Result<Digits, PhoneError> {
    let text = text.trim();
    if text.len() > CHARACTERS {
        return Err(PhoneError::Length);
    }
    let (international, rest) = match text.strip_prefix('+') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let rest = match international || region.is_some() {
        true => rest.replacen("(0)", "", 1),
        false => rest.to_owned(),
    };
    let mut digits = String::with_capacity(DIGITS);
    for character in rest.chars() {
        match character {
            '0'..='9' => digits.push(character),
            ' ' | '-' | '.' | '/' | '(' | ')' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '\u{2010}'..='\u{2015}' => {}
            _ => return Err(PhoneError::Character),
        }
    }
    Ok(Digits { digits, international })
}

/// `digits` begin with a calling code.
fn of_international(digits: &str) -> Result<String, PhoneError> {
    let mut plans = PLANS.iter().filter(|plan| digits.starts_with(plan.code)).peekable();
    if plans.peek().is_none() {
        return Err(PhoneError::CallingCode);
    }
    // Territories that share a code differ in their plans.
    let number = plans.find_map(|plan| plan.number(&digits[plan.code.len()..], Form::AfterCode));
    number.ok_or(PhoneError::Length)
}

/// Whether a trunk prefix belongs before a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Dialled,
    AfterCode,
}

impl Plan {
    /// E.164 of a national number with or without its trunk prefix, when its length is possible.
    fn number(&self, national: &str, form: Form) -> Option<String> {
        let without_trunk = self.trunk.and_then(|trunk| national.strip_prefix(trunk));
        let without_trunk = without_trunk.filter(|rest| self.is_possible(rest));
        let significant = match without_trunk {
            Some(rest) if form == Form::Dialled => rest,
            // Here it is a mistake. Where the prefix is 0, no number begins with it; elsewhere, as in Russia, some do.
            Some(rest) if self.trunk == Some("0") || !self.is_possible(national) => rest,
            _ => national,
        };
        self.is_possible(significant)
            .then(|| format!("+{}{significant}", self.code))
    }

    fn is_possible(&self, significant: &str) -> bool {
        significant.len() < u16::BITS as usize && self.lengths & 1 << significant.len() != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(region: &str, text: &str, expect: Result<&str, PhoneError>) {
        let region = (!region.is_empty()).then(|| region.parse().unwrap());
        let found = normalise_phone(text, region);
        assert_eq!(found.as_deref(), expect.as_ref().map(|text| *text), "{region:?} {text}");
    }

    #[test]
    fn brings_international_numbers_to_one_form() {
        check("", "+7 (916) 123-45-67", Ok("+79161234567"));
        check("", " +1 650-253-0000 ", Ok("+16502530000"));
        check("", "+44 (0)20 7946 0958", Ok("+442079460958"));
        check("", "+49.30/901820", Ok("+4930901820"));
        check("", "+49 (0) 30 901820", Ok("+4930901820"));
        // The 0 of an Italian number is part of it.
        check("", "+39 06 6982", Ok("+39066982"));
        check("", "+7\u{a0}916\u{2009}123\u{2011}45\u{2011}67", Ok("+79161234567"));
        check("", "+375 801 1234567", Ok("+3758011234567"));
        check("", "+7 8 916 123-45-67", Ok("+79161234567"));
        check("", "+800 1234 5678", Ok("+80012345678"));
        check("US", "+7 916 123 45 67", Ok("+79161234567"));
    }

    #[test]
    fn reads_national_numbers_of_the_region() {
        check("RU", "8 (916) 123-45-67", Ok("+79161234567"));
        check("RU", "916 123-45-67", Ok("+79161234567"));
        check("RU", "7 916 123-45-67", Ok("+79161234567"));
        // Ten digits that begin with the trunk prefix's 8.
        check("RU", "800 555-35-35", Ok("+78005553535"));
        check("RU", "8 800 555-35-35", Ok("+78005553535"));
        check("ru", "810 49 30 901820", Ok("+4930901820"));
        check("BY", "8 29 491-19-11", Ok("+375294911911"));
        check("DE", "030 901820", Ok("+4930901820"));
        check("DE", "0049 30 901820", Ok("+4930901820"));
        check("DE", "0033 1 42 68 53 00", Ok("+33142685300"));
        check("GB", "020 7946 0958", Ok("+442079460958"));
        check("GB", "(0)20 7946 0958", Ok("+442079460958"));
        check("US", "(650) 253-0000", Ok("+16502530000"));
        check("US", "1 650 253 0000", Ok("+16502530000"));
        check("US", "011 44 20 7946 0958", Ok("+442079460958"));
        check("IT", "06 6982", Ok("+39066982"));
        check("HU", "06 1 234 5678", Ok("+3612345678"));
    }

    #[test]
    fn refuses_what_cannot_be_dialled() {
        check("", "8 916 123 45 67", Err(PhoneError::NotInternational));
        check("", "79161234567", Err(PhoneError::NotInternational));
        check("", "", Err(PhoneError::NotInternational));
        check("", "+", Err(PhoneError::CallingCode));
        check("", "+0 123 456", Err(PhoneError::CallingCode));
        check("", "+999 12 345 678", Err(PhoneError::CallingCode));
        check("", "+7 916 123 45 6", Err(PhoneError::Length));
        check("", "+7 916 123 45 678", Err(PhoneError::Length));
        check("", "+1 650 253 00000", Err(PhoneError::Length));
        check("", "+49 30 90182 x12", Err(PhoneError::Character));
        check("", "+1-800-FLOWERS", Err(PhoneError::Character));
        check("", "tel:+16502530000", Err(PhoneError::Character));
        check("", "++16502530000", Err(PhoneError::Character));
        check("", &"+1 650 253 0000".repeat(10), Err(PhoneError::Length));
        check("RU", "123", Err(PhoneError::Length));
        for wrong in ["", "XX", "RUS", "-", "7"] {
            assert_eq!(wrong.parse::<Region>(), Err(UnknownRegion), "{wrong}");
        }
    }

    /// A normal number is its own normal form: what was sealed once can be sealed again.
    #[test]
    fn normal_numbers_stay() {
        for plan in PLANS.iter() {
            for length in (1..15).filter(|length| plan.lengths & 1 << length != 0) {
                let number = format!("+{}{}", plan.code, "2".repeat(length));
                assert_eq!(normalise_phone(&number, None).as_deref(), Ok(&*number));
            }
        }
    }
}
