//! Whether an image is the one that was bundled or uploaded before.
//!
//! ```text
//! image ─► tar ─► SHA-1 = image/digest?                  no ─► Different
//!                        │ yes
//! account, architecture, mappings … as ours would be?    no ─► OtherTerms
//!                        │ yes
//! signature valid, key sealed for our cloud?      nobody knows ─► SameImage
//!                        │ yes                            no ─► OtherTerms
//!                        ▼
//!                      Equal
//! ```
//!
//! The image is read once, without compressing or encrypting anything. Seals have no random part
//! (docs/decisions/0001-reproducible-sealing.md): whoever can open the user's seal can tell for
//! which cloud the other one was made.

use std::num::NonZeroUsize;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::source::Source;
use super::stream::Stream;
use super::tar::TarLayout;
use super::{BundleError, BundleOptions, ImageSource, Level, bundler};
use crate::crypto::digest::{Sha1Digest, Sha1Hasher, Sha256Digest};
use crate::manifest::signature::SignatureCheck;
use crate::manifest::{SignedManifest, sealed_key};
use crate::progress::Progress;

/// Name of the image in the stream that [`content_digest`] hashes.
const NO_NAME: &str = "image";

/// How a bundle compares with what would be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness {
    /// The same image, for the same cloud and user, with the same description: making it again
    /// would change nothing but the key.
    Equal,
    /// The same image with the same description; without the user's private key and certificate
    /// nobody can tell for whom it is sealed.
    SameImage,
    /// The same image, described otherwise, or sealed for others.
    OtherTerms,
    /// Another image.
    Different,
    /// A stream can be read only once, so nobody knows.
    Unknown,
}

/// Compares a bundle's manifest with the bundle that these options would make.
///
/// # Errors
/// When the image cannot be read, or the caller asks to stop.
pub fn compare(
    options: &BundleOptions,
    there: &SignedManifest,
    progress: &dyn Progress,
) -> Result<Likeness, BundleError> {
    let ImageSource::Path(path) = &options.source else {
        return Ok(Likeness::Unknown);
    };
    let image = &there.manifest.image;
    let mut source = Source::open(&mut ImageSource::Path(path.clone()))?;
    if source.size() != image.size || options.prefix != image.name {
        return Ok(Likeness::Different);
    }
    let layout = bundler::lay_out(&source, options, progress)?;
    let mut hasher = Sha1Hasher::default();
    let stream = stream(options.jobs, progress);
    stream.each_chunk(&mut source, &layout, |chunk| hasher.update(chunk))?;
    let digest: Sha1Digest = hasher.finish();
    Ok(if digest == image.digest {
        terms(options, there)
    } else {
        Likeness::Different
    })
}

/// SHA-256 of what is in an image: its size, and its data with their places. Holes and runs of
/// zeros are the same.
///
/// # Errors
/// When the image cannot be read, or the caller asks to stop.
pub fn content_digest(
    image: &Path,
    jobs: NonZeroUsize,
    progress: &dyn Progress,
) -> Result<Sha256Digest, BundleError> {
    let mut source = Source::open(&mut ImageSource::Path(image.to_owned()))?;
    let data = bundler::data(&source, jobs, progress)?;
    let layout = TarLayout::sparse(NO_NAME, source.size(), &data);
    let mut hasher = Sha256::new();
    stream(jobs, progress).each_chunk(&mut source, &layout, |chunk| hasher.update(chunk))?;
    Ok(Sha256Digest(hasher.finalize().into()))
}

fn stream(jobs: NonZeroUsize, progress: &dyn Progress) -> Stream<'_> {
    Stream {
        level: Level::Fast, // nothing is compressed
        jobs,
        progress,
    }
}

/// Compares all that the manifest says besides the image with what ours would say.
fn terms(options: &BundleOptions, there: &SignedManifest) -> Likeness {
    let (subject, identity) = (&options.subject, &options.identity);
    let image = &there.manifest.image;
    let described_alike = there.manifest.machine_configuration.as_ref()
        == Some(&subject.configuration)
        && image.user == subject.user.to_string()
        && image.kind == subject.kind
        && image.kernel_name == subject.kernel_name
        && image.ancestry == subject.ancestry;
    if !described_alike {
        return Likeness::OtherTerms;
    }
    let (Some(key), Some(certificate)) = (&identity.signer, &identity.user_certificate) else {
        return Likeness::SameImage;
    };
    let is_ours = sealed_key::open_pair(&image.user_sealed, key).is_ok_and(|session| {
        let seal = sealed_key::seal(&session, &identity.ec2_certificate);
        seal.is_ok_and(|seal| seal == image.ec2_sealed)
    });
    if is_ours && there.verify(certificate) == SignatureCheck::Valid {
        Likeness::Equal
    } else {
        Likeness::OtherTerms
    }
}
