//! The key that a bundle's image is encrypted with.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// The AES-128 key and initialisation vector of one bundle.
///
/// Both are wiped from memory when dropped, and neither is ever shown by `Debug`.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct SessionKey {
    key: [u8; 16],
    iv: [u8; 16],
}

/// Why a text is not a key or initialisation vector. The text itself is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected 32 hex digits (128 bits), found {found} characters that are not that")]
pub struct HexKeyError {
    /// Length of the text in characters.
    pub found: usize,
}

impl SessionKey {
    /// A key from its raw bytes.
    #[must_use]
    pub const fn new(key: [u8; 16], iv: [u8; 16]) -> Self {
        Self { key, iv }
    }

    /// A key from the hex text that manifests seal and command lines carry.
    ///
    /// # Errors
    /// When either is not exactly 32 hex digits.
    pub fn from_hex(key: &str, iv: &str) -> Result<Self, HexKeyError> {
        Ok(Self {
            key: parse_hex_block(key)?,
            iv: parse_hex_block(iv)?,
        })
    }

    /// The raw key.
    #[must_use]
    pub const fn key(&self) -> &[u8; 16] {
        &self.key
    }

    /// The raw initialisation vector.
    #[must_use]
    pub const fn iv(&self) -> &[u8; 16] {
        &self.iv
    }

    /// The key as 32 lower-case hex digits: the very text that RSA seals.
    #[must_use]
    pub fn key_hex(&self) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(self.key))
    }

    /// The initialisation vector as 32 lower-case hex digits.
    #[must_use]
    pub fn iv_hex(&self) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(self.iv))
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey(hidden)")
    }
}

/// Reads 16 bytes from exactly 32 hex digits.
///
/// # Errors
/// When the text is anything else. White space around it is accepted.
pub fn parse_hex_block(text: &str) -> Result<[u8; 16], HexKeyError> {
    let text = text.trim();
    let mut block = [0; 16];
    hex::decode_to_slice(text, &mut block).map_err(|_| HexKeyError {
        found: text.chars().count(),
    })?;
    Ok(block)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_round_trip_keeps_leading_zeros() {
        let text = "000102030405060708090a0b0c0d0e0f";

        let key = SessionKey::from_hex(text, text).unwrap();

        assert_eq!(&**key.key_hex(), text);
    }

    #[test]
    fn debug_and_errors_do_not_show_the_key() {
        let key = SessionKey::new([7; 16], [8; 16]);

        assert_eq!(format!("{key:?}"), "SessionKey(hidden)");
        let error = parse_hex_block("secretsecret").unwrap_err().to_string();
        assert!(!error.contains("secret"), "{error}");
    }
}
