//! What is in the destination already, looked at before anything is fetched.
//!
//! | there is | with `resume` | otherwise |
//! |---|---|---|
//! | nothing of the name | fetched | fetched |
//! | a file with the part's SHA-1 | taken as it is | in the way |
//! | another file | in the way | in the way |
//! | no file | never replaced | never replaced |
//!
//! Files in the way are all named in one error, or replaced if that was asked for.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::DownloadError;
use crate::crypto::digest::{Sha1Digest, Sha1Hasher};
use crate::host::filesystem::{self, describe};
use crate::host::workspace::ResumableFile;
use crate::manifest::Image;
use crate::progress::{Progress, Stage};
use crate::units::Bytes;
use crate::upload::pool::Pool;

/// Bytes that are read at once.
const BUFFER: usize = 256 << 10;

/// Room for the manifest and the file system's own needs.
const RESERVE: u64 = 1 << 20;

/// Where a bundle goes and what may be done there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) directory: &'a Path,
    pub(super) replace: bool,
    pub(super) resume: bool,
    pub(super) jobs: NonZeroUsize,
}

/// The manifest as a file to be: its name and content.
#[derive(Debug, Clone, Copy)]
pub(super) struct ManifestFile<'a> {
    pub(super) name: &'a str,
    pub(super) bytes: &'a [u8],
}

/// What was found.
#[derive(Debug)]
pub(super) struct Present {
    /// For every part its size, if it is here and right.
    pub(super) parts: Vec<Option<u64>>,
    /// Whether another manifest is there, which is to be replaced.
    pub(super) other_manifest: bool,
}

/// Refuses names with which one file of the bundle would take the place of another.
pub(super) fn check_names(
    image: &Image,
    manifest: Option<ManifestFile<'_>>,
) -> Result<(), DownloadError> {
    let mut seen = BTreeSet::new();
    let names = image.parts.iter().map(|part| part.filename.as_str());
    for name in manifest
        .map(|manifest| manifest.name)
        .into_iter()
        .chain(names)
    {
        let why = match filesystem::plain_name_problem(name) {
            Some(why) => why,
            None if ResumableFile::is_reserved(name) => "which is reserved for files in the making",
            None if !seen.insert(name) => "which another file of the bundle has",
            None => continue,
        };
        return Err(DownloadError::FileName {
            name: name.to_owned(),
            why,
        });
    }
    Ok(())
}

/// Looks at everything that has a name of the bundle.
pub(super) fn look(
    place: Place<'_>,
    image: &Image,
    manifest: Option<ManifestFile<'_>>,
    progress: &dyn Progress,
) -> Result<Present, DownloadError> {
    let found: Mutex<(Vec<Option<u64>>, BTreeSet<PathBuf>)> =
        Mutex::new((vec![None; image.parts.len()], BTreeSet::new()));
    progress.begin(Stage::Check, None);
    let check = |index: usize, _: &Pool<usize, DownloadError>| {
        let part = &image.parts[index];
        let path = place.directory.join(&part.filename);
        if !is_file(&path)? {
            return Ok(());
        }
        let same = if place.resume {
            size_if(&path, part.digest, image.bundled_size, progress)?
        } else {
            None
        };
        let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
        match same {
            Some(size) => found.0[index] = Some(size),
            None => {
                found.1.insert(path);
            }
        }
        Ok(())
    };
    Pool::run(place.jobs, 0..image.parts.len(), check)?;
    progress.finish(Stage::Check);
    let (parts, mut in_the_way) = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut other_manifest = false;
    if let Some(manifest) = manifest {
        let path = place.directory.join(manifest.name);
        let digest = Sha1Digest::of(manifest.bytes);
        let len = manifest.bytes.len() as u64;
        if is_file(&path)? && size_if(&path, digest, len, progress)?.is_none() {
            other_manifest = true;
            in_the_way.insert(path);
        }
    }
    if !place.replace && !in_the_way.is_empty() {
        return Err(DownloadError::Exists {
            paths: in_the_way.into_iter().collect(),
        });
    }
    Ok(Present {
        parts,
        other_manifest,
    })
}

/// Whether there is a file of this name. What is there and no file is an error.
fn is_file(path: &Path) -> Result<bool, DownloadError> {
    let read_error = |source| DownloadError::Read {
        path: path.to_owned(),
        source,
    };
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(true),
        Ok(metadata) => Err(DownloadError::InTheWay {
            path: path.to_owned(),
            found: describe(metadata.file_type()),
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(read_error(error)),
    }
}

/// The size of a file, if it has this digest and at most `longest` bytes. It is durable then,
/// whoever wrote it: the manifest will say so.
fn size_if(
    path: &Path,
    digest: Sha1Digest,
    longest: u64,
    progress: &dyn Progress,
) -> Result<Option<u64>, DownloadError> {
    let read_error = |source| DownloadError::Read {
        path: path.to_owned(),
        source,
    };
    let mut file = File::open(path).map_err(read_error)?;
    if file.metadata().map_err(read_error)?.len() > longest {
        return Ok(None);
    }
    let mut buffer = vec![0; BUFFER];
    let mut hasher = Sha1Hasher::default();
    let mut size = 0;
    loop {
        if progress.interrupted() {
            return Err(DownloadError::Interrupted);
        }
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => {
                hasher.update(&buffer[..count]);
                size += count as u64;
                progress.advance(Stage::Check, count as u64);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(read_error(error)),
        }
    }
    if hasher.finish() != digest {
        return Ok(None);
    }
    file.sync_data().map_err(read_error)?;
    Ok(Some(size))
}

/// Refuses to begin what would not fit.
pub(super) fn check_space(
    place: Place<'_>,
    image: &Image,
    present: &Present,
) -> Result<(), DownloadError> {
    // Where the file system cannot say, writing will.
    let Ok(available) = filesystem::free_space(place.directory) else {
        return Ok(());
    };
    let here: u64 = image
        .parts
        .iter()
        .zip(&present.parts)
        .map(|(part, size)| match size {
            Some(size) => *size,
            None if place.resume => ResumableFile::left(place.directory, &part.filename),
            None => 0,
        })
        .fold(0, u64::saturating_add);
    let coming = image.bundled_size.saturating_sub(here);
    let needed = Bytes(coming.saturating_add(RESERVE));
    if coming > 0 && available < needed {
        return Err(DownloadError::NoSpace {
            path: place.directory.to_owned(),
            available,
            needed,
        });
    }
    Ok(())
}
