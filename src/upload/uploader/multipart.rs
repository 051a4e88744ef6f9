//! Large parts, chunk by chunk: S3's multipart upload, and how it is taken up again.
//!
//! ```text
//! begin ─► what has arrived? ─► chunks that are missing, in any order ─► complete
//!   └─ id noted in the state file   (size and MD5 of each compared)
//! ```
//!
//! An upload that broke off is kept for the next run. It is given up only when it is of no use
//! any more: of another content, or cut into chunks of another size.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use md5::{Digest as _, Md5};

use super::super::local::{self, LocalPart};
use super::super::resume::Begun;
use super::super::{StoredPart, UploadError};
use super::Uploader;
use crate::aws::AwsError;
use crate::aws::s3::{PutOptions, UploadedPart};
use crate::crypto::digest::Sha1Digest;

/// Size of a chunk: what is lost when a connection breaks. S3 wants at least 5 MiB; larger ones
/// gain no speed, since several are sent at a time.
const CHUNK: u64 = 16 << 20;

/// Most chunks that S3 makes an object of.
const MOST_CHUNKS: u64 = 10_000;

/// Size of the chunks that an object of `size` bytes is cut into. It depends on the size alone,
/// so that the next run cuts in the same way.
pub(super) fn chunk_size(size: u64) -> u64 {
    let least = size.div_ceil(MOST_CHUNKS);
    least.div_ceil(1 << 20).saturating_mul(1 << 20).max(CHUNK)
}

/// The `ETag` that S3 gives to an object of several chunks: the MD5 of their MD5s, and their
/// number.
pub(super) fn composite_etag(chunks: &[[u8; 16]]) -> String {
    let mut md5 = Md5::new();
    for chunk in chunks {
        md5.update(chunk);
    }
    format!("{}-{}", hex::encode(md5.finalize()), chunks.len())
}

/// A large part on its way. Its chunks may be sent from several threads.
#[derive(Debug)]
pub(in crate::upload) struct Large<'a> {
    uploader: &'a Uploader<'a>,
    key: String,
    local: LocalPart,
    begun: Begun,
    count: u32,
    arrived: Mutex<BTreeMap<u32, UploadedPart>>,
}

/// Whether a multipart upload could be begun.
#[derive(Debug)]
pub(in crate::upload) enum Beginning<'a> {
    /// It was, or an earlier one goes on.
    Large(Box<Large<'a>>),
    /// The server has no multipart uploads: the part has to go whole.
    Unsupported,
}

impl<'a> Uploader<'a> {
    /// Begins to send a checked part in chunks, or goes on with what an earlier run began.
    pub(in crate::upload) fn begin_large(
        &'a self,
        key: &str,
        local: &LocalPart,
        sha1: Sha1Digest,
        earlier: Option<&Begun>,
    ) -> Result<Beginning<'a>, UploadError> {
        let mut wanted = Begun {
            upload_id: String::new(),
            size: local.size(),
            sha1,
            chunk: chunk_size(local.size()),
            acl: self.acl,
        };
        if let Some(earlier) = earlier {
            wanted.upload_id.clone_from(&earlier.upload_id);
            if *earlier == wanted {
                let parts = match self.s3.list_parts(self.object(key), &earlier.upload_id) {
                    // What nobody can read is no reason to give up: all chunks go again.
                    Err(AwsError::Answer { .. }) => Some(Vec::new()),
                    parts => parts?,
                };
                if let Some(parts) = parts {
                    let large = self.large(key, local, wanted);
                    large.take_up(parts)?;
                    return Ok(Beginning::Large(Box::new(large)));
                }
            } else {
                self.give_up(key, &earlier.upload_id)?;
            }
        }
        let options = PutOptions {
            acl: self.acl.map(|acl| acl.as_str().to_owned()),
            ..PutOptions::default()
        };
        match self.s3.create_multipart(self.object(key), &options) {
            Ok(id) => wanted.upload_id = id,
            Err(error) if error.is_status(501) || error.is_status(405) => {
                return Ok(Beginning::Unsupported);
            }
            Err(error) => return Err(self.refused(error)),
        }
        Ok(Beginning::Large(Box::new(self.large(key, local, wanted))))
    }

    fn large(&'a self, key: &str, local: &LocalPart, begun: Begun) -> Large<'a> {
        let count = local.size().div_ceil(begun.chunk);
        Large {
            uploader: self,
            key: key.to_owned(),
            local: local.clone(),
            count: u32::try_from(count).unwrap_or(u32::MAX), // at most MOST_CHUNKS
            begun,
            arrived: Mutex::default(),
        }
    }

    /// Gives up a multipart upload that is of no use any more.
    pub(in crate::upload) fn give_up(&self, key: &str, upload_id: &str) -> Result<(), UploadError> {
        Ok(self.s3.abort_multipart(self.object(key), upload_id)?)
    }
}

