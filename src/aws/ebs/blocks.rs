//! Putting and getting blocks.

use bytes::Bytes;

use super::super::AwsError;
use super::super::http::Body;
use super::super::service::{Answer, Call};
use super::answer::{ALGORITHM, CHECKSUM, SHA256, compare, unexpected};
use super::{BLOCK, BlockEntry, Carried, Ebs, call, pair};
use crate::crypto::digest::Sha256Digest;

/// Longest answer to a block that was put; it should be empty.
const MAX_WORDS: usize = 64 << 10;

impl Ebs {
    /// Puts a block, whose SHA-256 is this, into a pending snapshot. `percent` tells the service
    /// how far the whole is.
    ///
    /// # Errors
    /// When the service refuses or cannot be reached, or has other bytes
    /// ([`AwsError::Corrupted`]), also when they were sent once more.
    pub fn put_block(
        &self,
        snapshot: &str,
        index: u32,
        bytes: &Bytes,
        digest: Sha256Digest,
        percent: u8,
    ) -> Result<Carried<()>, AwsError> {
        let key = format!("snapshots/{snapshot}/blocks/{index}");
        let mut call = call("PutSnapshotBlock", "PUT", &key, snapshot)?;
        call.headers = vec![
            pair("content-type", "application/octet-stream"),
            pair("x-amz-data-length", bytes.len().to_string()),
            pair("x-amz-progress", percent.min(100).to_string()),
            pair(CHECKSUM, digest.to_string()),
            pair(ALGORITHM, SHA256),
        ];
        call.body = Body::Bytes(bytes.clone());
        call.sha256 = Some(digest.0);
        self.twice(&call, |answer| {
            compare(&self.service, &call, &answer.head, digest)
        })
    }

    /// Gets a block, and compares it with the checksum that the service keeps.
    ///
    /// # Errors
    /// When the service refuses or cannot be reached, or sends other bytes, also when it was asked
    /// once more.
    pub fn get_block(
        &self,
        snapshot: &str,
        block: &BlockEntry,
    ) -> Result<Carried<(Vec<u8>, Sha256Digest)>, AwsError> {
        let key = format!("snapshots/{snapshot}/blocks/{}", block.index);
        let mut call = call("GetSnapshotBlock", "GET", &key, snapshot)?;
        call.query = vec![pair("blockToken", block.token.as_str())];
        self.twice(&call, |answer| {
            if answer.body.len() != BLOCK {
                let found = format!("{} bytes", answer.body.len());
                return Err(unexpected(
                    &self.service,
                    &call,
                    found,
                    "a block of 524288 bytes",
                ));
            }
            let digest = Sha256Digest::of(&answer.body);
            compare(&self.service, &call, &answer.head, digest)?;
            Ok((std::mem::take(&mut answer.body), digest))
        })
    }

    /// Makes a call, and once more if what it brought is damaged.
    fn twice<T>(
        &self,
        call: &Call<'_>,
        judge: impl Fn(&mut Answer) -> Result<T, AwsError>,
    ) -> Result<Carried<T>, AwsError> {
        let limit = if call.method == "GET" {
            BLOCK
        } else {
            MAX_WORDS
        };
        let mut throttled = false;
        let mut again = true;
        loop {
            let mut answer = self.service.call_data(call, limit)?;
            throttled |= answer.throttled;
            match judge(&mut answer) {
                Ok(value) => return Ok(Carried { value, throttled }),
                Err(error @ AwsError::Corrupted { .. }) if again => {
                    tracing::warn!(operation = call.operation, %error, "asking once more");
                    again = false;
                }
                Err(error) => return Err(error),
            }
        }
    }
}
