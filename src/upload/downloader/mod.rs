//! Brings a bundle from a bucket to a directory, or its parts to a stream.
//!
//! ```text
//! manifest ─► signature? ─► what is here? room? ─► parts, in parallel ─► manifest
//!                              └─ SHA-1              └─ hidden file, SHA-1, durable, name
//! ```
//!
//! A part gets its name when its SHA-1 is the manifest's and the disk has it, the manifest when
//! all parts have theirs: a manifest that a download wrote means a whole bundle. What a run
//! leaves, however it ends, the next one goes on with. No part may be longer than the manifest's
//! sum of all parts allows.
//!
//! Parts are not cut into ranges: a SHA-1 needs its bytes in order, and several parts at once
//! fill a connection as well as several ranges of one.
//!
//! Source: docs/transfers.md.

mod error;
pub(super) mod fetch;
mod options;
mod part;
mod present;
#[cfg(test)]
pub(super) mod tests;

use std::fs;
use std::io::{Read as _, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::in_order::InOrder;
use super::part_stream::PartStream;
use super::pool::Pool;
use super::select::{FoundManifest, file_name};
use crate::aws::s3::{ObjectName, S3};
use crate::host::workspace::{PendingFile, sync_directory};
use crate::manifest::signature::SignatureCheck;
use crate::manifest::{Image, SignedManifest};
use crate::progress::{Progress, Stage, Step};
pub use error::DownloadError;
pub use options::{DownloadOptions, DownloadSummary, DownloadTarget, DownloadedPart};
use part::PartDownload;
use present::{ManifestFile, Place, Present};

/// Bytes that go to a stream at once.
const BUFFER: usize = 256 << 10;

/// Downloads a bundle.
///
/// # Errors
/// When there is no such bundle, something of it is not what it should be, or it cannot be
/// written. What is told by [`DownloadError::Incomplete`] can be gone on with.
pub fn download(
    s3: &S3,
    options: DownloadOptions,
    progress: &dyn Progress,
) -> Result<DownloadSummary, DownloadError> {
    let found = options.address.manifest(s3)?;
    let signature = check_signature(&found.signed, &options)?;
    let source = Source {
        s3,
        bucket: &options.address.bucket,
        prefix: options.address.part_prefix(),
        image: &found.signed.manifest.image,
        progress,
    };
    let (parts, manifest_path) = match options.target {
        DownloadTarget::Directory(directory) => {
            let place = Place {
                directory: &directory,
                replace: options.replace,
                resume: options.resume,
                jobs: options.jobs,
            };
            source.to_directory(place, &found)?
        }
        DownloadTarget::Stream(stream) => (source.to_stream(stream, options.jobs)?, None),
    };
    Ok(DownloadSummary {
        manifest_key: found.key,
        manifest_path,
        manifest: found.signed.manifest,
        signature,
        parts,
    })
}

fn check_signature(
    signed: &SignedManifest,
    options: &DownloadOptions,
) -> Result<Option<SignatureCheck>, DownloadError> {
    let Some(certificate) = &options.certificate else {
        return Ok(None);
    };
    let manifest = signed.path().to_owned();
    match signed.verify(certificate) {
        SignatureCheck::Valid => Ok(Some(SignatureCheck::Valid)),
        SignatureCheck::Invalid => Err(DownloadError::Signature {
            manifest,
            certificate: certificate.path().to_owned(),
        }),
        SignatureCheck::Unsigned => Err(DownloadError::Unsigned { manifest }),
    }
}

/// Where parts come from.
struct Source<'a> {
    s3: &'a S3,
    bucket: &'a str,
    /// What stands before a part's name in its key.
    prefix: String,
    image: &'a Image,
    progress: &'a dyn Progress,
}

/// What workers share.
struct Shared<'a> {
    told: InOrder<'a>,
    /// Bytes that the manifest leaves for parts that are not here yet.
    left: AtomicU64,
    /// Parts that are here.
    done: AtomicUsize,
    parts: Mutex<Vec<Option<DownloadedPart>>>,
}

