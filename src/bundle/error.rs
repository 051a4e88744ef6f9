//! What can go wrong while bundling and unbundling.

use std::io;
use std::path::PathBuf;

use crate::crypto::digest::Sha1Digest;
use crate::crypto::rsa::KeyError;
use crate::host::workspace::WorkspaceError;
use crate::manifest::ManifestError;
use crate::manifest::sealed_key::OpenError;
use crate::units::Bytes;

/// Why an image was not bundled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// The image cannot be opened.
    #[error("cannot open image {path}")]
    OpenImage {
        /// The image.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The image is a directory, a fifo, a socket or a character device.
    #[error("image {path} is a {found}, expected a regular file or a block device")]
    NotAnImage {
        /// The image.
        path: PathBuf,
        /// What it is.
        found: &'static str,
    },
    /// The image has no bytes.
    #[error("image {path} is empty")]
    EmptyImage {
        /// The image.
        path: PathBuf,
    },
    /// The image is larger than any file can be.
    #[error("image {path} has {size} bytes, expected at most {most}")]
    HugeImage {
        /// The image.
        path: PathBuf,
        /// Its size.
        size: u64,
        /// Largest size accepted.
        most: u64,
    },
    /// The image cannot be read.
    #[error("cannot read image {path} at byte {offset}")]
    ReadImage {
        /// The image.
        path: PathBuf,
        /// Where reading failed.
        offset: u64,
        /// Why.
        source: io::Error,
    },
    /// The image was shorter than its size when it was opened, or than the size given.
    #[error("image {path} ended after {found} bytes, expected {expected}")]
    ShortImage {
        /// The image.
        path: PathBuf,
        /// Bytes there were.
        found: u64,
        /// Bytes there should be.
        expected: u64,
    },
    /// The stream went on after the size given.
    #[error("image {path} goes on after the {expected} bytes that were announced")]
    LongImage {
        /// The image.
        path: PathBuf,
        /// Bytes there should be.
        expected: u64,
    },
    /// The prefix is not a plain file name.
    #[error("prefix {prefix:?} is not a plain file name: {why}")]
    Prefix {
        /// The prefix.
        prefix: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Parts of this size cannot be made.
    #[error("part size {size} is not between {least} and {most}")]
    PartSize {
        /// The size.
        size: Bytes,
        /// Smallest accepted.
        least: Bytes,
        /// Largest accepted.
        most: Bytes,
    },
    /// The bundle would have more parts than any reader accepts.
    #[error("parts of {part_size} would be more than {most}")]
    TooManyParts {
        /// The part size.
        part_size: Bytes,
        /// Largest number of parts.
        most: usize,
    },
    /// The signing key does not belong to the user's certificate.
    #[error("private key does not match certificate {certificate}")]
    KeyMismatch {
        /// The user's certificate.
        certificate: PathBuf,
    },
    /// There is a bundle of this name already.
    #[error("{path} exists")]
    Exists {
        /// The file in the way.
        path: PathBuf,
    },
    /// Replacing the bundle of this name would destroy the image.
    #[error("{path} is the image itself, and would be replaced by a part")]
    ReplacesImage {
        /// The image, under the name of a part.
        path: PathBuf,
    },
    /// Something of the bundle's name is no file that could be replaced.
    #[error("{path} is a {found}, which is never replaced")]
    InTheWay {
        /// What is in the way.
        path: PathBuf,
        /// What it is.
        found: &'static str,
    },
    /// There may not be room for the bundle.
    #[error("{path} has {available} free, the bundle needs about {needed}")]
    NoSpace {
        /// The destination.
        path: PathBuf,
        /// Free space.
        available: Bytes,
        /// What the bundle needs, as samples of the image tell.
        needed: Bytes,
    },
    /// The destination is missing, no directory, busy or not writable.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// A part or the manifest cannot be written.
    #[error("cannot write {path}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Sealing or signing failed.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The manifest would be one that no reader accepts.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The caller asked to stop.
    #[error("interrupted")]
    Interrupted,
}

/// Why an image was not bundled into a sink.
#[derive(Debug, thiserror::Error)]
pub enum StreamingError<E> {
    /// Bundling failed.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The sink failed.
    #[error(transparent)]
    Sink(E),
}

/// Why a bundle was not opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnbundleError {
    /// The manifest cannot be read or says something impossible.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The signature is not the certificate owner's.
    #[error("the signature of {manifest} does not match certificate {certificate}")]
    Signature {
        /// The manifest.
        manifest: PathBuf,
        /// The certificate.
        certificate: PathBuf,
    },
    /// A certificate was given, but there is no signature to check.
    #[error("{manifest} is not signed, so certificate {certificate} proves nothing")]
    Unsigned {
        /// The manifest.
        manifest: PathBuf,
        /// The certificate.
        certificate: PathBuf,
    },
    /// The key in the manifest cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A part is not there.
    #[error("part {index} is missing: no file {path}")]
    MissingPart {
        /// Its index.
        index: usize,
        /// Where it should be.
        path: PathBuf,
    },
    /// A part is a directory, a device, a fifo or a link to one.
    #[error("part {index} ({path}) is a {found}, expected a regular file")]
    NotAPart {
        /// Its index.
        index: usize,
        /// The file.
        path: PathBuf,
        /// What it is.
        found: &'static str,
    },
    /// A part cannot be read.
    #[error("cannot read part {index} ({path})")]
    ReadPart {
        /// Its index.
        index: usize,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A part is not what the manifest says.
    #[error("part {index} ({path}) has SHA-1 {found}, the manifest says {expected}")]
    PartDigest {
        /// Its index.
        index: usize,
        /// The file.
        path: PathBuf,
        /// Digest of the file.
        found: Sha1Digest,
        /// Digest in the manifest.
        expected: Sha1Digest,
    },
    /// The parts together are not as long as the manifest says.
    #[error("the parts have {found} bytes together, the manifest says {expected}")]
    BundledSize {
        /// Bytes there are.
        found: u64,
        /// Bytes there should be.
        expected: u64,
    },
    /// The decrypted bytes do not end as AES-CBC with PKCS#7 padding must.
    #[error("the parts do not decrypt with the key in the manifest: {why}")]
    Cipher {
        /// What is wrong.
        why: &'static str,
    },
    /// The decrypted bytes are not gzip.
    #[error("the decrypted parts are not valid gzip data: {why}")]
    Gzip {
        /// What is wrong.
        why: String,
    },
    /// The tar stream is not one image.
    #[error("the tar stream inside the bundle is not one image: {why}")]
    Tar {
        /// What is wrong.
        why: String,
    },
    /// The image inside is not as long as the manifest says.
    #[error("the image has {found} bytes, expected {expected}")]
    ImageSize {
        /// Bytes there are.
        found: u64,
        /// Bytes there should be.
        expected: u64,
    },
    /// The tar stream is not the one that was bundled.
    #[error("the image's digest is {found}, expected {expected}")]
    ImageDigest {
        /// Digest of the tar stream.
        found: Sha1Digest,
        /// Digest in the manifest.
        expected: Sha1Digest,
    },
    /// There is a file of this name already.
    #[error("{path} exists")]
    Exists {
        /// The file in the way.
        path: PathBuf,
    },
    /// Something of the image's name is no file that could be replaced.
    #[error("{path} is a {found}, which is never replaced")]
    InTheWay {
        /// What is in the way.
        path: PathBuf,
        /// What it is.
        found: &'static str,
    },
    /// The image would replace the manifest or a part that it comes from.
    #[error("{path} belongs to the bundle itself, and would be replaced by the image")]
    ReplacesBundle {
        /// The manifest or the part.
        path: PathBuf,
    },
    /// The path for the image has no file name.
    #[error("{path} is not the path of a file")]
    NotAFileName {
        /// The path.
        path: PathBuf,
    },
    /// There is not enough room for the image.
    #[error("{path} has {available} free, the image needs at least {needed}")]
    NoSpace {
        /// The destination.
        path: PathBuf,
        /// Free space.
        available: Bytes,
        /// What the image needs.
        needed: Bytes,
    },
    /// The device is too small for the image.
    #[error("{path} has {available}, the image has {needed}")]
    DeviceTooSmall {
        /// The device.
        path: PathBuf,
        /// Its size.
        available: Bytes,
        /// The image's size.
        needed: Bytes,
    },
    /// A device is to be written from a stream.
    #[error("{path} would be written in place before all parts are checked")]
    StreamToDevice {
        /// The device.
        path: PathBuf,
    },
    /// The device cannot be used.
    #[error("cannot use {path} as a device: {why}")]
    NotADevice {
        /// The path.
        path: PathBuf,
        /// Why not.
        why: &'static str,
    },
    /// The destination is missing, no directory, busy or not writable.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// The encrypted stream cannot be read.
    #[error("cannot read the encrypted stream")]
    ReadStream {
        /// Why.
        source: io::Error,
    },
    /// The image cannot be written.
    #[error("cannot write {path}")]
    Write {
        /// The file, device or stream.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The caller asked to stop.
    #[error("interrupted")]
    Interrupted,
}
