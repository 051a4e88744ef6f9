//! The session key in a manifest: sealed for the user and for the cloud, and opened by either.
//!
//! ```text
//! key, 16 bytes ─► 32 hex digits of ASCII ─► PKCS#1 v1.5 padding ─► RSA ─► hex in the manifest
//! ```
//!
//! The padding is derived from the key itself, so that the same bundle made twice is the same to
//! the last byte: docs/decisions/0001-reproducible-sealing.md.
//!
//! Source: docs/formats/manifest.md, section 5.

#[cfg(test)]
mod tests;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::{Image, SealedPair};
use crate::crypto::rsa::{KeyError, PrivateKey};
use crate::crypto::secret::{SessionKey, parse_hex_block};
use crate::crypto::x509::Certificate;

/// Sets the padding's seed apart from any other use of the same key.
const LABEL: &[u8] = b"amikit manifest sealing padding 1";

/// Digits of a sealed text: 128 bits in hex.
const DIGITS: usize = 32;

/// Why a bundle's session key cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The manifest has no sealed key at all.
    #[error("the manifest has no sealed key")]
    NoSealedKey,
    /// There is a key without initialisation vector, or the other way round.
    #[error("the manifest has no sealed {missing}")]
    Incomplete {
        /// "key" or "initialisation vector".
        missing: &'static str,
    },
    /// Sealed for the cloud alone, and the private key is not the cloud's.
    #[error(
        "the manifest has a key sealed for the cloud only, and the private key does not open it"
    )]
    OnlyForCloud,
    /// Neither what is sealed for the user nor what is sealed for the cloud opens.
    #[error("neither the user's nor the cloud's sealed {what} opens with this private key")]
    WrongKey {
        /// "key" or "initialisation vector".
        what: &'static str,
    },
}

/// Seals a session key for a recipient. The same input gives the same output.
///
/// # Errors
/// When the recipient's key is too small to seal 32 bytes.
pub fn seal(session: &SessionKey, recipient: &Certificate) -> Result<SealedPair, KeyError> {
    let public = recipient.public_key();
    let mut seed = Zeroizing::new([0; 32]);
    let mut hasher = Sha256::new();
    hasher.update(LABEL);
    hasher.update(session.key());
    hasher.update(session.iv());
    hasher.update(public.modulus());
    seed.copy_from_slice(&hasher.finalize());
    let mut padding = ChaCha20Rng::from_seed(*seed);
    Ok(SealedPair {
        key: public.encrypt(&mut padding, session.key_hex().as_bytes())?,
        iv: public.encrypt(&mut padding, session.iv_hex().as_bytes())?,
    })
}

/// Opens the session key with the user's private key or the cloud's.
///
/// What is sealed for the user is tried first, then what is sealed for the cloud; key and
/// initialisation vector on their own, as euca2ools does.
///
/// # Errors
/// When nothing is sealed, or nothing opens with this key.
pub fn open(image: &Image, key: &PrivateKey) -> Result<SessionKey, OpenError> {
    let (user, ec2) = (&image.user_sealed, &image.ec2_sealed);
    if user.is_empty() && ec2.is_empty() {
        return Err(OpenError::NoSealedKey);
    }
    let session_key = open_either(&user.key, &ec2.key, key, "key")?;
    let iv = open_either(&user.iv, &ec2.iv, key, "initialisation vector")?;
    Ok(SessionKey::new(*session_key, *iv))
}

/// Opens what [`seal`] made for the owner of this key.
///
/// # Errors
/// When it was made for another.
pub fn open_pair(pair: &SealedPair, key: &PrivateKey) -> Result<SessionKey, OpenError> {
    let session_key = open_either(&pair.key, &[], key, "key")?;
    let iv = open_either(&pair.iv, &[], key, "initialisation vector")?;
    Ok(SessionKey::new(*session_key, *iv))
}

fn open_either(
    user: &[u8],
    ec2: &[u8],
    key: &PrivateKey,
    what: &'static str,
) -> Result<Zeroizing<[u8; 16]>, OpenError> {
    let opened = [user, ec2]
        .into_iter()
        .filter(|sealed| !sealed.is_empty())
        .find_map(|sealed| {
            key.decrypt(sealed)
                .ok()
                .and_then(|text| session_text(&text))
        });
    opened.ok_or(match (user.is_empty(), ec2.is_empty()) {
        (true, true) => OpenError::Incomplete { missing: what },
        (true, false) => OpenError::OnlyForCloud,
        _ => OpenError::WrongKey { what },
    })
}

/// The 16 bytes that a sealed text stands for. Some RSA implementations answer a wrong key
/// with random bytes instead of an error, so that anything but hex digits is a wrong key.
///
/// Fewer than 32 digits get zeros in front: euca2ools reads a number, and 1.x could write a
/// short one.
fn session_text(text: &[u8]) -> Option<Zeroizing<[u8; 16]>> {
    let text = std::str::from_utf8(text).ok()?.trim();
    if text.is_empty() || text.len() > DIGITS {
        return None;
    }
    let padded = Zeroizing::new(format!("{text:0>DIGITS$}"));
    parse_hex_block(&padded).ok().map(Zeroizing::new)
}
