//! Makes a bundle.
//!
//! ```text
//! check ─► find data ─► lay out tar ─► ┌ read, SHA-1 │ deflate × jobs │ stitch, encrypt, cut ┐
//!                                      └────────────── pipe ─────────────────────────────────┘
//!       ─► seal, sign ─► old manifest away ─► parts in place ─► manifest in place
//! ```
//!
//! Everything is made in a hidden folder. A manifest in place means that every part is in
//! place and durable; an interrupted run leaves nothing but, at worst, a bundle without one.

use std::fs;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use crate::crypto::aes_cbc::CbcWriter;
use crate::disk::extents;
use crate::host::filesystem;
use crate::host::workspace::{Workspace, WorkspaceError};
use crate::manifest::{
    self, Bundler, Image, Manifest, Part, SealedPair, Signature, SignedManifest, Version,
    sealed_key,
};
use crate::progress::Progress;
use crate::units::Bytes;

use super::parts::{self, ClosedPart, MOST_PARTS, PartWriter, TooManyParts};
use super::publish::Publication;
use super::source::Source;
use super::stream::Stream;
use super::tar::TarLayout;
use super::{BundleError, BundleOptions, BundleSummary, PartSummary, space};

/// Smallest and largest part: below, there are more files than sense; above, S3 takes no part
/// in one request.
const PART_SIZES: [Bytes; 2] = [Bytes::kib(1), Bytes::gib(5)];

/// Bundles an image.
///
/// # Errors
/// When an option, the image or the destination is not usable, or reading, writing or signing
/// fails. Nothing is left behind then.
pub fn bundle(
    options: BundleOptions,
    progress: &dyn Progress,
) -> Result<BundleSummary, BundleError> {
    check(&options)?;
    let BundleOptions {
        source,
        prefix,
        destination,
        ..
    } = options;
    let mut source = Source::open(source)?;
    let manifest_name = format!("{prefix}.manifest.xml");
    let workspace = Workspace::create(&destination, &manifest_name)?;
    let existing = existing_files(&destination, &prefix)?;
    if let (Some(path), false) = (existing.first(), options.replace) {
        return Err(BundleError::Exists { path: path.clone() });
    }
    check_replaceable(&source, &existing)?;

    let layout = lay_out(&source, &prefix, options.sparse, options.jobs, progress)?;
    space::check(&mut source, &layout, &destination)?;
    let writer = PartWriter::new(workspace.path().to_owned(), options.part_size.get());
    let writer = CbcWriter::new(writer, &options.session_key);
    let stream = Stream {
        level: options.level,
        jobs: options.jobs,
        progress,
    };
    let (writer, digest) = stream.run(&mut source, &layout, writer, |error| {
        write_failure(&destination, options.part_size, error)
    })?;
    let closed = writer
        .finish()
        .and_then(PartWriter::finish)
        .map_err(|error| write_failure(&destination, options.part_size, error))?;

    let part_names: Vec<String> = (0..closed.len())
        .map(|index| parts::part_name(&prefix, index, closed.len(), options.part_names))
        .collect();
    let identity = &options.identity;
    let manifest = Manifest {
        version: Version::V20071010,
        bundler: bundler(),
        machine_configuration: Some(options.subject.configuration),
        image: Image {
            name: prefix,
            user: options.subject.user.to_string(),
            kind: options.subject.kind,
            kernel_name: options.subject.kernel_name,
            ancestry: options.subject.ancestry,
            digest,
            size: source.size(),
            bundled_size: closed.iter().map(|part| part.size).sum(),
            ec2_sealed: sealed_key::seal(&options.session_key, &identity.ec2_certificate)?,
            user_sealed: match &identity.user_certificate {
                Some(certificate) => sealed_key::seal(&options.session_key, certificate)?,
                None => SealedPair::default(),
            },
            parts: part_names
                .iter()
                .zip(&closed)
                .map(|(name, part)| Part {
                    filename: name.clone(),
                    digest: part.digest,
                })
                .collect(),
        },
        signature: Signature::Unsigned,
    };
    let bytes = manifest::write::write(&manifest, identity.signer.as_ref())?;
    // What no reader would accept must not be published.
    let manifest = SignedManifest::parse(&bytes, &destination.join(&manifest_name))?.manifest;
    if progress.interrupted() {
        return Err(BundleError::Interrupted);
    }
    let publication = Publication {
        workspace,
        destination,
        existing,
        replace: options.replace,
    };
    let manifest_path = publication.publish(&part_names, &manifest_name, &bytes)?;
    Ok(summary(manifest_path, manifest, &closed, &layout))
}

