//! The keys of key pairs, in every file that SSH and clouds keep them in.
//!
//! ```text
//! ssh-rsa AAAA… comment                    OpenSSH, one line ─┐
//! ---- BEGIN SSH2 PUBLIC KEY ----          RFC 4716          ─┼─► blob ─┐
//! -----BEGIN OPENSSH PRIVATE KEY-----      public half only  ─┘         ├─► SshPublicKey
//! -----BEGIN PUBLIC KEY-----               SubjectPublicKeyInfo, PKCS#1 ┤
//! -----BEGIN RSA PRIVATE KEY-----          PKCS#1, PKCS#8 ─► PrivateKey ┘
//! ```
//!
//! RSA and Ed25519, which are what the clouds take. A blob is a list of strings, each behind its
//! length in four bytes. Source: RFC 4253, section 6.6; RFC 8709; RFC 4716; `PROTOCOL.key` of
//! OpenSSH.

mod blob;
#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};

use ::rsa::pkcs1;
use ::rsa::pkcs8::SubjectPublicKeyInfoRef;
use base64ct::{Base64, Encoding as _};
use md5::{Digest as _, Md5};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::digest::Sha1Digest;
use super::pem::{self, Block, FileError};
use super::rsa::{self, KeyError, PrivateKey, PublicKey};

/// `rsaEncryption` of PKCS#1.
const RSA: &str = "1.2.840.113549.1.1.1";

/// `id-Ed25519` of RFC 8410.
const ED25519: &str = "1.3.101.112";

/// The public half of a key pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SshPublicKey {
    /// RSA.
    Rsa(PublicKey),
    /// Ed25519: its point.
    Ed25519([u8; 32]),
}

/// What a key file holds.
#[derive(Debug)]
pub struct KeyFile {
    /// The public half.
    pub public: SshPublicKey,
    /// The private half, where it is RSA's in a PEM file.
    pub private: Option<PrivateKey>,
    /// Whether the file has a private half at all.
    pub is_private: bool,
}

/// Why a file holds no key that can be used for a key pair. Never has key material.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// The file cannot be read.
    #[error("cannot read the key {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is too large to be a key.
    #[error("{path} is no key: it has more than {limit} bytes")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Largest size that is read.
        limit: u64,
    },
    /// The file holds something else.
    #[error("{path} holds {found}, expected an RSA or Ed25519 key of OpenSSH or PEM")]
    WrongType {
        /// The file.
        path: PathBuf,
        /// What it holds.
        found: &'static str,
    },
    /// A private key where only the public one is to be used.
    #[error("{path} holds a private key, expected the public one")]
    Private {
        /// The file.
        path: PathBuf,
    },
    /// The key is damaged.
    #[error("the key {path} is damaged: {why}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        why: &'static str,
    },
    /// The private key cannot be read.
    #[error(transparent)]
    Rsa(#[from] KeyError),
}

impl KeyFile {
    /// Reads a file. `passphrase` is called once, and only for an encrypted PEM key.
    ///
    /// # Errors
    /// When it cannot be read, is larger than 1 MiB, holds no RSA or Ed25519 key, or does not
    /// open with the passphrase.
    pub fn read(
        path: &Path,
        passphrase: &dyn Fn() -> Option<Zeroizing<String>>,
    ) -> Result<Self, KeyFileError> {
        let text = pem::read_file(path).map_err(|error| match error {
            FileError::Io(source) => KeyFileError::Read {
                path: path.to_owned(),
                source,
            },
            FileError::TooLarge => KeyFileError::TooLarge {
                path: path.to_owned(),
                limit: pem::MAX_FILE_BYTES,
            },
        })?;
        Self::parse(&text, path, passphrase)
    }

    /// Reads the public key of a file.
    ///
    /// # Errors
    /// As [`KeyFile::read`]; also when the file holds the private key.
    pub fn read_public(path: &Path) -> Result<SshPublicKey, KeyFileError> {
        let private = || KeyFileError::Private {
            path: path.to_owned(),
        };
        match Self::read(path, &|| None) {
            Ok(file) if !file.is_private => Ok(file.public),
            // Only a private key needs a passphrase.
            Ok(_) | Err(KeyFileError::Rsa(KeyError::NeedsPassphrase { .. })) => Err(private()),
            Err(error) => Err(error),
        }
    }

