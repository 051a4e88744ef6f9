//! What a request says about its body, before any of it is read; and whether it was true.
//!
//! ```text
//! Content-Length, x-amz-decoded-content-length ─► length, limit
//! x-amz-content-sha256 (signed)                ─► SHA-256, or how chunks are signed
//! Content-MD5                                  ─► MD5
//! x-amz-checksum-…, x-amz-trailer              ─► one checksum, now or at the end
//! Content-Encoding                             ─► the object's, without aws-chunked
//! ```
//!
//! What cannot be true is refused here, so that nothing is sent in vain: a client that asked for
//! `100 Continue` gets the refusal instead.

mod integrity;
mod judge;
#[cfg(test)]
mod tests;

pub use judge::Found;

use super::checksum::{Algorithm, Checksum};
use super::chunked::Decoder;
use crate::aws::sign::verify::Verified;
use crate::aws::sign::{ChunkSigner, Payload, Streaming};
use crate::cloud::walrus::error::{Code, S3Error, S3Result};

/// What the body is for: which limit it has, and what S3 calls it when there is more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Data of an object or a part. Its length has to be known, or the transfer be chunked.
    Object {
        /// The most that is taken, in bytes.
        most: u64,
    },
    /// XML of a request. It may be missing.
    Document {
        /// The most that is taken, in bytes.
        most: u64,
    },
}

impl Purpose {
    /// Data as S3 takes it in one request: 5 GiB.
    pub const OBJECT: Self = Self::Object { most: 5 << 30 };

    /// A document that sets something: what S3 takes for CORS, its longest.
    pub const SETTING: Self = Self::Document { most: 64 << 10 };

    /// The longest document there is: 10,000 parts of a multipart upload, each with number, `ETag`
    /// and a SHA-256, in less than 400 bytes.
    pub const DOCUMENT: Self = Self::Document { most: 4 << 20 };

    const fn most(self) -> u64 {
        match self {
            Self::Object { most } | Self::Document { most } => most,
        }
    }

    fn too_large(self, proposed: u64) -> S3Error {
        let most = self.most();
        match self {
            Self::Object { .. } => S3Error::new(
                Code::EntityTooLarge,
                format!("the upload has {proposed} bytes or more, at most {most} are taken"),
            )
            .with("ProposedSize", proposed.to_string())
            .with("MaxSizeAllowed", most.to_string()),
            Self::Document { .. } => S3Error::new(
                Code::MaxMessageLengthExceeded,
                format!(
                    "the request's body has {proposed} bytes or more, at most {most} are taken"
                ),
            )
            .with("MaxMessageLengthBytes", most.to_string()),
        }
    }
}

/// A checksum that the body has to have, or is to be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// This one.
    Value(Checksum),
    /// The one that a trailer will tell.
    Trailer(Algorithm),
    /// Whatever it is.
    Any(Algorithm),
}

impl Asked {
    const fn algorithm(&self) -> Algorithm {
        match self {
            Self::Value(checksum) => checksum.algorithm(),
            Self::Trailer(algorithm) | Self::Any(algorithm) => *algorithm,
        }
    }
}

/// What is known of a body before it comes.
#[derive(Debug, Clone)]
pub struct Expectation {
    purpose: Purpose,
    /// The data's, without framing.
    length: Option<u64>,
    /// Fewer bytes are refused: of a form's policy.
    least: u64,
    framing: Option<(Streaming, Option<ChunkSigner>)>,
    md5: Option<[u8; 16]>,
    sha256: Option<[u8; 32]>,
    checksum: Option<Asked>,
    content_encoding: Option<String>,
}

impl Expectation {
    /// Reads a request's headers, names in lower case. `verified` is its signature, if it has one.
    ///
    /// # Errors
    /// When a header is not in its form, contradicts another, or announces more than the purpose
    /// takes.
    pub fn of(
        headers: &[(String, String)],
        verified: Option<&Verified>,
        purpose: Purpose,
    ) -> S3Result<Self> {
        let word = one(headers, "x-amz-content-sha256")?;
        let payload = match verified.and_then(|verified| verified.payload.clone()) {
            Some(payload) => Some(payload),
            None => word.map(payload_of).transpose()?,
        };
        let (chunked, content_encoding) = encodings(headers);
        let decoded = number(headers, "x-amz-decoded-content-length")?;
        let trailers = one(headers, "x-amz-trailer")?;
        let framing = match &payload {
            Some(Payload::Streaming(kind)) => Some(*kind),
            Some(Payload::Sha256(_)) => None,
            // Signed by version 2 or in the URL, or not at all, it has no word of its own.
            Some(Payload::Unsigned) | None => {
                (chunked && decoded.is_some()).then_some(Streaming::UnsignedTrailer)
            }
        };
        let has_trailer = framing.is_some_and(Streaming::has_trailer);
        if trailers.is_some() && !has_trailer {
            return Err(invalid(
                "x-amz-trailer announces trailers, the body's encoding has none",
            ));
        }
        let content_length = number(headers, "content-length")?;
        let length = match (framing, decoded) {
            (Some(_), None) => {
                return Err(missing(
                    "an aws-chunked body needs x-amz-decoded-content-length",
                ));
            }
            (Some(_), Some(decoded)) => Some(decoded),
            (None, _) => content_length,
        };
        let transfer_chunked = one(headers, "transfer-encoding")?.is_some();
        let length = match (length, purpose) {
            (None, Purpose::Object { .. }) if !transfer_chunked => {
                return Err(missing("the request has no Content-Length"));
            }
            (None, Purpose::Document { .. }) if !transfer_chunked => Some(0),
            (length, _) => length,
        };
        if let Some(length) = length.filter(|length| *length > purpose.most()) {
            return Err(purpose.too_large(length));
        }
        let signer = verified.and_then(|verified| verified.chunks.clone());
        Ok(Self {
            purpose,
            length,
            least: 0,
            framing: framing.map(|kind| (kind, signer)),
            md5: one(headers, "content-md5")?
                .map(integrity::md5)
                .transpose()?,
            sha256: match payload {
                Some(Payload::Sha256(digest)) => Some(digest),
                _ => None,
            },
            checksum: integrity::checksum(headers, trailers)?,
            content_encoding,
        })
    }

