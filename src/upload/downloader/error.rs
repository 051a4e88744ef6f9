//! What can go wrong while downloading.

use std::io;
use std::path::PathBuf;

use crate::aws::AwsError;
use crate::crypto::digest::Sha1Digest;
use crate::host::workspace::WorkspaceError;
use crate::units::Bytes;
use crate::upload::select::SelectError;

/// Why a bundle was not downloaded. Unless it says otherwise, what came is kept for the next
/// run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DownloadError {
    /// There is no manifest.
    #[error(transparent)]
    Select(SelectError),
    /// The manifest's signature is not the certificate's.
    #[error("the signature of {manifest} was not made with the key of {certificate}")]
    Signature {
        /// The manifest.
        manifest: PathBuf,
        /// The certificate.
        certificate: PathBuf,
    },
    /// There is a certificate to check a signature with, and no signature.
    #[error("{manifest} is not signed")]
    Unsigned {
        /// The manifest.
        manifest: PathBuf,
    },
    /// The manifest has a name that no file of the bundle may have.
    #[error("the manifest names the file \"{name}\", {why}")]
    FileName {
        /// The name.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The server does not have a part.
    #[error("part '{bucket}/{key}' does not exist on the server")]
    MissingPart {
        /// The bucket.
        bucket: String,
        /// The part's key.
        key: String,
    },
    /// A part is longer than the manifest allows. Nothing of it is kept.
    #[error("part {key} has more than {limit} bytes, which is all that the manifest leaves for it")]
    PartTooLong {
        /// The part's key.
        key: String,
        /// Bytes that the manifest's sum of all parts leaves for it.
        limit: u64,
    },
    /// A part is not what the manifest says. Nothing of it is kept.
    #[error("part {key} has SHA-1 {found} on the server, the manifest says {expected}")]
    PartDigest {
        /// The part's key.
        key: String,
        /// Digest of the bytes that came.
        found: Sha1Digest,
        /// Digest in the manifest.
        expected: Sha1Digest,
    },
    /// Somebody replaced an object while it was read.
    #[error("part {key} was replaced on the server while it was downloaded")]
    Changed {
        /// The part's key.
        key: String,
    },
    /// The parts are not as long together as the manifest says.
    #[error("the parts have {found} bytes together, the manifest says {expected}")]
    BundledSize {
        /// Sum of the parts' sizes.
        found: u64,
        /// `bundled_size` of the manifest.
        expected: u64,
    },
    /// Other files of these names are there. Nothing was fetched.
    #[error("{} exist{} and differ{}", list(.paths), one(.paths), one(.paths))]
    Exists {
        /// The files in the way.
        paths: Vec<PathBuf>,
    },
    /// Something of a part's name is no file that could be replaced.
    #[error("{path} is a {found}, which is never replaced")]
    InTheWay {
        /// What is in the way.
        path: PathBuf,
        /// What it is.
        found: &'static str,
    },
    /// There is not enough room.
    #[error("{path} has {available} free, the bundle needs {needed} more")]
    NoSpace {
        /// The destination.
        path: PathBuf,
        /// Free space.
        available: Bytes,
        /// What is still to come.
        needed: Bytes,
    },
    /// A file that is there cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file or stream cannot be written.
    #[error("cannot write {path}")]
    Write {
        /// The file or stream.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The destination is missing, no directory, busy or not writable.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// The service refuses, or cannot be reached.
    #[error(transparent)]
    Aws(AwsError),
    /// Some of the parts are here, and one failed.
    #[error("{done} of {parts} parts are downloaded")]
    Incomplete {
        /// Whole parts that are here.
        done: usize,
        /// Parts of the bundle.
        parts: usize,
        /// What happened to the others.
        source: Box<DownloadError>,
    },
    /// A thread of the download ended without saying why.
    #[error("a thread of the download ended early")]
    ThreadEnded,
    /// The user stopped it.
    #[error("interrupted")]
    Interrupted,
}

impl DownloadError {
    /// Takes the error out of one that a [`PartStream`](crate::upload::PartStream) returned,
    /// or gives that one back.
    ///
    /// # Errors
    /// When it came from somewhere else.
    pub fn from_io(error: io::Error) -> Result<Self, io::Error> {
        error.downcast::<Self>()
    }

    /// Whether the bytes that came are wrong, rather than too few.
    pub(super) fn is_about_content(&self) -> bool {
        matches!(
            self,
            Self::PartDigest { .. } | Self::PartTooLong { .. } | Self::Changed { .. }
        )
    }
}

impl From<AwsError> for DownloadError {
    fn from(error: AwsError) -> Self {
        match error {
            AwsError::Interrupted => Self::Interrupted,
            error => Self::Aws(error),
        }
    }
}

impl From<SelectError> for DownloadError {
    fn from(error: SelectError) -> Self {
        match error {
            SelectError::Aws(AwsError::Interrupted) => Self::Interrupted,
            error => Self::Select(error),
        }
    }
}

/// Names that are told in full; of more, the number.
const LISTED: usize = 5;

fn list(paths: &[PathBuf]) -> String {
    let shown = paths.iter().take(LISTED);
    let mut names: Vec<_> = shown.map(|path| path.display().to_string()).collect();
    if paths.len() > LISTED {
        names.push(format!("{} more", paths.len() - LISTED));
    }
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

/// The ending of a verb.
fn one(paths: &[PathBuf]) -> &'static str {
    if paths.len() == 1 { "s" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_in_the_way_are_named_up_to_a_point() {
        let paths = |count| (0..count).map(|n| PathBuf::from(format!("p{n}"))).collect();

        let one = DownloadError::Exists { paths: paths(1) };
        let two = DownloadError::Exists { paths: paths(2) };
        let many = DownloadError::Exists { paths: paths(105) };

        assert_eq!(one.to_string(), "p0 exists and differs");
        assert_eq!(two.to_string(), "p0 and p1 exist and differ");
        assert_eq!(
            many.to_string(),
            "p0, p1, p2, p3, p4 and 100 more exist and differ"
        );
    }

    #[test]
    fn an_error_comes_out_of_a_reader_as_it_went_in() {
        let wrapped = io::Error::other(DownloadError::Interrupted);

        assert!(matches!(
            DownloadError::from_io(wrapped),
            Ok(DownloadError::Interrupted)
        ));
        assert!(DownloadError::from_io(io::Error::other("else")).is_err());
    }
}
