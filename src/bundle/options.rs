//! What the journeys of this module are asked to do, as plain data.

use std::fmt;
use std::io::{Read, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;

use crate::crypto::digest::Sha1Digest;
use crate::crypto::rsa::PrivateKey;
use crate::crypto::secret::SessionKey;
use crate::crypto::x509::Certificate;
use crate::manifest::{ImageKind, MachineConfiguration, SignedManifest};
use crate::units::{AccountId, Bytes};

/// Size of every part but the last. EC2 and Eucalyptus accept no other.
pub const PART_SIZE: Bytes = Bytes::mib(10);

/// Largest image that EC2 registers from a bundle.
pub const EC2_IMAGE_LIMIT: Bytes = Bytes::gib(10);

/// What to bundle. Nothing is opened until [`bundle`](super::bundle) is called.
#[derive(Debug)]
pub struct BundleOptions {
    /// The raw disk image.
    pub source: ImageSource,
    /// Name of the bundle: of its parts, its manifest and the image inside.
    pub prefix: String,
    /// Existing directory that receives parts and manifest.
    pub destination: PathBuf,
    /// Size of every part but the last, usually [`PART_SIZE`].
    pub part_size: Bytes,
    /// How part numbers are padded.
    pub part_names: PartNames,
    /// How hard to compress.
    pub level: Level,
    /// Whether runs of zeros are left out of the tar stream (GNU sparse) or written.
    pub sparse: bool,
    /// Threads that compress.
    pub jobs: NonZeroUsize,
    /// Whether a bundle of the same name in the destination may be replaced.
    pub replace: bool,
    /// What the manifest says about the image.
    pub subject: Subject,
    /// Who signs, and for whom the key is sealed.
    pub identity: Identity,
    /// What the image is encrypted with.
    pub session_key: SessionKey,
}

impl BundleOptions {
    /// File name of the manifest.
    #[must_use]
    pub fn manifest_name(&self) -> String {
        format!("{}.manifest.xml", self.prefix)
    }
}

/// How parts leave while an image is bundled: see
/// [`bundle_streaming`](super::bundle_streaming).
#[derive(Debug, Clone, Copy)]
pub struct StreamingOptions {
    /// Most parts that exist at once, the one being written among them. With 1 the bundler waits
    /// for every part to leave.
    pub max_pending: NonZeroUsize,
    /// Threads that send; more than `max_pending` are of no use.
    pub senders: NonZeroUsize,
    /// Whether the bundle stays in the destination too, as [`bundle`](super::bundle) leaves it.
    pub preserve: bool,
}

/// What to open when the parts come as one stream.
pub struct RemoteOptions<'a> {
    /// The manifest. Its path is for messages.
    pub manifest: SignedManifest,
    /// Begins to read the parts, in order, from the first. Called again only if a bundle of ours
    /// does not decode in pieces.
    ///
    /// Only who fetches knows where a part ends: the stream must compare each part's digest with
    /// the manifest, and fail before its end if one differs.
    pub open: &'a (dyn Fn() -> Box<dyn Read + Send> + Sync),
    /// Opens the bundle: the user's key or the cloud's.
    pub key: PrivateKey,
    /// Checks the manifest's signature; without it the signature is not checked.
    pub certificate: Option<Certificate>,
    /// Where the image goes. A device is refused.
    pub output: Output,
    /// Whether an existing file may be replaced.
    pub replace: bool,
    /// Threads that decrypt and inflate.
    pub jobs: NonZeroUsize,
}

/// Where an image comes from.
pub enum ImageSource {
    /// A regular file or a block device.
    Path(PathBuf),
    /// A stream that must carry exactly `size` bytes.
    Stream {
        /// The stream.
        reader: Box<dyn Read + Send>,
        /// Its length in bytes.
        size: u64,
    },
}

/// How the number in a part's file name is padded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PartNames {
    /// At least two digits, as euca2ools: `image.part.00`.
    #[default]
    TwoDigits,
    /// As many digits as the number of parts has, as ec2-ami-tools: `image.part.0` of two.
    CountWidth,
}

/// How hard to compress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Level {
    /// Quickest; a few percent larger.
    Fast,
    /// Smaller than `gzip -9`, many times as fast.
    #[default]
    Balanced,
    /// Smallest; several times slower.
    Small,
}

/// What the manifest says about an image besides what the image itself tells.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The owner's account.
    pub user: AccountId,
    /// Machine, kernel or ramdisk.
    pub kind: ImageKind,
    /// What the image runs on.
    pub configuration: MachineConfiguration,
    /// File name of the kernel, for kernel images.
    pub kernel_name: Option<String>,
    /// AMIs that the image descends from, oldest first.
    pub ancestry: Vec<String>,
}

/// Who signs a bundle and who can open it.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Signs the manifest; without it the bundle is `UNSIGNED`.
    pub signer: Option<PrivateKey>,
    /// Lets the user open the bundle; without it only the cloud can.
    pub user_certificate: Option<Certificate>,
    /// Lets the cloud open the bundle.
    pub ec2_certificate: Certificate,
}

/// What to open.
#[derive(Debug)]
pub struct UnbundleOptions {
    /// The manifest file.
    pub manifest: PathBuf,
    /// Directory of the parts.
    pub source: PathBuf,
    /// Opens the bundle: the user's key or the cloud's.
    pub key: PrivateKey,
    /// Checks the manifest's signature; without it the signature is not checked.
    pub certificate: Option<Certificate>,
    /// Where the image goes.
    pub output: Output,
    /// Whether an existing file may be replaced.
    pub replace: bool,
    /// Threads that read, decrypt and inflate.
    pub jobs: NonZeroUsize,
}

/// Where an unbundled image goes.
pub enum Output {
    /// A file in this directory, under the name that the manifest gives.
    Directory(PathBuf),
    /// This file.
    File(PathBuf),
    /// This block device (or file), written in place; zeros are written too.
    Device(PathBuf),
    /// A stream. Nothing can be taken back: a failure leaves a truncated stream.
    Stream(Box<dyn Write + Send>),
}

/// An encrypted image without a manifest.
pub struct StreamOptions {
    /// The parts, one after the other.
    pub input: Box<dyn Read + Send>,
    /// Receives the image.
    pub output: Box<dyn Write + Send>,
    /// What the image was encrypted with.
    pub session_key: SessionKey,
    /// Expected size of the image in bytes.
    pub image_size: Option<u64>,
    /// Expected SHA-1 of the tar stream.
    pub digest: Option<Sha1Digest>,
}

/// What to check without writing anything.
#[derive(Debug)]
pub struct VerifyOptions {
    /// The manifest file.
    pub manifest: PathBuf,
    /// Directory of the parts.
    pub source: PathBuf,
    /// Checks the signature.
    pub certificate: Option<Certificate>,
    /// Opens the image, so that its digest and size are checked too.
    pub key: Option<PrivateKey>,
    /// Threads.
    pub jobs: NonZeroUsize,
}

impl fmt::Debug for RemoteOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteOptions")
            .field("manifest", &self.manifest.path())
            .field("output", &self.output)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ImageSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => f.debug_tuple("Path").field(path).finish(),
            Self::Stream { size, .. } => f
                .debug_struct("Stream")
                .field("size", size)
                .finish_non_exhaustive(),
        }
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory(path) => f.debug_tuple("Directory").field(path).finish(),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Device(path) => f.debug_tuple("Device").field(path).finish(),
            Self::Stream(_) => f.write_str("Stream"),
        }
    }
}