/// How amikit calls itself in a manifest.
fn bundler() -> Bundler {
    Bundler {
        name: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        release: "0".to_owned(),
    }
}

/// The error for a part that could not be written.
fn write_failure(destination: &Path, part_size: Bytes, source: io::Error) -> BundleError {
    if let Some(TooManyParts) = source.get_ref().and_then(|inner| inner.downcast_ref()) {
        return BundleError::TooManyParts {
            part_size,
            most: MOST_PARTS,
        };
    }
    BundleError::Write {
        path: destination.to_owned(),
        source,
    }
}

/// Checks what can be checked before anything is opened.
fn check(options: &BundleOptions) -> Result<(), BundleError> {
    let manifest_name = format!("{}.manifest.xml", options.prefix);
    let problem = filesystem::plain_name_problem(&options.prefix)
        .or_else(|| filesystem::plain_name_problem(&manifest_name));
    if let Some(why) = problem {
        return Err(BundleError::Prefix {
            prefix: options.prefix.clone(),
            why,
        });
    }
    let [least, most] = PART_SIZES;
    if !(least..=most).contains(&options.part_size) {
        return Err(BundleError::PartSize {
            size: options.part_size,
            least,
            most,
        });
    }
    if let (Some(key), Some(certificate)) =
        (&options.identity.signer, &options.identity.user_certificate)
        && !certificate.matches(key)
    {
        return Err(BundleError::KeyMismatch {
            certificate: certificate.path().to_owned(),
        });
    }
    Ok(())
}

/// The manifest and parts of an older bundle with this prefix; the manifest comes first.
fn existing_files(destination: &Path, prefix: &str) -> Result<Vec<PathBuf>, BundleError> {
    let error = |source| WorkspaceError::NoDirectory {
        path: destination.to_owned(),
        source,
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(destination).map_err(error)? {
        let entry = entry.map_err(error)?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        if name.strip_prefix(prefix) == Some(".manifest.xml") {
            found.insert(0, entry.path());
        } else if parts::is_part_name(prefix, name) {
            found.push(entry.path());
        }
    }
    Ok(found)
}

/// Refuses to replace the image itself, and what cannot be replaced.
fn check_replaceable(source: &Source, existing: &[PathBuf]) -> Result<(), BundleError> {
    for path in existing {
        let Ok(metadata) = fs::symlink_metadata(path) else {
            continue; // gone in the meantime
        };
        if source.is(&metadata) {
            return Err(BundleError::ReplacesImage { path: path.clone() });
        }
        if !metadata.is_file() && !metadata.is_symlink() {
            return Err(BundleError::InTheWay {
                path: path.clone(),
                found: filesystem::describe(metadata.file_type()),
            });
        }
    }
    Ok(())
}

fn lay_out(
    source: &Source,
    prefix: &str,
    sparse: bool,
    jobs: NonZeroUsize,
    progress: &dyn Progress,
) -> Result<TarLayout, BundleError> {
    let size = source.size();
    let Some(file) = source.file().filter(|_| sparse) else {
        return Ok(TarLayout::plain(prefix, size, &source.allocated()));
    };
    let data = extents::find_data(file, size, jobs, progress).map_err(|(offset, error)| {
        if progress.interrupted() {
            return BundleError::Interrupted;
        }
        BundleError::ReadImage {
            path: source.path().to_owned(),
            offset,
            source: error,
        }
    })?;
    Ok(TarLayout::sparse(prefix, size, &data))
}

fn summary(
    manifest_path: PathBuf,
    manifest: Manifest,
    closed: &[ClosedPart],
    layout: &TarLayout,
) -> BundleSummary {
    let folder = manifest_path.parent().unwrap_or(Path::new(""));
    let parts = manifest.image.parts.iter().zip(closed);
    let parts = parts
        .map(|(part, closed)| PartSummary {
            path: folder.join(&part.filename),
            size: closed.size,
            digest: closed.digest,
        })
        .collect();
    BundleSummary {
        manifest_path,
        manifest,
        parts,
        data_bytes: layout.data_len(),
        tar_bytes: layout.len(),
    }
}
