//! Fernet tokens, version 0x80 (<https://github.com/fernet/spec/blob/master/Spec.md>): AES-128-CBC, then HMAC-SHA256.
//!
//! The crate `fernet` would bring second versions of sha2, digest and base64, under the MPL.

use aes::Aes128;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use event::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::FernetKey;

const VERSION: u8 = 0x80;
const TIME_BYTES: usize = 8;
const IV_BYTES: usize = 16;
const HEAD_BYTES: usize = 1 + TIME_BYTES + IV_BYTES;
const TAG_BYTES: usize = 32;

/// The first characters of every token until the year 4147: version and the time's upper zeros.
const START: &str = "gAAAAA";

pub(super) struct Fernet {
    signing: Hmac<Sha256>,
    encryption: [u8; 16],
}

/// Reusing one with a key tells which texts begin alike, so nobody outside chooses it.
pub(super) fn random_iv() -> [u8; IV_BYTES] {
    rand::random()
}

/// Looks like a token; neither an address nor a phone number does.
pub(super) fn is_token(text: &str) -> bool {
    text.starts_with(START) && !text.contains('@')
}

impl Fernet {
    pub(super) fn new(key: &FernetKey) -> Self {
        let (signing, encryption) = key.halves();
        Self {
            signing: Hmac::new_from_slice(&signing).expect("HMAC takes keys of any length"),
            encryption,
        }
    }

    pub(super) fn encrypt(&self, plain: &[u8], now: Timestamp, iv: [u8; IV_BYTES]) -> String {
        let seconds = u64::try_from(now.0.div_euclid(1_000)).unwrap_or(0);
        let encryptor = cbc::Encryptor::<Aes128>::new(&self.encryption.into(), &iv.into());
        let mut token = vec![VERSION];
        token.extend_from_slice(&seconds.to_be_bytes());
        token.extend_from_slice(&iv);
        token.extend_from_slice(&encryptor.encrypt_padded_vec::<Pkcs7>(plain));
        let tag = self.signing.clone().chain_update(&token).finalize().into_bytes();
        token.extend_from_slice(&tag);
        URL_SAFE.encode(token)
    }

    /// `None` for what this key did not encrypt. Age is no reason: what is stored is read years later.
    pub(super) fn decrypt(&self, token: &str) -> Option<Vec<u8>> {
        let token = URL_SAFE.decode(token).ok()?;
        let (signed, tag) = token.split_last_chunk::<TAG_BYTES>()?;
        let (head, encrypted) = signed.split_first_chunk::<HEAD_BYTES>()?;
        if head[0] != VERSION {
            return None;
        }
        let signing = self.signing.clone().chain_update(signed);
        signing.verify_slice(tag).ok()?;
        let iv = head.last_chunk::<IV_BYTES>()?;
        let decryptor = cbc::Decryptor::<Aes128>::new(&self.encryption.into(), iv.into());
        decryptor.decrypt_padded_vec::<Pkcs7>(encrypted).ok()
    }
}

/// The vectors of the specification: generate.json, verify.json and invalid.json, without those that are about age.
#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
    const HELLO: &str =
        "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==";

    fn fernet() -> Fernet {
        Fernet::new(&SECRET.parse().unwrap())
    }

    #[test]
    fn generates_as_the_specification() {
        let now = "1985-10-26T01:20:00-07:00".parse().unwrap();
        let iv = std::array::from_fn(|index| index as u8);
        assert_eq!(fernet().encrypt(b"hello", now, iv), HELLO);
        assert!(is_token(HELLO));
    }

    #[test]
    fn opens_what_the_specification_opens() {
        assert_eq!(fernet().decrypt(HELLO).as_deref(), Some(&b"hello"[..]));
    }

    #[test]
    fn refuses_what_the_specification_refuses() {
        let invalid = [
            (
                "incorrect mac",
                "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykQUFBQUFBQUFBQQ==",
            ),
            ("too short", "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPA=="),
            (
                "invalid base64",
                "%%%%%%%%%%%%%AECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==",
            ),
            (
                "payload size not multiple of block size",
                "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPOm73QeoCk9uGib28Xe5vz6oxq5nmxbx_v7mrfyudzUm",
            ),
            (
                "payload padding error",
                "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0ODz4LEpdELGQAad7aNEHbf-JkLPIpuiYRLQ3RtXatOYREu2FWke6CnJNYIbkuKNqOhw==",
            ),
            (
                "incorrect IV (causes padding error)",
                "gAAAAAAdwJ6xBQECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAkLhFLHpGtDBRLRTZeUfWgHSv49TF2AUEZ1TIvcZjK1zQ==",
            ),
        ];
        for (description, token) in invalid {
            assert_eq!(fernet().decrypt(token), None, "{description}");
        }
    }

    #[test]
    fn another_key_opens_nothing() {
        let other = Fernet::new(&FernetKey::generate().unwrap());
        assert_eq!(other.decrypt(HELLO), None);
    }
}