impl Source<'_> {
    fn to_directory(
        &self,
        place: Place<'_>,
        found: &FoundManifest,
    ) -> Result<(Vec<DownloadedPart>, Option<PathBuf>), DownloadError> {
        let manifest = found.key.as_deref().zip(found.bytes.as_deref());
        let manifest = manifest.map(|(key, bytes)| ManifestFile {
            name: file_name(key),
            bytes,
        });
        present::check_names(self.image, manifest)?;
        let present = present::look(place, self.image, manifest, self.progress)?;
        present::check_space(place, self.image, &present)?;
        let manifest_path = manifest.map(|manifest| place.directory.join(manifest.name));
        if let Some(path) = manifest_path.as_ref().filter(|_| present.other_manifest) {
            // From now on it would describe parts that are gone.
            fs::remove_file(path)
                .and_then(|()| sync_directory(place.directory))
                .map_err(|source| write_error(path, source))?;
        }
        self.progress.step(Step::PartsBegin {
            manifest_key: found.key.as_deref(),
        });
        let parts = self.fetch_parts(place, &present)?;
        if let Some(manifest) = manifest {
            self.progress.step(Step::ManifestBegins);
            let file = PendingFile::create(place.directory, manifest.name)?;
            let path = file.path().to_owned();
            let written = file.file().write_all(manifest.bytes);
            written.map_err(|source| write_error(&path, source))?;
            // What is there now is the same manifest, or may be replaced.
            file.publish(true)?;
        }
        Ok((parts, manifest_path))
    }

    /// Fetches what is not here. Content and names of all parts are durable then.
    fn fetch_parts(
        &self,
        place: Place<'_>,
        present: &Present,
    ) -> Result<Vec<DownloadedPart>, DownloadError> {
        let here: Vec<Option<DownloadedPart>> = (0..self.image.parts.len())
            .map(|index| {
                let size = present.parts.get(index).copied().flatten()?;
                Some(self.downloaded(place, index, size, 0))
            })
            .collect();
        let missing: Vec<usize> = (0..here.len())
            .filter(|index| here[*index].is_none())
            .collect();
        let sum = present.parts.iter().flatten();
        let sum = sum.fold(0_u64, |sum, size| sum.saturating_add(*size));
        let told = InOrder::new(self.progress);
        for (index, part) in here.iter().enumerate() {
            if part.is_some() {
                told.done(index, &self.image.parts[index].filename);
            }
        }
        let shared = Shared {
            told,
            left: AtomicU64::new(self.image.bundled_size.saturating_sub(sum)),
            done: AtomicUsize::new(here.len() - missing.len()),
            parts: Mutex::new(here),
        };
        self.progress
            .begin(Stage::Download, Some(self.image.bundled_size));
        self.progress.advance(Stage::Download, sum);
        let result = Pool::run(place.jobs, missing, |index, pool| {
            self.fetch_part(place, index, &|| pool.has_failed(), &shared)
        });
        if let Err(error) = result {
            return Err(incomplete(
                error,
                shared.done.into_inner(),
                self.image.parts.len(),
            ));
        }
        sync_directory(place.directory).map_err(|source| write_error(place.directory, source))?;
        let parts = shared
            .parts
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let parts: Vec<_> = parts.into_iter().flatten().collect();
        let sizes = parts.iter().filter_map(|part| part.size);
        let found = sizes.fold(0_u64, u64::saturating_add);
        if found != self.image.bundled_size {
            return Err(DownloadError::BundledSize {
                found,
                expected: self.image.bundled_size,
            });
        }
        self.progress.finish(Stage::Download);
        Ok(parts)
    }

    fn fetch_part(
        &self,
        place: Place<'_>,
        index: usize,
        stop: &dyn Fn() -> bool,
        shared: &Shared<'_>,
    ) -> Result<(), DownloadError> {
        let part = &self.image.parts[index];
        let key = format!("{}{}", self.prefix, part.filename);
        let download = PartDownload {
            s3: self.s3,
            object: ObjectName {
                bucket: self.bucket,
                key: &key,
            },
            part,
            directory: place.directory,
            limit: shared.left.load(Ordering::Relaxed),
            resume: place.resume,
            replace: place.replace,
            progress: self.progress,
            stop,
        };
        let named = download.run()?;
        tracing::debug!(key, size = named.size, fetched = named.fetched, "part");
        // Others may have used up what was left when this one began; the sum is compared later.
        let less = |left: u64| Some(left.saturating_sub(named.size));
        let _ = shared
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        shared.done.fetch_add(1, Ordering::Relaxed);
        shared.told.done(index, &part.filename);
        let downloaded = self.downloaded(place, index, named.size, named.fetched);
        let mut parts = shared.parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts[index] = Some(downloaded);
        Ok(())
    }

    fn downloaded(
        &self,
        place: Place<'_>,
        index: usize,
        size: u64,
        fetched: u64,
    ) -> DownloadedPart {
        let name = &self.image.parts[index].filename;
        DownloadedPart {
            key: format!("{}{name}", self.prefix),
            path: Some(place.directory.join(name)),
            size: Some(size),
            fetched: Some(fetched),
        }
    }

    fn to_stream(
        &self,
        mut stream: Box<dyn Write + Send>,
        jobs: NonZeroUsize,
    ) -> Result<Vec<DownloadedPart>, DownloadError> {
        let to_stdout = |source| write_error(Path::new("the output stream"), source);
        let mut parts = PartStream::open(self.s3, self.bucket, &self.prefix, self.image, jobs);
        self.progress
            .begin(Stage::Download, Some(self.image.bundled_size));
        let mut buffer = vec![0; BUFFER];
        loop {
            if self.progress.interrupted() {
                return Err(DownloadError::Interrupted);
            }
            let count = parts.read(&mut buffer).map_err(|error| {
                DownloadError::from_io(error).unwrap_or(DownloadError::ThreadEnded)
            })?;
            if count == 0 {
                break;
            }
            stream.write_all(&buffer[..count]).map_err(to_stdout)?;
            self.progress.advance(Stage::Download, count as u64);
        }
        stream.flush().map_err(to_stdout)?;
        self.progress.finish(Stage::Download);
        let keys = self.image.parts.iter();
        let parts = keys.map(|part| DownloadedPart {
            key: format!("{}{}", self.prefix, part.filename),
            path: None,
            size: None,
            fetched: None,
        });
        Ok(parts.collect())
    }
}

/// Tells how far it came where going on may help: when the service could not be reached or was
/// not well.
fn incomplete(error: DownloadError, done: usize, parts: usize) -> DownloadError {
    use crate::aws::AwsError;
    let passes = match &error {
        DownloadError::Aws(AwsError::Service(error)) => error.status >= 500 || error.status == 429,
        DownloadError::Aws(AwsError::Transport { .. }) => true,
        _ => false,
    };
    if passes {
        DownloadError::Incomplete {
            done,
            parts,
            source: Box::new(error),
        }
    } else {
        error
    }
}

fn write_error(path: &Path, source: std::io::Error) -> DownloadError {
    DownloadError::Write {
        path: path.to_owned(),
        source,
    }
}
