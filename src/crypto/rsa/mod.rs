//! RSA keys: reading, signing, opening and sealing as the bundle format prescribes.
//!
//! ```text
//! PEM file ─► block ─► passphrase? ─► PKCS#8? ─► PKCS#1 ─► checked numbers ─► PrivateKey
//! ```
//!
//! Signatures are RSASSA-PKCS1-v1_5 over SHA-1, sealing is RSAES-PKCS1-v1_5. Private key
//! operations are blinded: the randomness hides their timing and does not influence results,
//! which is why it may come from the system here. `Sealed` errors must not be answered to
//! strangers who choose what is opened (Bleichenbacher's oracle); a local tool may show them.
//!
//! Source: docs/formats/manifest.md; RFC 8017 for the schemes.

mod decode;
mod encrypted_pem;
mod error;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::Path;

use ::rsa::pkcs8::{EncodePrivateKey as _, EncodePublicKey as _};
use ::rsa::rand_core::{CryptoRngCore, OsRng};
use ::rsa::traits::PublicKeyParts as _;
use ::rsa::{BigUint, Pkcs1v15Encrypt, Pkcs1v15Sign, RsaPrivateKey, RsaPublicKey};
use zeroize::Zeroizing;

use super::digest::Sha1Digest;
use super::pem::{self, FileError};
pub(super) use decode::describe;
pub use error::KeyError;

/// Smallest key that is accepted: that of EC2's own certificate of 2005.
pub const MIN_BITS: usize = 1024;

/// Largest key that is accepted. Larger ones take minutes per operation, and are hostile.
pub const MAX_BITS: usize = 16384;

/// DER of `DigestInfo { SHA-1, OCTET STRING (20 bytes) }` up to the digest itself.
///
/// Source: RFC 8017, section 9.2, note 1.
const SHA1_DIGEST_INFO: [u8; 15] = [
    0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14,
];

/// What PKCS#1 v1.5 encryption adds to a text, in bytes.
const SEAL_OVERHEAD: usize = 11;

/// An RSA private key. Its numbers are wiped from memory when dropped.
#[derive(Clone)]
pub struct PrivateKey(RsaPrivateKey);

/// An RSA public key.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(RsaPublicKey);

/// Why two numbers are no public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PublicKeyFault {
    /// The modulus has this many bits.
    Size(usize),
    /// The exponent is even, too small or too large, or the modulus even.
    Numbers,
}

impl PrivateKey {
    /// Reads a PEM file: PKCS#1, PKCS#8, encrypted PKCS#8 (PBES2), or PKCS#1 encrypted the
    /// traditional way of OpenSSL. Where several blocks stand, the first private key counts.
    ///
    /// `passphrase` is called once, and only if the key is encrypted.
    ///
    /// # Errors
    /// When the file cannot be read, is larger than 1 MiB, holds no RSA private key of 1024 to
    /// 16384 bits, or does not open with the passphrase.
    pub fn read(
        path: &Path,
        passphrase: &dyn Fn() -> Option<Zeroizing<String>>,
    ) -> Result<Self, KeyError> {
        let text = pem::read_file(path).map_err(|error| match error {
            FileError::Io(source) => KeyError::Read {
                path: path.to_owned(),
                source,
            },
            FileError::TooLarge => KeyError::TooLarge {
                path: path.to_owned(),
                limit: pem::MAX_FILE_BYTES,
            },
        })?;
        Self::from_pem(&text, path, passphrase)
    }

    /// Reads a PEM text; `origin` is the name that errors give it.
    ///
    /// # Errors
    /// As [`PrivateKey::read`].
    pub fn from_pem(
        pem: &str,
        origin: &Path,
        passphrase: &dyn Fn() -> Option<Zeroizing<String>>,
    ) -> Result<Self, KeyError> {
        decode::private_key(pem, origin, passphrase).map(Self)
    }

