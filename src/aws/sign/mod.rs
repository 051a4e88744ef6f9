//! Signs requests, and checks signatures: one computation for both sides.
//!
//! ```text
//!   sign ──►  v4, v2   ◄── verify ◄── authorization     what a stranger sent, parsed
//!               │
//!           canonical, mac
//! ```
//!
//! Nothing here knows a clock or sends anything: the time is given, headers or parameters are
//! returned.
//!
//! Source: docs/formats/signatures.md.

pub mod authorization;
pub mod canonical;
pub mod chunked;
mod mac;
#[cfg(test)]
mod tests;
pub mod v2;
pub mod v4;
pub mod verify;

pub use authorization::{Authorization, AuthorizationError, V4Authorization};
pub use chunked::{ChunkMismatch, ChunkSigner, Streaming};
pub use mac::sha256;
pub use verify::{Claim, SignatureError};

use std::fmt;

use super::Credentials;
use crate::units::Timestamp;

/// Which signature is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SignatureVersion {
    /// AWS Signature Version 4 (HMAC-SHA256).
    #[default]
    V4,
    /// S3's first signature (HMAC-SHA1), respectively the query APIs' version 2 (HMAC-SHA256).
    V2,
}

/// What is said about the body in a signature of version 4.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// Its SHA-256.
    Sha256([u8; 32]),
    /// Nothing: `UNSIGNED-PAYLOAD`.
    Unsigned,
    /// That it comes in chunks (`aws-chunked`).
    Streaming(Streaming),
}

impl Payload {
    /// What `x-amz-content-sha256` and the canonical request have for it.
    #[must_use]
    pub fn word(&self) -> String {
        match self {
            Self::Sha256(digest) => hex::encode(digest),
            Self::Unsigned => "UNSIGNED-PAYLOAD".to_owned(),
            Self::Streaming(streaming) => streaming.word().to_owned(),
        }
    }

    /// The payload that a word stands for; none if it is neither a known word nor 64 hex digits
    /// in lower case.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        if word == "UNSIGNED-PAYLOAD" {
            return Some(Self::Unsigned);
        }
        let mut known = Streaming::ALL.into_iter();
        if let Some(streaming) = known.find(|streaming| streaming.word() == word) {
            return Some(Self::Streaming(streaming));
        }
        let mut digest = [0; 32];
        hex::decode_to_slice(word, &mut digest).ok()?;
        (hex::encode(digest) == word).then_some(Self::Sha256(digest))
    }
}

/// A request to be signed.
#[derive(Clone)]
pub struct SignableRequest<'a> {
    /// The method, in capitals.
    pub method: &'a str,
    /// The `Host` header.
    pub host: &'a str,
    /// The path as on the request line, percent-encoded, service path included.
    pub path: &'a str,
    /// The part of `path` that is the service's own (`/services/Walrus`), or empty. Signature
    /// version 2 leaves it out, as euca2ools' signer does.
    pub service_path: &'a str,
    /// With virtual-hosted addressing, the bucket in the host: signature version 2 puts it
    /// before the path.
    pub virtual_bucket: Option<&'a str>,
    /// Query parameters, decoded, in any order.
    pub query: &'a [(String, String)],
    /// Headers to sign besides host and date; names in lower case.
    pub headers: &'a [(String, String)],
}

/// Without query and headers: of a request that came they hold tokens and signatures.
impl fmt::Debug for SignableRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignableRequest")
            .field("method", &self.method)
            .field("host", &self.host)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// The headers that a signed request has in addition: date, token, content hash,
/// authorization. In version 4 `x-amz-content-sha256` too.
pub type SignedHeaders = Vec<(String, String)>;

/// Signs a request to S3 in its headers.
#[must_use]
pub fn sign_s3(
    version: SignatureVersion,
    credentials: &Credentials,
    region: &str,
    now: Timestamp,
    request: &SignableRequest<'_>,
    payload: &Payload,
) -> SignedHeaders {
    match version {
        SignatureVersion::V4 => v4::sign("s3", credentials, region, now, request, payload).headers,
        SignatureVersion::V2 => v2::sign(credentials, now, request),
    }
}
