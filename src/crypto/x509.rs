//! X.509 certificates, as far as bundling needs them: whose RSA key is it, and since when.
//!
//! A certificate here is a container for a public key that the user vouches for: chains, purposes
//! and signatures are not looked at, and neither old tool nor cloud ever did. Nor is a
//! certificate refused for being expired: EC2's own ended in 2006. The caller has the dates.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use x509_parser::public_key::PublicKey as ParsedKey;

use super::pem::{self, FileError};
use super::rsa::{self, PrivateKey, PublicKey, PublicKeyFault};

/// A certificate and where it came from.
#[derive(Clone)]
pub struct Certificate {
    path: PathBuf,
    public_key: PublicKey,
    subject: String,
    not_before: i64,
    not_after: i64,
    fingerprint: [u8; 32],
}

/// Why a file is no usable certificate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// The file cannot be read.
    #[error("cannot read the certificate {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is too large to be a certificate.
    #[error("{path} is no certificate: it has more than {limit} bytes")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Largest size that is read.
        limit: u64,
    },
    /// There is no PEM block in the file.
    #[error("{path} is not a PEM file: expected a block such as -----BEGIN CERTIFICATE-----")]
    NotPem {
        /// The file.
        path: PathBuf,
    },
    /// The file holds something else.
    #[error("{path} holds {found}, expected a certificate")]
    WrongType {
        /// The file.
        path: PathBuf,
        /// What it holds: "a private key", …
        found: &'static str,
    },
    /// The block's content is no certificate.
    #[error("the certificate {path} is damaged: {why}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        why: &'static str,
    },
    /// The certificate is for a key of another kind.
    #[error("the certificate {path} is for a key that is not RSA, expected RSA")]
    NotRsa {
        /// The file.
        path: PathBuf,
    },
    /// The key in it is too small or too large.
    #[error("the certificate {path} has a key of {bits} bits, expected {min} to {max}", min = rsa::MIN_BITS, max = rsa::MAX_BITS)]
    KeySize {
        /// The file.
        path: PathBuf,
        /// Size of the key.
        bits: usize,
    },
}

impl Certificate {
    /// Reads the first certificate of a PEM file. Text before it and blocks of other kinds are
    /// passed over.
    ///
    /// # Errors
    /// When the file cannot be read, is larger than 1 MiB, or holds no certificate of an RSA
    /// key of 1024 to 16384 bits.
    pub fn read(path: &Path) -> Result<Self, CertificateError> {
        let text = pem::read_file(path).map_err(|error| match error {
            FileError::Io(source) => CertificateError::Read {
                path: path.to_owned(),
                source,
            },
            FileError::TooLarge => CertificateError::TooLarge {
                path: path.to_owned(),
                limit: pem::MAX_FILE_BYTES,
            },
        })?;
        Self::from_pem(&text, path)
    }

    /// Reads a PEM text; `origin` is the name that errors give it.
    ///
    /// # Errors
    /// As [`Certificate::read`].
    pub fn from_pem(pem: &str, origin: &Path) -> Result<Self, CertificateError> {
        let path = || origin.to_owned();
        let malformed = |why| CertificateError::Malformed { path: path(), why };
        let blocks = pem::blocks(pem);
        let block = blocks
            .iter()
            .find(|block| matches!(block.label, "CERTIFICATE" | "X509 CERTIFICATE"))
            .ok_or_else(|| match blocks.first() {
                Some(block) => CertificateError::WrongType {
                    path: path(),
                    found: rsa::describe(block.label),
                },
                None => CertificateError::NotPem { path: path() },
            })?;
        let der = block
            .decode()
            .ok_or_else(|| malformed("its text is not base64"))?;
        let (_, certificate) = x509_parser::parse_x509_certificate(&der)
            .map_err(|_| malformed("its content is not X.509"))?;
        let public_key = match certificate.public_key().parsed() {
            Ok(ParsedKey::RSA(key)) => PublicKey::from_numbers(key.modulus, key.exponent),
            Ok(_) => return Err(CertificateError::NotRsa { path: path() }),
            Err(_) => return Err(malformed("its public key cannot be read")),
        };
        let validity = certificate.validity();
        Ok(Self {
            path: path(),
            public_key: public_key.map_err(|fault| match fault {
                PublicKeyFault::Size(bits) => CertificateError::KeySize { path: path(), bits },
                PublicKeyFault::Numbers => malformed("its public key is none"),
            })?,
            subject: certificate.subject().to_string(),
            not_before: validity.not_before.timestamp(),
            not_after: validity.not_after.timestamp(),
            fingerprint: Sha256::digest(&*der).into(),
        })
    }

    /// The key that the certificate is for.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// Where the certificate came from.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whom the certificate names, such as `CN=user, O=test`.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// First second of validity, in Unix time.
    #[must_use]
    pub fn not_before(&self) -> i64 {
        self.not_before
    }

    /// Last second of validity, in Unix time.
    #[must_use]
    pub fn not_after(&self) -> i64 {
        self.not_after
    }

    /// SHA-256 of the certificate's DER: what people compare to know that it is the right one.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint
    }

    /// Whether the certificate is for this private key.
    #[must_use]
    pub fn matches(&self, key: &PrivateKey) -> bool {
        self.public_key == key.public_key()
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("path", &self.path)
            .field("subject", &self.subject)
            .field("public_key", &self.public_key)
            .finish_non_exhaustive()
    }
}
