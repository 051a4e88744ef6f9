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

use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use crate::crypto::aes_cbc::CbcWriter;
use crate::crypto::digest::Sha1Digest;
use crate::disk::extents::{self, Extent};
use crate::host::filesystem;
use crate::manifest::Manifest;
use crate::progress::Progress;
use crate::units::Bytes;

use super::content::Content;
use super::parts::{self, ClosedPart, Durable, MOST_PARTS, Outlet, PartWriter, TooManyParts};
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
    mut options: BundleOptions,
    progress: &dyn Progress,
) -> Result<BundleSummary, BundleError> {
    check(&options)?;
    let mut source = Source::open(&mut options.source)?;
    let publication = Publication::begin(&options, &source)?;
    let layout = lay_out(&source, &options, progress)?;
    space::check(&mut source, &layout, &options.destination)?;
    let folder = publication.workspace.path().to_owned();
    let writer = PartWriter::new(folder, options.part_size.get(), Durable::default());
    let (parts, digest) = pour(&mut source, &layout, writer, &options, progress)?;

    let names = |index| parts::part_name(&options.prefix, index, parts.len(), options.part_names);
    let names: Vec<String> = (0..parts.len()).map(names).collect();
    let content = Content {
        size: source.size(),
        digest,
        parts: &parts,
        names: &names,
    };
    let (manifest, bytes) = content.manifest(&options)?;
    if progress.interrupted() {
        return Err(BundleError::Interrupted);
    }
    let manifest_path = publication.publish(&names, &options.manifest_name(), &bytes)?;
    Ok(summary(manifest_path, manifest, &parts, &layout))
}

/// Sends an image through tar, gzip and AES into parts; returns them and the SHA-1 of the tar
/// stream.
pub(super) fn pour<O: Outlet>(
    source: &mut Source,
    layout: &TarLayout,
    writer: PartWriter<O>,
    options: &BundleOptions,
    progress: &dyn Progress,
) -> Result<(Vec<ClosedPart>, Sha1Digest), BundleError> {
    let failure = |error| write_failure(&options.destination, options.part_size, error);
    let writer = CbcWriter::new(writer, &options.session_key);
    let stream = Stream {
        level: options.level,
        jobs: options.jobs,
        progress,
    };
    let (writer, digest) = stream.run(source, layout, writer, failure)?;
    let parts = writer.finish().and_then(PartWriter::finish);
    Ok((parts.map_err(failure)?, digest))
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
pub(super) fn check(options: &BundleOptions) -> Result<(), BundleError> {
    let problem = filesystem::plain_name_problem(&options.prefix)
        .or_else(|| filesystem::plain_name_problem(&options.manifest_name()));
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

/// Finds the image's data, and lays the tar stream out.
pub(super) fn lay_out(
    source: &Source,
    options: &BundleOptions,
    progress: &dyn Progress,
) -> Result<TarLayout, BundleError> {
    let (size, prefix) = (source.size(), &options.prefix);
    if source.file().is_none() || !options.sparse {
        return Ok(TarLayout::plain(prefix, size, &source.allocated()));
    }
    let data = data(source, options.jobs, progress)?;
    Ok(TarLayout::sparse(prefix, size, &data))
}

/// Where an image has data. A stream has some everywhere.
pub(super) fn data(
    source: &Source,
    jobs: NonZeroUsize,
    progress: &dyn Progress,
) -> Result<Vec<Extent>, BundleError> {
    let Some(file) = source.file() else {
        return Ok(source.allocated());
    };
    extents::find_data(file, source.size(), jobs, progress).map_err(|(offset, error)| {
        if progress.interrupted() {
            return BundleError::Interrupted;
        }
        BundleError::ReadImage {
            path: source.path().to_owned(),
            offset,
            source: error,
        }
    })
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
