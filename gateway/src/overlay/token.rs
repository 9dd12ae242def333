use event::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::settings::Secret;

/// What every token begins with; keys begin with `cpk_`.
pub(super) const PREFIX: &str = "cpo_";
const LASTS_MS: i64 = 3_600_000;
/// Another use of the operator's key would have another.
const PURPOSE: &[u8] = b"clickpath overlay token";

/// Signs tokens and knows its own again. Nothing is stored: a token says what it is for and until when.
pub(crate) struct Signer(Hmac<Sha256>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenError {
    Unknown,
    Expired,
}

impl Signer {
    /// With a key made of the operator's, so that all gateways that share it take each other's tokens; without one, of chance, and the
    /// tokens end with the process.
    pub(crate) fn new(operator: Option<&Secret>) -> Self {
        match operator {
            Some(operator) => Self(keyed(&signature(&keyed(operator.expose().as_bytes()), PURPOSE))),
            None => Self(keyed(&rand::random::<[u8; 32]>())),
        }
    }

    /// A token for one site, and when it expires.
    pub(super) fn sign(&self, site: &str, now: Timestamp) -> (String, Timestamp) {
        let expires = Timestamp(now.0 + LASTS_MS);
        let signature = signature(&self.0, &message(expires, site));
        let digits: String = signature.iter().map(|byte| format!("{byte:02x}")).collect();
        (format!("{PREFIX}{}_{digits}_{site}", expires.0), expires)
    }

    /// The site that a token is for.
    pub(super) fn read<'t>(&self, token: &'t str, now: Timestamp) -> Result<&'t str, TokenError> {
        let (expires, digits, site) = parts(token).ok_or(TokenError::Unknown)?;
        let mut mac = self.0.clone();
        mac.update(&message(expires, site));
        mac.verify_slice(&digits).map_err(|_| TokenError::Unknown)?;
        match now < expires {
            true => Ok(site),
            false => Err(TokenError::Expired),
        }
    }
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

fn signature(key: &Hmac<Sha256>, message: &[u8]) -> [u8; 32] {
    let mut mac = key.clone();
    mac.update(message);
    mac.finalize().into_bytes().into()
}

fn message(expires: Timestamp, site: &str) -> Vec<u8> {
    format!("{}\n{site}", expires.0).into_bytes()
}

/// A site's name may have `_` too: it comes last.
fn parts(token: &str) -> Option<(Timestamp, [u8; 32], &str)> {
    let (expires, rest) = token.strip_prefix(PREFIX)?.split_once('_')?;
    let (digits, site) = rest.split_once('_')?;
    let expires = expires.parse().ok()?;
    if digits.len() != 64 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let mut signature = [0; 32];
    for (at, byte) in signature.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).ok()?;
    }
    Some((Timestamp(expires), signature, site))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_763_805_600_000);

    #[test]
    fn knows_its_own_until_they_expire() {
        let signer = Signer::new(None);
        let (token, expires) = signer.sign("my_shop", NOW);
        assert_eq!(expires.0 - NOW.0, LASTS_MS);
        assert_eq!(signer.read(&token, NOW), Ok("my_shop"));
        assert_eq!(signer.read(&token, Timestamp(expires.0 - 1)), Ok("my_shop"));
        assert_eq!(signer.read(&token, expires), Err(TokenError::Expired));
    }

    #[test]
    fn takes_no_other() {
        let signer = Signer::new(None);
        let (token, expires) = signer.sign("shop", NOW);
        let later = token.replace(&expires.0.to_string(), &(expires.0 + 1).to_string());
        let other_site = token.replace("_shop", "_blog");
        for guess in [
            "",
            "cpo_",
            "cpo_1_2_shop",
            &later,
            &other_site,
            &token.to_uppercase(),
            &token[4..],
        ] {
            assert_eq!(signer.read(guess, NOW), Err(TokenError::Unknown), "{guess}");
        }
        assert_eq!(Signer::new(None).read(&token, NOW), Err(TokenError::Unknown));
    }

    #[test]
    fn gateways_with_one_operator_key_share_tokens() {
        let signer = |key: &str| Signer::new(Some(&key.parse().unwrap()));
        let (token, _) = signer("operator-key-of-all").sign("shop", NOW);
        assert_eq!(signer("operator-key-of-all").read(&token, NOW), Ok("shop"));
        assert_eq!(
            signer("operator-key-of-one").read(&token, NOW),
            Err(TokenError::Unknown)
        );
    }
}
