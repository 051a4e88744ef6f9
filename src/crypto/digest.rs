//! Digests: SHA-1, with a tee that computes it, and SHA-256.

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use base64ct::{Base64, Encoding as _};
use sha1::{Digest as _, Sha1};
use sha2::Sha256;

/// A SHA-1 digest; its text form is 40 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sha1Digest(pub [u8; 20]);

/// Why a text is not a SHA-1 digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not a SHA-1 digest: expected 40 hex digits")]
pub struct Sha1DigestError {
    /// The text as given, cut to 80 characters.
    pub text: String,
}

impl Sha1Digest {
    /// The digest of no bytes at all. euca2ools before 1.3.2 wrote it as every image's digest.
    pub const OF_NOTHING: Self = Self([
        0xda, 0x39, 0xa3, 0xee, 0x5e, 0x6b, 0x4b, 0x0d, 0x32, 0x55, 0xbf, 0xef, 0x95, 0x60, 0x18,
        0x90, 0xaf, 0xd8, 0x07, 0x09,
    ]);

    /// The digest of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha1::digest(bytes).into())
    }
}

impl fmt::Display for Sha1Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Sha1Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Sha1Digest {
    type Err = Sha1DigestError;

    fn from_str(text: &str) -> Result<Self, Sha1DigestError> {
        let mut digest = [0; 20];
        hex::decode_to_slice(text.trim(), &mut digest).map_err(|_| Sha1DigestError {
            text: text.chars().take(80).collect(),
        })?;
        Ok(Self(digest))
    }
}

/// A SHA-256 digest; its text form is base64, as AWS' headers have it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sha256Digest(pub [u8; 32]);

impl Sha256Digest {
    /// The digest of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Reads the text form; none if it is not that of a SHA-256.
    #[must_use]
    pub fn from_base64(text: &str) -> Option<Self> {
        let mut digest = [0; 32];
        let decoded = Base64::decode(text.trim(), &mut digest).ok()?;
        (decoded.len() == 32).then_some(Self(digest))
    }
}

impl fmt::Display for Sha256Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Base64::encode_string(&self.0))
    }
}

impl fmt::Debug for Sha256Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A SHA-1 in the making.
#[derive(Clone, Default)]
pub struct Sha1Hasher(Sha1);

impl Sha1Hasher {
    /// Takes in more bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of everything taken in.
    #[must_use]
    pub fn finish(self) -> Sha1Digest {
        Sha1Digest(self.0.finalize().into())
    }
}

/// Hashes what passes through it.
pub struct Sha1Tee<W> {
    inner: W,
    hasher: Sha1Hasher,
}

impl<W: Write> Sha1Tee<W> {
    /// Wraps a writer.
    pub fn new(inner: W) -> Self {
        Self {
            inner,
            hasher: Sha1Hasher::default(),
        }
    }

    /// Returns the inner writer and the digest of every byte it accepted.
    pub fn finish(self) -> (W, Sha1Digest) {
        (self.inner, self.hasher.finish())
    }
}

impl<W: Write> Write for Sha1Tee<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let accepted = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..accepted]); // only what went through
        Ok(accepted)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 180-1, appendix A.
    #[test]
    fn published_vector() {
        let digest = Sha1Digest::of(b"abc");

        assert_eq!(
            digest.to_string(),
            "a9993e364706816aba3e25717850c26c9cd0d89d"
        );
        assert_eq!(digest.to_string().parse(), Ok(digest));
    }

    #[test]
    fn digest_of_nothing_is_what_the_constant_says() {
        assert_eq!(Sha1Digest::of(b""), Sha1Digest::OF_NOTHING);
    }

    /// FIPS 180-2, appendix B.1.
    #[test]
    fn sha256_is_read_and_written_in_base64() {
        let digest = Sha256Digest::of(b"abc");

        let text = digest.to_string();

        assert_eq!(text, "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
        assert_eq!(Sha256Digest::from_base64(&text), Some(digest));
        for wrong in [
            "",
            "abc",
            "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFQ==",
            "é",
        ] {
            assert_eq!(Sha256Digest::from_base64(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn tee_hashes_what_the_writer_accepted() {
        let mut room = [0_u8; 2];
        let mut tee = Sha1Tee::new(&mut room[..]);

        assert_eq!(tee.write(b"abc").unwrap(), 2);

        assert_eq!(tee.finish().1, Sha1Digest::of(b"ab"));
    }
}
