//! What a download is asked to do, and what it has done.

use std::fmt;
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use crate::crypto::x509::Certificate;
use crate::manifest::Manifest;
use crate::manifest::signature::SignatureCheck;
use crate::upload::select::BundleAddress;

/// What to download. Nothing is asked until [`download`](super::download) is called.
#[derive(Debug)]
pub struct DownloadOptions {
    /// Which bundle.
    pub address: BundleAddress,
    /// Checks the manifest's signature before anything else is fetched.
    pub certificate: Option<Certificate>,
    /// Where it goes.
    pub target: DownloadTarget,
    /// Whether files of other content may be replaced.
    pub replace: bool,
    /// Whether what earlier runs have left is used.
    pub resume: bool,
    /// Parts that are fetched at the same time.
    pub jobs: NonZeroUsize,
}

/// Where a bundle goes.
pub enum DownloadTarget {
    /// An existing directory: the parts under their names, then the manifest.
    Directory(PathBuf),
    /// A stream: the parts one after the other. A failure leaves it cut off.
    Stream(Box<dyn Write + Send>),
}

/// What was downloaded.
#[derive(Debug)]
pub struct DownloadSummary {
    /// The manifest's key; none if it was on this machine.
    pub manifest_key: Option<String>,
    /// The manifest file that was written; none for a stream and for a manifest that was on this
    /// machine.
    pub manifest_path: Option<PathBuf>,
    /// What the manifest says.
    pub manifest: Manifest,
    /// What became of its signature; none without a certificate.
    pub signature: Option<SignatureCheck>,
    /// The parts, in order.
    pub parts: Vec<DownloadedPart>,
}

/// A part that is here now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DownloadedPart {
    /// Its key.
    pub key: String,
    /// Its file; none in a stream.
    pub path: Option<PathBuf>,
    /// Size in bytes; in a stream unknown.
    pub size: Option<u64>,
    /// How much of it came in this run, in bytes; in a stream unknown.
    pub fetched: Option<u64>,
}

impl fmt::Debug for DownloadTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory(path) => f.debug_tuple("Directory").field(path).finish(),
            Self::Stream(_) => f.write_str("Stream"),
        }
    }
}