    /// A body whose length is not known, and of which nothing is said: the file of a form.
    #[must_use]
    pub const fn of_any(purpose: Purpose) -> Self {
        Self {
            purpose,
            length: None,
            least: 0,
            framing: None,
            md5: None,
            sha256: None,
            checksum: None,
            content_encoding: None,
        }
    }

    /// With this checksum to be compared.
    #[must_use]
    pub const fn with_checksum(mut self, checksum: Checksum) -> Self {
        self.checksum = Some(Asked::Value(checksum));
        self
    }

    /// With these limits of size instead of the purpose's, if they are narrower.
    #[must_use]
    pub fn within(mut self, least: u64, most: u64) -> Self {
        self.least = self.least.max(least);
        let most = self.purpose.most().min(most);
        self.purpose = match self.purpose {
            Purpose::Object { .. } => Purpose::Object { most },
            Purpose::Document { .. } => Purpose::Document { most },
        };
        self
    }

    /// Asks for a checksum that the request does not ask for, so that the object has one. The
    /// request's own choice stays.
    pub fn want(&mut self, algorithm: Algorithm) {
        self.checksum.get_or_insert(Asked::Any(algorithm));
    }

    /// Bytes of data, where they are known before.
    #[must_use]
    pub const fn length(&self) -> Option<u64> {
        self.length
    }

    /// The algorithm of the checksum that will be known of the body.
    #[must_use]
    pub fn algorithm(&self) -> Option<Algorithm> {
        self.checksum.as_ref().map(Asked::algorithm)
    }

    /// Whether the client itself sends a checksum, in a header or behind the body.
    #[must_use]
    pub const fn sends_checksum(&self) -> bool {
        matches!(self.checksum, Some(Asked::Value(_) | Asked::Trailer(_)))
    }

    /// The object's `Content-Encoding`: what was sent, without `aws-chunked`.
    #[must_use]
    pub fn content_encoding(&self) -> Option<&str> {
        self.content_encoding.as_deref()
    }

    /// Whether the request gave a `Content-MD5`.
    #[must_use]
    pub const fn has_md5(&self) -> bool {
        self.md5.is_some()
    }

    /// Whether the body's SHA-256 is needed, because it was signed.
    pub(super) const fn needs_sha256(&self) -> bool {
        self.sha256.is_some()
    }

    /// Reads the framing, if there is one.
    pub(super) fn decoder(&mut self) -> S3Result<Option<Decoder>> {
        let Some((kind, signer)) = self.framing.take() else {
            return Ok(None);
        };
        let names = match &self.checksum {
            Some(Asked::Trailer(algorithm)) => vec![algorithm.header().to_owned()],
            _ => Vec::new(),
        };
        Decoder::new(kind, signer, self.length.unwrap_or(0), names).map(Some)
    }
}

fn payload_of(word: &str) -> S3Result<Payload> {
    Payload::from_word(word).ok_or_else(|| {
        invalid_argument("x-amz-content-sha256", "neither a digest nor a known word")
    })
}

/// Whether the body is `aws-chunked`, and what is left of the encodings without that.
fn encodings(headers: &[(String, String)]) -> (bool, Option<String>) {
    let found = headers
        .iter()
        .filter(|(name, _)| name == "content-encoding");
    let all: Vec<_> = found
        .flat_map(|(_, value)| value.split(','))
        .map(str::trim)
        .filter(|coding| !coding.is_empty())
        .collect();
    let is_chunked = |coding: &&str| coding.eq_ignore_ascii_case("aws-chunked");
    let left: Vec<_> = all
        .iter()
        .copied()
        .filter(|coding| !is_chunked(coding))
        .collect();
    let chunked = left.len() < all.len();
    (chunked, (!left.is_empty()).then(|| left.join(",")))
}

/// The object's own `Content-Encoding`: what only the transfer has is left out.
#[must_use]
pub fn object_encoding(headers: &[(String, String)]) -> Option<String> {
    encodings(headers).1
}

/// A header that may be there once.
fn one<'a>(headers: &'a [(String, String)], name: &'static str) -> S3Result<Option<&'a str>> {
    let mut found = headers.iter().filter(|(found, _)| found == name);
    let value = found.next().map(|(_, value)| value.trim());
    match found.next() {
        None => Ok(value),
        Some(_) => Err(invalid_argument(name, "there more than once")),
    }
}

fn number(headers: &[(String, String)], name: &'static str) -> S3Result<Option<u64>> {
    let Some(text) = one(headers, name)? else {
        return Ok(None);
    };
    // parse alone would take a sign.
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let value = text.parse().ok().filter(|_| is_number);
    let value = value.ok_or_else(|| invalid_argument(name, "not a number of bytes"))?;
    Ok(Some(value))
}

fn invalid(message: impl Into<String>) -> S3Error {
    S3Error::new(Code::InvalidRequest, message)
}

fn missing(message: &str) -> S3Error {
    S3Error::new(Code::MissingContentLength, message)
}

fn invalid_argument(name: &str, why: &str) -> S3Error {
    S3Error::new(Code::InvalidArgument, format!("the header {name} is {why}"))
        .with("ArgumentName", name)
}
