//! Compares what the service has with what was sent.

use std::sync::Arc;

use base64ct::{Base64, Encoding as _};
use md5::{Digest as _, Md5};

use super::super::http::{Body, HttpResponse};
use super::super::{AwsError, Service};
use super::answer::etag;
use crate::crypto::digest::Sha1Digest;

/// The header that carries a SHA-1.
pub(super) const SHA1_HEADER: &str = "x-amz-checksum-sha1";

/// MD5 of a body.
pub(super) fn md5(service: &Service, body: &Body) -> Result<[u8; 16], AwsError> {
    let mut hasher = Md5::new();
    for piece in body.pieces() {
        hasher.update(&piece.map_err(|error| AwsError::Body(Arc::new(error)))?);
        if (service.connection().ambient.interrupted)() {
            return Err(AwsError::Interrupted);
        }
    }
    Ok(hasher.finalize().into())
}

/// The SHA-1 that a response tells.
pub(super) fn sha1(response: &HttpResponse) -> Option<Sha1Digest> {
    let mut digest = [0; 20];
    let text = response.header(SHA1_HEADER)?;
    let len = Base64::decode(text, &mut digest).ok()?.len();
    (len == digest.len()).then_some(Sha1Digest(digest))
}

/// The MD5 that an `ETag` is: 32 hex digits, unless the service encrypts with a key of its
/// customer's or of KMS; then it only looks like one.
pub(super) fn md5_in_etag(response: &HttpResponse) -> Option<[u8; 16]> {
    let kms = response.header("x-amz-server-side-encryption");
    let customer = response.header("x-amz-server-side-encryption-customer-algorithm");
    if kms.is_some_and(|kind| kind.contains("kms")) || customer.is_some() {
        return None;
    }
    hex_md5(&etag(response))
}

/// Reads 32 hex digits.
pub(super) fn hex_md5(text: &str) -> Option<[u8; 16]> {
    let mut digest = [0; 16];
    hex::decode_to_slice(text, &mut digest).ok()?;
    Some(digest)
}

/// What was sent.
#[derive(Debug, Default)]
pub(super) struct Sent {
    /// Its SHA-1, when known.
    pub(super) sha1: Option<Sha1Digest>,
    /// Its MD5, when it was needed already.
    pub(super) md5: Option<[u8; 16]>,
}

impl Sent {
    /// Compares with what a response to it says. The MD5 is only computed if it is needed.
    pub(super) fn compare(
        &mut self,
        service: &Service,
        (operation, key): (&'static str, &str),
        body: &Body,
        response: &HttpResponse,
    ) -> Result<(), AwsError> {
        let corrupted = |found: String, expected: String| AwsError::Corrupted {
            operation,
            key: key.to_owned(),
            found,
            expected,
        };
        if let (Some(ours), Some(theirs)) = (self.sha1, sha1(response)) {
            if ours == theirs {
                return Ok(());
            }
            return Err(corrupted(
                format!("SHA-1 {theirs}"),
                format!("SHA-1 {ours}"),
            ));
        }
        let Some(theirs) = md5_in_etag(response) else {
            return Ok(());
        };
        let ours = match self.md5 {
            Some(ours) => ours,
            None => *self.md5.insert(md5(service, body)?),
        };
        if ours == theirs {
            return Ok(());
        }
        let name = |digest: [u8; 16]| format!("MD5 {}", hex::encode(digest));
        Err(corrupted(name(theirs), name(ours)))
    }
}

/// The `ETag` of an object made of parts: MD5 of their MD5s, and their number. None unless
/// every part's `ETag` is an MD5.
pub(super) fn multipart_etag<'a>(parts: impl ExactSizeIterator<Item = &'a str>) -> Option<String> {
    let number = parts.len();
    let mut hasher = Md5::new();
    for etag in parts {
        hasher.update(hex_md5(etag)?);
    }
    Some(format!("{}-{number}", hex::encode(hasher.finalize())))
}

/// Whether a text has the form of such an `ETag`.
pub(super) fn is_multipart_etag(text: &str) -> bool {
    text.split_once('-').is_some_and(|(digest, number)| {
        hex_md5(digest).is_some()
            && !number.is_empty()
            && number.bytes().all(|b| b.is_ascii_digit())
    })
}
