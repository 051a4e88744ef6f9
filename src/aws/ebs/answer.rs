//! Reads answers: JSON documents, and the checksums in headers.

use serde::{Deserialize, Deserializer};

use super::super::AwsError;
use super::super::http::HttpResponse;
use super::super::service::{Answer, Call, Service};
use super::BLOCK_SIZE;
use crate::crypto::digest::Sha256Digest;

/// Longest document that is read. Ten thousand changed blocks, each with two tokens of 256
/// characters, take 6 MiB.
const MAX_DOCUMENT: usize = 16 << 20;

/// Header with a block's SHA-256, in base64.
pub(super) const CHECKSUM: &str = "x-amz-checksum";

/// Header that names the algorithm.
pub(super) const ALGORITHM: &str = "x-amz-checksum-algorithm";

/// The only algorithm.
pub(super) const SHA256: &str = "SHA256";

/// Makes a call whose answer is a document, and reads it.
pub(super) fn document<T: for<'de> Deserialize<'de>>(
    service: &Service,
    call: &Call<'_>,
) -> Result<T, AwsError> {
    let Answer { body, .. } = service.call_data(call, MAX_DOCUMENT)?;
    serde_json::from_slice(&body)
        .map_err(|error| unexpected(service, call, error.to_string(), "a document in JSON"))
}

/// An answer that makes no sense.
pub(super) fn unexpected(
    service: &Service,
    call: &Call<'_>,
    found: impl Into<String>,
    expected: &'static str,
) -> AwsError {
    let found: String = found.into();
    AwsError::Answer {
        operation: call.operation,
        host: service.endpoint_of(None).host,
        found: found
            .chars()
            .filter(|c| !c.is_control())
            .take(200)
            .collect(),
        expected,
        may_be_done: !call.repeatable,
    }
}

/// Compares the checksum of an answer with that of the bytes that are here.
pub(super) fn compare(
    service: &Service,
    call: &Call<'_>,
    head: &HttpResponse,
    ours: Sha256Digest,
) -> Result<(), AwsError> {
    let algorithm = head.header(ALGORITHM).unwrap_or(SHA256);
    let told = head.header(CHECKSUM).unwrap_or_default();
    let theirs = Sha256Digest::from_base64(told).filter(|_| algorithm == SHA256);
    let Some(theirs) = theirs else {
        let found = format!("checksum {told:?} by {algorithm:?}");
        return Err(unexpected(service, call, found, "a SHA-256 of the block"));
    };
    if theirs == ours {
        return Ok(());
    }
    Err(AwsError::Corrupted {
        operation: call.operation,
        key: call.key.unwrap_or_default().to_owned(),
        found: format!("SHA-256 {theirs}"),
        expected: format!("SHA-256 {ours}"),
    })
}

/// Judges the size of blocks. Some services tell it in KiB.
pub(super) fn check_block_size(
    service: &Service,
    call: &Call<'_>,
    size: Option<u64>,
) -> Result<(), AwsError> {
    match size {
        None | Some(BLOCK_SIZE | 512) => Ok(()),
        Some(other) => {
            let found = format!("blocks of {other} bytes");
            Err(unexpected(service, call, found, "blocks of 524288 bytes"))
        }
    }
}

/// A number; some services write it as a text.
pub(super) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(u64),
        Text(String),
    }
    match Written::deserialize(deserializer)? {
        Written::Number(number) => Ok(number),
        Written::Text(text) => text.parse().map_err(serde::de::Error::custom),
    }
}
