//! Migrates a bundle from one bucket to another of the same service.
//!
//! ```text
//! manifest ─► migrated ─► parts all there, as long as it says? ─► bucket
//!     ─► each part: copied by the service, looked at ─► manifest, looked at
//! ```
//!
//! No part comes to this machine. Nothing is written before the manifest is known to be good and
//! every part to be there.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::{Ids, MigrateError, MigratedManifest, Parties, migrate_manifest};
use crate::aws::AwsError;
use crate::aws::s3::{ObjectInfo, ObjectName, S3};
use crate::manifest::{Image, SignedManifest};
use crate::progress::{Progress, Stage};
use crate::upload::pool::Pool;
use crate::upload::{BucketLocation, BucketPath, BucketState, CannedAcl, Uploader, ensure_bucket};

/// Which bundle goes where.
#[derive(Debug, Clone)]
pub struct MoveOptions {
    /// Name of the manifest, without the prefix: `disk.manifest.xml`.
    pub manifest: String,
    /// Where the bundle is.
    pub from: BucketPath,
    /// Where it goes.
    pub to: BucketPath,
    /// ACL of every copy.
    pub acl: Option<CannedAcl>,
    /// Where its bucket is wanted.
    pub location: BucketLocation,
    /// Number of parts that are copied at the same time.
    pub jobs: NonZeroUsize,
}

/// A bundle that was migrated.
#[derive(Debug, Clone)]
pub struct MigratedBundle {
    /// The new manifest.
    pub migrated: MigratedManifest,
    /// The destination's bucket.
    pub bucket: BucketState,
    /// Key of the new manifest in it.
    pub manifest_key: String,
}

/// Copies a bundle within the service, with a manifest for the target.
///
/// # Errors
/// When the manifest is missing or cannot be migrated, a part is missing, the service refuses,
/// or a copy is not like its source.
pub fn migrate_bundle(
    s3: &S3,
    options: &MoveOptions,
    parties: &Parties,
    ids: &Ids,
    progress: &dyn Progress,
) -> Result<MigratedBundle, MigrateError> {
    let MoveOptions { from, to, .. } = options;
    if from == to {
        let place = from.to_string();
        return Err(MigrateError::SamePlace { place });
    }
    let signed = read(s3, from, &options.manifest)?;
    let migrated = migrate_manifest(&signed, parties, ids)?;
    let image = &migrated.manifest.image;
    let parts = parts_of(s3, from, image, options.jobs)?;

    let bucket = ensure_bucket(s3, to.bucket(), &options.location)?;
    let uploader = Uploader::new(s3, to.clone(), options.acl, None);
    // Where that is not allowed, an older manifest stays until it is replaced.
    let _ = uploader.make_way(&options.manifest, Some(&migrated.bytes))?;
    let total = parts.len() as u64 + 1;
    progress.begin(Stage::Objects, Some(total));
    Pool::run(options.jobs, &parts, |part, _| {
        if progress.interrupted() {
            return Err(MigrateError::Interrupted);
        }
        copy(s3, options, part)?;
        progress.advance(Stage::Objects, 1);
        Ok(())
    })?;
    let stored = uploader.complete(&[], &options.manifest, migrated.bytes.clone())?;
    progress.advance(Stage::Objects, 1);
    progress.finish(Stage::Objects);
    Ok(MigratedBundle {
        migrated,
        bucket,
        manifest_key: stored.key,
    })
}

/// A part at the source.
#[derive(Debug)]
struct Part {
    name: String,
    there: ObjectInfo,
}

fn read(s3: &S3, from: &BucketPath, name: &str) -> Result<SignedManifest, MigrateError> {
    let key = from.key(name);
    let object = format!("{}/{key}", from.bucket());
    let limit = usize::try_from(SignedManifest::MAX_BYTES).unwrap_or(usize::MAX);
    let place = ObjectName {
        bucket: from.bucket(),
        key: &key,
    };
    let bytes = s3.get_bytes(place, limit).map_err(|error| match error {
        AwsError::Service(refusal) if refusal.status == 404 && refusal.code != "NoSuchBucket" => {
            MigrateError::NoManifest {
                object: object.clone(),
            }
        }
        error => error.into(),
    })?;
    Ok(SignedManifest::parse(&bytes, Path::new(&object))?)
}

/// What the source has of each part, in their order.
fn parts_of(
    s3: &S3,
    from: &BucketPath,
    image: &Image,
    jobs: NonZeroUsize,
) -> Result<Vec<Part>, MigrateError> {
    let found = Mutex::new(vec![None; image.parts.len()]);
    Pool::run(jobs, image.parts.iter().enumerate(), |(index, part), _| {
        let key = from.key(&part.filename);
        let there = look(s3, from.bucket(), &key)?.ok_or_else(|| MigrateError::NoPart {
            object: format!("{}/{key}", from.bucket()),
        })?;
        let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = found.get_mut(index) {
            *place = Some(there);
        }
        Ok::<_, MigrateError>(())
    })?;
    let found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    let parts: Vec<_> = image
        .parts
        .iter()
        .zip(found.into_iter().flatten())
        .map(|(part, there)| Part {
            name: part.filename.clone(),
            there,
        })
        .collect();
    let sizes = parts.iter().map(|part| part.there.size);
    let sum = sizes.fold(0_u64, u64::saturating_add);
    if sum != image.bundled_size {
        return Err(MigrateError::BundledSize {
            found: sum,
            expected: image.bundled_size,
        });
    }
    Ok(parts)
}

fn look(s3: &S3, bucket: &str, key: &str) -> Result<Option<ObjectInfo>, MigrateError> {
    Ok(s3.head_object(ObjectName { bucket, key })?)
}

/// Copies a part and looks at the copy: its size, and its tag where both tags are the MD5 of the
/// content (a copy of a part that came in chunks has another).
fn copy(s3: &S3, options: &MoveOptions, part: &Part) -> Result<(), MigrateError> {
    let (from, to) = (&options.from, &options.to);
    let (old, new) = (from.key(&part.name), to.key(&part.name));
    let source = ObjectName {
        bucket: from.bucket(),
        key: &old,
    };
    let target = ObjectName {
        bucket: to.bucket(),
        key: &new,
    };
    let acl = options.acl.map(CannedAcl::as_str);
    s3.copy_object(source, target, acl)?;
    let there = look(s3, to.bucket(), &new)?;
    let is_md5 = |tag: &str| tag.len() == 32 && tag.bytes().all(|b| b.is_ascii_hexdigit());
    let is_same = |copy: &ObjectInfo| {
        let comparable = is_md5(&copy.etag) && is_md5(&part.there.etag);
        copy.size == part.there.size && (!comparable || copy.etag == part.there.etag)
    };
    if there.as_ref().is_some_and(is_same) {
        return Ok(());
    }
    let words = |info: &ObjectInfo| format!("{} bytes, ETag {}", info.size, info.etag);
    Err(MigrateError::NotCopied {
        object: format!("{}/{new}", to.bucket()),
        found: there.as_ref().map_or("nothing".to_owned(), words),
        expected: words(&part.there),
    })
}
