//! Signatures of bodies that are sent in chunks (`Content-Encoding: aws-chunked`).
//!
//! ```text
//! 10000;chunk-signature=ad80c730…  ◄── over the signature before and the chunk's SHA-256
//! 65536 bytes
//! 0;chunk-signature=b6c6ea8a…      ◄── the last one is empty
//! x-amz-checksum-crc32c:sOO8/Q==       trailing headers, if any, and over them:
//! x-amz-trailer-signature:d81f82fc…
//! ```
//!
//! The request's own signature is the seed: each signature covers the one before, so chunks can
//! neither be dropped nor swapped.
//!
//! Source: docs/formats/signatures.md, section 4.

use std::fmt;

use super::canonical::Headers;
use super::mac::{same, sha256};
use super::v4::{Scope, SigningKey};

/// How a body that is sent in chunks is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Streaming {
    /// Each chunk is: `STREAMING-AWS4-HMAC-SHA256-PAYLOAD`.
    Signed,
    /// Each chunk and the trailing headers are: `STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER`.
    SignedTrailer,
    /// Nothing is; a checksum trails: `STREAMING-UNSIGNED-PAYLOAD-TRAILER`.
    UnsignedTrailer,
}

impl Streaming {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Signed, Self::SignedTrailer, Self::UnsignedTrailer];

    /// What `x-amz-content-sha256` says of it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Signed => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
            Self::SignedTrailer => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
            Self::UnsignedTrailer => "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        }
    }

    /// Whether chunks carry signatures.
    #[must_use]
    pub const fn signs_chunks(self) -> bool {
        !matches!(self, Self::UnsignedTrailer)
    }

    /// Whether headers follow the last chunk.
    #[must_use]
    pub const fn has_trailer(self) -> bool {
        !matches!(self, Self::Signed)
    }
}

/// A chunk or trailer whose signature is not the one computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature of a chunk does not match")]
pub struct ChunkMismatch;

/// Signs one chunk after another, or checks them.
#[derive(Clone)]
pub struct ChunkSigner {
    key: SigningKey,
    time: String,
    scope: Scope,
    /// Signature of the chunk before; at first the request's.
    previous: String,
}

impl ChunkSigner {
    pub(super) fn new(key: SigningKey, time: String, scope: Scope, seed: String) -> Self {
        Self {
            key,
            time,
            scope,
            previous: seed,
        }
    }

    /// Signs the next chunk, given the SHA-256 of its bytes; lower-case hex. The last chunk is
    /// empty and is signed too.
    pub fn sign(&mut self, digest: [u8; 32]) -> String {
        self.previous = self.chunk_signature(digest);
        self.previous.clone()
    }

    /// Signs the headers that follow the last chunk.
    pub fn sign_trailer(&mut self, trailer: &[(String, String)]) -> String {
        self.previous = self.trailer_signature(trailer);
        self.previous.clone()
    }

    /// Checks the signature of the next chunk, given the SHA-256 of its bytes.
    ///
    /// # Errors
    /// When it is not the one computed; the next check then is about the same chunk.
    pub fn verify(&mut self, digest: [u8; 32], signature: &str) -> Result<(), ChunkMismatch> {
        let expected = self.chunk_signature(digest);
        self.accept(expected, signature)
    }

    /// Checks the signature of the headers that follow the last chunk, given without
    /// `x-amz-trailer-signature`.
    ///
    /// # Errors
    /// When it is not the one computed.
    pub fn verify_trailer(
        &mut self,
        trailer: &[(String, String)],
        signature: &str,
    ) -> Result<(), ChunkMismatch> {
        let expected = self.trailer_signature(trailer);
        self.accept(expected, signature)
    }

    fn accept(&mut self, expected: String, signature: &str) -> Result<(), ChunkMismatch> {
        if !same(&expected, signature) {
            return Err(ChunkMismatch);
        }
        self.previous = expected;
        Ok(())
    }

    fn chunk_signature(&self, digest: [u8; 32]) -> String {
        let (time, scope, previous) = (&self.time, &self.scope, &self.previous);
        let (nothing, chunk) = (hex::encode(sha256(b"")), hex::encode(digest));
        self.key.sign(&format!(
            "AWS4-HMAC-SHA256-PAYLOAD\n{time}\n{scope}\n{previous}\n{nothing}\n{chunk}"
        ))
    }

    fn trailer_signature(&self, trailer: &[(String, String)]) -> String {
        let (time, scope, previous) = (&self.time, &self.scope, &self.previous);
        let digest = hex::encode(sha256(Headers::of(trailer).lines().as_bytes()));
        self.key.sign(&format!(
            "AWS4-HMAC-SHA256-TRAILER\n{time}\n{scope}\n{previous}\n{digest}"
        ))
    }
}

impl fmt::Debug for ChunkSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunkSigner")
            .field("time", &self.time)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

/// The line before a chunk of so many bytes; without a signature where chunks have none.
#[must_use]
pub fn chunk_line(length: usize, signature: Option<&str>) -> String {
    match signature {
        Some(signature) => format!("{length:x};chunk-signature={signature}\r\n"),
        None => format!("{length:x}\r\n"),
    }
}
