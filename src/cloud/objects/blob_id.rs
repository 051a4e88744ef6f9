//! The name of a blob: 128 random bits.

use std::fmt;
use std::str::FromStr;

/// The name of a blob; its text form is 32 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobId([u8; 16]);

/// Why a text is not the name of a blob.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a blob's id: expected 32 lower-case hex digits")]
pub struct BlobIdError {
    /// The text as given, cut to 80 characters.
    pub text: String,
}

impl BlobId {
    /// A new name, of bits that `random` fills in.
    #[must_use]
    pub fn new(random: fn(&mut [u8])) -> Self {
        let mut bits = [0; 16];
        random(&mut bits);
        Self(bits)
    }

    /// The name of these bits.
    #[must_use]
    pub const fn from_bits(bits: [u8; 16]) -> Self {
        Self(bits)
    }

    /// Its bits.
    #[must_use]
    pub const fn bits(self) -> [u8; 16] {
        self.0
    }

    /// The first two digits: the folder that the blob is in, one of 256.
    #[must_use]
    pub fn shelf(self) -> String {
        hex::encode(&self.0[..1])
    }
}

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for BlobId {
    type Err = BlobIdError;

    /// There is one way to write a name: upper-case digits are refused.
    fn from_str(text: &str) -> Result<Self, BlobIdError> {
        let mut bits = [0; 16];
        let lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
        match hex::decode_to_slice(text, &mut bits) {
            Ok(()) if lower => Ok(Self(bits)),
            _ => Err(BlobIdError {
                text: text.chars().take(80).collect(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_is_written() {
        let id = BlobId::new(|bits| bits.copy_from_slice(b"\x0a23456789abcdefg"));

        assert_eq!(id.to_string(), "0a323334353637383961626364656667");
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.shelf(), "0a");
    }

    #[test]
    fn other_texts_are_no_names() {
        for text in [
            "",
            "0a",
            "0A323334353637383961626364656667",
            "0a32333435363738396162636465666",
            "0a3233343536373839616263646566670",
            "../../../../../../../etc/shadow1",
            "ééééééééééééééééé",
        ] {
            assert!(text.parse::<BlobId>().is_err(), "{text}");
        }
    }
}