impl Large<'_> {
    /// Sends all that is missing, one chunk after the other. What then breaks off is given up:
    /// the caller keeps no record of it, so that nobody would go on with it.
    pub(super) fn whole(&self) -> Result<StoredPart, UploadError> {
        let send = |number| self.send(number).map(drop);
        let sent = self.missing().into_iter().try_for_each(send);
        sent.and_then(|()| self.finish()).inspect_err(|_| {
            let _ = self.uploader.give_up(&self.key, &self.begun.upload_id); // the first error counts
        })
    }

    /// What the next run has to know to go on.
    pub(in crate::upload) fn begun(&self) -> &Begun {
        &self.begun
    }

    /// Counts in what has arrived earlier, where size and MD5 are those of the file's chunk.
    fn take_up(&self, parts: Vec<UploadedPart>) -> Result<(), UploadError> {
        for part in parts {
            if !(1..=self.count).contains(&part.number) || !local::is_md5(&part.etag) {
                continue;
            }
            let (offset, len) = self.place(part.number);
            if part.size == len
                && part.etag.to_ascii_lowercase() == hex::encode(self.local.md5(offset, len)?)
            {
                self.arrived().insert(part.number, part);
            }
        }
        Ok(())
    }

    /// First byte and length of a chunk.
    fn place(&self, number: u32) -> (u64, u64) {
        let offset = u64::from(number - 1) * self.begun.chunk;
        (offset, self.begun.chunk.min(self.begun.size - offset))
    }

    /// Length of a chunk in bytes.
    pub(in crate::upload) fn len(&self, number: u32) -> u64 {
        self.place(number).1
    }

    /// Numbers of the chunks that have not arrived, from 1.
    pub(in crate::upload) fn missing(&self) -> Vec<u32> {
        let arrived = self.arrived();
        let all = 1..=self.count;
        all.filter(|number| !arrived.contains_key(number)).collect()
    }

    /// Sends a chunk. True for the one that was the last missing.
    pub(in crate::upload) fn send(&self, number: u32) -> Result<bool, UploadError> {
        let (offset, len) = self.place(number);
        let body = self.local.range(offset, len);
        let stored = self.uploader.s3.upload_part(
            self.uploader.object(&self.key),
            &self.begun.upload_id,
            number,
            &body,
        )?;
        let mut arrived = self.arrived();
        arrived.insert(
            number,
            UploadedPart {
                number,
                size: len,
                etag: stored.etag,
            },
        );
        Ok(arrived.len() == self.count as usize)
    }

    /// Makes the object of the chunks, all of which have arrived.
    pub(in crate::upload) fn finish(&self) -> Result<StoredPart, UploadError> {
        self.local.is_unchanged()?;
        let chunks: Vec<UploadedPart> = self.arrived().values().cloned().collect();
        let object = self.uploader.object(&self.key);
        let result = self
            .uploader
            .s3
            .complete_multipart(object, &self.begun.upload_id, &chunks);
        let etag = match result {
            Ok(stored) => stored.etag,
            // It was completed before, and the answer was lost.
            Err(error) if is_gone(&error) => {
                let there = self.uploader.head(&self.key)?;
                let made_of_these = |etag: &str| Some(etag) == etag_of(&chunks).as_deref();
                match there {
                    Some(there)
                        if there.size == self.begun.size
                            && made_of_these(&there.etag)
                            && self.uploader.set_acl(&self.key)? =>
                    {
                        there.etag
                    }
                    _ => return Err(error.into()),
                }
            }
            Err(error) => return Err(error.into()),
        };
        Ok(StoredPart {
            key: self.key.clone(),
            size: self.begun.size,
            sha1: self.begun.sha1,
            etag: Some(etag),
        })
    }

    /// A map whose thread panicked is still a map of what has arrived.
    fn arrived(&self) -> MutexGuard<'_, BTreeMap<u32, UploadedPart>> {
        self.arrived.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a service may mean that there is no such upload any more, whatever it misses: some
/// deny what they do not know. An object of the same bytes may be older than this upload, and
/// have another ACL.
fn is_gone(error: &AwsError) -> bool {
    error.is_status(404) || error.is_status(403)
}

/// The composite tag of chunks, if theirs are MD5s.
fn etag_of(chunks: &[UploadedPart]) -> Option<String> {
    let digests: Option<Vec<[u8; 16]>> = chunks
        .iter()
        .map(|chunk| {
            let mut digest = [0; 16];
            hex::decode_to_slice(&chunk.etag, &mut digest).ok()?;
            Some(digest)
        })
        .collect();
    Some(composite_etag(&digests?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_object_has_more_chunks_than_s3_takes() {
        const TIB: u64 = 1 << 40;
        for size in [LARGE_ENOUGH, 160 << 30, (160 << 30) + 1, 5 * TIB, u64::MAX] {
            let chunk = chunk_size(size);
            assert!(chunk >= CHUNK && chunk.is_multiple_of(1 << 20), "{size}");
            assert!(size.div_ceil(chunk) <= MOST_CHUNKS, "{size}");
        }
        assert_eq!(chunk_size(LARGE_ENOUGH), CHUNK);
    }

    const LARGE_ENOUGH: u64 = super::super::LARGE + 1;

    /// The example that is known from S3's documentation of checksums: MD5 of the binary MD5s.
    #[test]
    fn the_tag_of_chunks_is_the_digest_of_their_digests() {
        let one: [u8; 16] = Md5::digest(b"a").into();
        let two: [u8; 16] = Md5::digest(b"b").into();
        let want = hex::encode(Md5::digest([one, two].concat()));

        assert_eq!(composite_etag(&[one, two]), format!("{want}-2"));
    }
}