    fn parse(
        text: &str,
        path: &Path,
        passphrase: &dyn Fn() -> Option<Zeroizing<String>>,
    ) -> Result<Self, KeyFileError> {
        let public = |key| Self {
            public: key,
            private: None,
            is_private: false,
        };
        if let Some(block) = pem::blocks(text).first() {
            return match block.label {
                "PUBLIC KEY" => subject_public_key(block, path).map(public),
                "RSA PUBLIC KEY" => {
                    let key = pkcs1_public_key(&decode(block, path)?, path)?;
                    Ok(public(SshPublicKey::Rsa(key)))
                }
                "OPENSSH PRIVATE KEY" => Ok(Self {
                    is_private: true,
                    ..public(blob::of_private_key(&decode(block, path)?, path)?)
                }),
                "RSA PRIVATE KEY" | "PRIVATE KEY" | "ENCRYPTED PRIVATE KEY" => {
                    Ok(PrivateKey::from_pem(text, path, passphrase)?.into())
                }
                label => Err(wrong_type(path, rsa::describe(label))),
            };
        }
        match blob::in_text(text) {
            Some(Ok(blob)) => blob::public_key(&blob, path).map(public),
            Some(Err(found)) => Err(wrong_type(path, found)),
            None => Err(wrong_type(path, "no key")),
        }
    }

    /// The SHA-1 of the private key as PKCS#8: the fingerprint of an RSA key pair that the cloud
    /// made. None where the private half is not known.
    #[must_use]
    pub fn sha1_of_private(&self) -> Option<String> {
        let der = self.private.as_ref()?.to_pkcs8_der()?;
        Some(colons(&Sha1Digest::of(&der).0))
    }
}

impl From<PrivateKey> for KeyFile {
    fn from(private: PrivateKey) -> Self {
        Self {
            public: SshPublicKey::Rsa(private.public_key()),
            private: Some(private),
            is_private: true,
        }
    }
}

impl SshPublicKey {
    /// Its algorithm, as SSH calls it.
    #[must_use]
    pub const fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "ssh-rsa",
            Self::Ed25519(_) => "ssh-ed25519",
        }
    }

    /// The line of an `authorized_keys` file, without comment and line end.
    #[must_use]
    pub fn openssh(&self) -> String {
        let blob = Base64::encode_string(&blob::encode(self));
        format!("{} {blob}", self.algorithm())
    }

    /// The MD5 of the key as `SubjectPublicKeyInfo`: the fingerprint of an RSA key that was
    /// imported. None for other keys.
    #[must_use]
    pub fn md5_of_der(&self) -> Option<String> {
        match self {
            Self::Rsa(key) => Some(colons(&Md5::digest(key.to_der()?))),
            Self::Ed25519(_) => None,
        }
    }

    /// The SHA-256 of the key as SSH sends it, in base64 with padding: the fingerprint of an
    /// Ed25519 key pair. `ssh-keygen -l` shows it as `SHA256:` without the padding.
    #[must_use]
    pub fn sha256(&self) -> String {
        Base64::encode_string(&Sha256::digest(blob::encode(self)))
    }
}

/// `0a:1b:…`.
fn colons(bytes: &[u8]) -> String {
    let pairs: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    pairs.join(":")
}

/// `SubjectPublicKeyInfo`, whose algorithm says what kind of key it is.
fn subject_public_key(block: &Block<'_>, path: &Path) -> Result<SshPublicKey, KeyFileError> {
    let der = decode(block, path)?;
    let damaged = || malformed(path, "it is not SubjectPublicKeyInfo");
    let info = SubjectPublicKeyInfoRef::try_from(&der[..]).map_err(|_| damaged())?;
    let bits = info.subject_public_key.as_bytes().ok_or_else(damaged)?;
    match info.algorithm.oid.to_string().as_str() {
        RSA => pkcs1_public_key(bits, path).map(SshPublicKey::Rsa),
        ED25519 => bits
            .try_into()
            .map(SshPublicKey::Ed25519)
            .map_err(|_| malformed(path, "an Ed25519 key has 32 bytes")),
        _ => Err(wrong_type(path, "a key of another algorithm")),
    }
}

fn pkcs1_public_key(der: &[u8], path: &Path) -> Result<PublicKey, KeyFileError> {
    let key =
        pkcs1::RsaPublicKey::try_from(der).map_err(|_| malformed(path, "it is not PKCS#1"))?;
    numbers(key.modulus.as_bytes(), key.public_exponent.as_bytes(), path)
}

/// The numbers of an RSA key, checked to be of sane size.
fn numbers(modulus: &[u8], exponent: &[u8], path: &Path) -> Result<PublicKey, KeyFileError> {
    PublicKey::from_numbers(modulus, exponent).map_err(|fault| match fault {
        rsa::PublicKeyFault::Size(bits) => KeyFileError::Rsa(KeyError::Size {
            path: path.to_owned(),
            bits,
        }),
        rsa::PublicKeyFault::Numbers => malformed(path, "its numbers are no RSA key"),
    })
}

fn decode(block: &Block<'_>, path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let bytes = block.decode();
    bytes.ok_or_else(|| malformed(path, "its text is not base64"))
}

fn malformed(path: &Path, why: &'static str) -> KeyFileError {
    KeyFileError::Malformed {
        path: path.to_owned(),
        why,
    }
}

fn wrong_type(path: &Path, found: &'static str) -> KeyFileError {
    KeyFileError::WrongType {
        path: path.to_owned(),
        found,
    }
}
