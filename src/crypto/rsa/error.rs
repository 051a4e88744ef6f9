//! What can be wrong with a key.

use std::io;
use std::path::PathBuf;

/// Why a key cannot be read or used. Never contains key material.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The file cannot be read.
    #[error("cannot read the private key {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is too large to be a key.
    #[error("{path} is no private key: it has more than {limit} bytes")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Largest size that is read.
        limit: u64,
    },
    /// There is no PEM block in the file.
    #[error("{path} is not a PEM file: expected a block such as -----BEGIN RSA PRIVATE KEY-----")]
    NotPem {
        /// The file.
        path: PathBuf,
    },
    /// The file holds something else.
    #[error("{path} holds {found}, expected an RSA private key")]
    WrongType {
        /// The file.
        path: PathBuf,
        /// What it holds: "a certificate", "a public key", …
        found: &'static str,
    },
    /// The key is encrypted, and nobody can be asked for the passphrase.
    #[error("the private key {path} is encrypted: expected a passphrase")]
    NeedsPassphrase {
        /// The file.
        path: PathBuf,
    },
    /// The key does not open with the passphrase.
    #[error("the private key {path} does not open with this passphrase")]
    WrongPassphrase {
        /// The file.
        path: PathBuf,
    },
    /// The key is encrypted in a way that is not supported.
    #[error("the private key {path} is encrypted with {found}, expected {expected}")]
    UnsupportedEncryption {
        /// The file.
        path: PathBuf,
        /// The method, as the file names it.
        found: String,
        /// What is supported.
        expected: &'static str,
    },
    /// The block's content is no RSA private key.
    #[error("the private key {path} is damaged: {why}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        why: &'static str,
    },
    /// The key is too small or too large.
    #[error("the key {path} has {bits} bits, expected {min} to {max}", min = super::MIN_BITS, max = super::MAX_BITS)]
    Size {
        /// The file.
        path: PathBuf,
        /// Its size.
        bits: usize,
    },
    /// The sealed text was not made for this key, or is damaged.
    #[error("the sealed text does not open with this key")]
    Sealed,
    /// The key cannot seal this text.
    #[error("the key cannot seal {found} bytes, expected at most {limit}")]
    Seal {
        /// Length of the text.
        found: usize,
        /// The longest text that the key can seal.
        limit: usize,
    },
    /// The key cannot sign: its numbers do not belong together.
    #[error("the private key cannot sign: its parts do not belong together")]
    Sign,
}
