//! Checks a bundle and writes nothing.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::manifest::{Image, SignedManifest, sealed_key};
use crate::progress::{Progress, Stage};

use super::decode::Decoder;
use super::encrypted::{self, PartsReader};
use super::sink::{Sink, Target};
use super::{ImageCheck, PartCheck, PartVerdict, UnbundleError, VerifyOptions, VerifyReport};

/// Checks every part, the signature if there is a certificate, and the image if there is a key.
///
/// # Errors
/// When the manifest cannot be read, the key does not open it, or the caller asks to stop.
/// What is wrong with parts, signature and image is in the report.
pub fn verify(
    options: &VerifyOptions,
    progress: &dyn Progress,
) -> Result<VerifyReport, UnbundleError> {
    let manifest = SignedManifest::read(&options.manifest)?;
    let signature = options
        .certificate
        .as_ref()
        .map(|certificate| manifest.verify(certificate));
    let image = &manifest.manifest.image;
    let session = match &options.key {
        Some(key) => Some(sealed_key::open(image, key)?),
        None => None,
    };
    let results = check_parts(image, &options.source, options.jobs, progress)?;
    let parts: Vec<PartCheck> = image
        .parts
        .iter()
        .zip(results)
        .map(|(part, result)| part_check(&part.filename, result))
        .collect();
    let bundled_size = parts.iter().map(|part| part.size).sum();
    let good = parts.iter().all(|part| part.verdict == PartVerdict::Good);
    let image_check = match session {
        Some(session) if good => {
            let decoder = Decoder {
                session: &session,
                jobs: options.jobs,
                progress,
            };
            Some(check_image(image, &options.source, &decoder)?)
        }
        _ => None,
    };
    Ok(VerifyReport {
        signature,
        parts,
        bundled_size,
        image: image_check,
        manifest: manifest.manifest,
    })
}

/// Checks every part, and fails with the first that is bad.
pub(super) fn check_all_parts(
    image: &Image,
    directory: &Path,
    jobs: NonZeroUsize,
    progress: &dyn Progress,
) -> Result<(), UnbundleError> {
    check_parts(image, directory, jobs, progress)?
        .into_iter()
        .try_for_each(|part| part.map(drop))
}

/// The size of every part, or what is wrong with it.
fn check_parts(
    image: &Image,
    directory: &Path,
    jobs: NonZeroUsize,
    progress: &dyn Progress,
) -> Result<Vec<Result<u64, UnbundleError>>, UnbundleError> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    progress.begin(Stage::Check, Some(image.bundled_size));
    let work = || loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        let Some(part) = image.parts.get(index).filter(|_| !progress.interrupted()) else {
            break;
        };
        let result = encrypted::check_part(directory, index, part, |read| {
            progress.advance(Stage::Check, read);
            if progress.interrupted() {
                Err(UnbundleError::Interrupted)
            } else {
                Ok(())
            }
        });
        results
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((index, result));
    };
    std::thread::scope(|scope| {
        for _ in 1..jobs.get().min(image.parts.len()) {
            scope.spawn(work);
        }
        work();
    });
    if progress.interrupted() {
        return Err(UnbundleError::Interrupted);
    }
    progress.finish(Stage::Check);
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(index, _)| *index);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}

fn part_check(filename: &str, result: Result<u64, UnbundleError>) -> PartCheck {
    let (size, verdict) = match result {
        Ok(size) => (Some(size), PartVerdict::Good),
        Err(UnbundleError::MissingPart { .. }) => (None, PartVerdict::Missing),
        Err(UnbundleError::PartDigest {
            found, expected, ..
        }) => (None, PartVerdict::WrongDigest { found, expected }),
        Err(error) => (None, PartVerdict::Unreadable(with_cause(&error))),
    };
    PartCheck {
        filename: filename.to_owned(),
        size,
        verdict,
    }
}

fn check_image(
    image: &Image,
    directory: &Path,
    decoder: &Decoder<'_>,
) -> Result<ImageCheck, UnbundleError> {
    let mut sink = Sink::new(Target::Nowhere, PathBuf::new(), Some(image.size));
    decoder
        .progress
        .begin(Stage::Unbundle, Some(image.bundled_size));
    let open = || PartsReader::new(directory, &image.parts);
    let decoded = match decoder.decode(open, &mut sink) {
        Err(UnbundleError::Interrupted) => return Err(UnbundleError::Interrupted),
        Err(error) => return Ok(ImageCheck::Bad(with_cause(&error))),
        Ok(decoded) => decoded,
    };
    decoder.progress.finish(Stage::Unbundle);
    if image.digest_is_unknown() {
        return Ok(ImageCheck::DigestUnknown { size: decoded.size });
    }
    if decoded.digest != image.digest {
        let (found, expected) = (decoded.digest, image.digest);
        return Ok(ImageCheck::Bad(
            UnbundleError::ImageDigest { found, expected }.to_string(),
        ));
    }
    Ok(ImageCheck::Good {
        size: decoded.size,
        data_bytes: decoded.data_bytes,
    })
}

fn with_cause(error: &UnbundleError) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
