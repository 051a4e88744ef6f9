//! Uploads a bundle that is on disk: what the server lacks, and the manifest last.
//!
//! ```text
//! manifest ─► parts there, as long as it says? ─► lock, state ─► bucket ─► list
//!    each part, then each that was not found, by the pool:
//!       listed with the size? ─► state has its ETag and SHA-1? ──────────► found
//!                          └───► SHA-1 or MD5 that the server tells? ─ACL► found
//!    before the first that is sent: another manifest of this name is removed
//!       else ─► SHA-1 of the file ─► PUT, or chunks ─► noted in the state ─► sent
//! ─► list again: every size and ETag ─► manifest, and its ETag ─► state removed
//! ```
//!
//! Whatever ends an upload before that, the state stays, and the same upload again sends the
//! rest.

mod journey;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::bucket::{BucketState, check_bucket, ensure_bucket};
use super::local::LocalPart;
use super::resume::State;
use super::{StoredPart, UploadError, UploadOptions, UploadSummary, present};
use crate::aws::s3::{ObjectInfo, S3};
use crate::crypto::digest::Sha1Digest;
use crate::manifest::{Image, SignedManifest};
use crate::progress::{Progress, Step};
use journey::Journey;

/// Uploads a bundle: the parts that the server lacks, then the manifest.
///
/// Success means that the server has every byte: each part was compared with the manifest before
/// it was sent, by the server's checksum when it arrived, and by size and `ETag` at the end.
///
/// # Errors
/// When the bundle is not whole, the bucket is not ours or elsewhere, the service refuses or
/// cannot be reached, or the caller asks to stop. [`UploadError::Partial`] and
/// [`UploadError::Interrupted`] tell that the same call again sends the rest.
pub fn upload(
    s3: &S3,
    options: &UploadOptions,
    progress: &dyn Progress,
) -> Result<UploadSummary, UploadError> {
    let bytes = SignedManifest::read_bytes(&options.manifest)?;
    let manifest = SignedManifest::parse(&bytes, &options.manifest)?.manifest;
    let parts = parts_of(&manifest.image, options)?;
    let endpoint = s3.service().connection().endpoint.url();
    let state = if options.dry_run {
        State::load(&options.manifest, &endpoint, &options.to)
    } else {
        let resume = options.resume && options.form.is_none();
        State::begin(&options.manifest, &endpoint, &options.to, resume)?
    };
    let (bucket, present) = look(s3, options, &parts)?;
    if bucket == Some(BucketState::Created) {
        progress.step(Step::BucketCreated);
    }
    let resumed = options.resume && state.is_resumed();
    let journey = Journey::new(s3, options, progress, parts, present, state);
    journey.run(bytes)?;
    Ok(journey.summary(bucket, resumed))
}

/// A part as the manifest and the directory have it.
#[derive(Debug)]
struct Part {
    name: String,
    key: String,
    path: PathBuf,
    size: u64,
    sha1: Sha1Digest,
}

/// Makes sure, before anything is asked of the service, that all parts are there and as long
/// together as they should be.
fn parts_of(image: &Image, options: &UploadOptions) -> Result<Vec<Part>, UploadError> {
    if options.first_part > image.parts.len() {
        return Err(UploadError::NoSuchPart {
            first: options.first_part,
            count: image.parts.len(),
        });
    }
    let mut found: u64 = 0;
    let mut parts = Vec::with_capacity(image.parts.len()); // as many as have been read
    for part in &image.parts {
        let path = options.directory.join(&part.filename);
        let size = LocalPart::open(&path)?.size();
        found = found.saturating_add(size);
        parts.push(Part {
            name: part.filename.clone(),
            key: options.to.key(&part.filename),
            path,
            size,
            sha1: part.digest,
        });
    }
    if found != image.bundled_size {
        return Err(UploadError::BundledSize {
            found,
            expected: image.bundled_size,
        });
    }
    Ok(parts)
}

/// The bucket, created if need be, and what it has of the parts.
fn look(
    s3: &S3,
    options: &UploadOptions,
    parts: &[Part],
) -> Result<(Option<BucketState>, BTreeMap<String, ObjectInfo>), UploadError> {
    if options.form.is_some() {
        return Ok((None, BTreeMap::new())); // a policy allows to post, and nothing else
    }
    let (bucket, location) = (options.to.bucket(), &options.location);
    let state = if options.dry_run {
        check_bucket(s3, bucket, location)?
    } else {
        ensure_bucket(s3, bucket, location)?
    };
    let worth_asking = options.resume || options.first_part > 0;
    if state != BucketState::Existed || !worth_asking {
        return Ok((Some(state), BTreeMap::new()));
    }
    let keys: BTreeSet<&str> = parts.iter().map(|part| part.key.as_str()).collect();
    Ok((Some(state), present::list(s3, bucket, &keys)?))
}

impl Part {
    fn stored(&self, etag: String) -> StoredPart {
        StoredPart {
            etag: Some(etag),
            ..self.unsent()
        }
    }

    /// The part as it should be on the server, whatever its tag.
    fn unsent(&self) -> StoredPart {
        StoredPart {
            key: self.key.clone(),
            size: self.size,
            sha1: self.sha1,
            etag: None,
        }
    }
}