    /// The public half.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.0.to_public_key())
    }

    /// Size of the modulus in bits.
    #[must_use]
    pub fn bits(&self) -> usize {
        self.0.n().bits()
    }

    /// The key as PKCS#8, unencrypted. None if its numbers do not belong together.
    pub(super) fn to_pkcs8_der(&self) -> Option<Zeroizing<Vec<u8>>> {
        let der = self.0.to_pkcs8_der().ok()?;
        Some(der.to_bytes())
    }

    /// Signs a SHA-1 digest. The same key and digest give the same signature.
    ///
    /// # Errors
    /// When the key's numbers do not belong together.
    pub fn sign_sha1(&self, digest: &Sha1Digest) -> Result<Vec<u8>, KeyError> {
        self.0
            .sign_with_rng(&mut OsRng, sha1_scheme(), &digest.0)
            .map_err(|_| KeyError::Sign)
    }

    /// Opens what was sealed with the public half.
    ///
    /// # Errors
    /// When it was sealed for another key or is damaged.
    pub fn decrypt(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        self.0
            .decrypt_blinded(&mut OsRng, Pkcs1v15Encrypt, sealed)
            .map(Zeroizing::new)
            .map_err(|_| KeyError::Sealed)
    }
}

impl PublicKey {
    /// A key from its big-endian numbers; leading zeros are accepted.
    pub(super) fn from_numbers(modulus: &[u8], exponent: &[u8]) -> Result<Self, PublicKeyFault> {
        check_bits(modulus).map_err(PublicKeyFault::Size)?;
        let (modulus, exponent) = (
            BigUint::from_bytes_be(modulus),
            BigUint::from_bytes_be(exponent),
        );
        RsaPublicKey::new_with_max_size(modulus, exponent, MAX_BITS)
            .map(Self)
            .map_err(|_| PublicKeyFault::Numbers)
    }

    /// Size of the modulus in bits.
    #[must_use]
    pub fn bits(&self) -> usize {
        self.0.n().bits()
    }

    /// The modulus, big-endian, without leading zeros.
    #[must_use]
    pub fn modulus(&self) -> Vec<u8> {
        self.0.n().to_bytes_be()
    }

    /// The exponent, big-endian, without leading zeros.
    pub(super) fn exponent(&self) -> Vec<u8> {
        self.0.e().to_bytes_be()
    }

    /// The key as `SubjectPublicKeyInfo`; every key has it.
    pub(super) fn to_der(&self) -> Option<Vec<u8>> {
        Some(self.0.to_public_key_der().ok()?.into_vec())
    }

    /// Whether the signature is this key's over the digest.
    #[must_use]
    pub fn verify_sha1(&self, digest: &Sha1Digest, signature: &[u8]) -> bool {
        self.0.verify(sha1_scheme(), &digest.0, signature).is_ok()
    }

    /// Seals a text so that only the private half opens it. `rng` gives the padding.
    ///
    /// # Errors
    /// When the text is longer than the key can seal (its size less 11 bytes).
    pub fn encrypt(&self, rng: &mut impl CryptoRngCore, plain: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.0
            .encrypt(rng, Pkcs1v15Encrypt, plain)
            .map_err(|_| KeyError::Seal {
                found: plain.len(),
                limit: self.0.size().saturating_sub(SEAL_OVERHEAD),
            })
    }
}

/// Looks at a modulus before any arithmetic is done with it; the error is its size in bits.
fn check_bits(modulus: &[u8]) -> Result<(), usize> {
    let start = modulus.iter().take_while(|byte| **byte == 0).count();
    let digits = &modulus[start..];
    let unused = digits
        .first()
        .map_or(0, |byte| byte.leading_zeros() as usize);
    let bits = (digits.len() * 8).saturating_sub(unused);
    if (MIN_BITS..=MAX_BITS).contains(&bits) {
        Ok(())
    } else {
        Err(bits)
    }
}

fn sha1_scheme() -> Pkcs1v15Sign {
    Pkcs1v15Sign {
        hash_len: Some(20),
        prefix: Box::new(SHA1_DIGEST_INFO),
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({} bits, hidden)", self.bits())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} bits)", self.bits())
    }
}
