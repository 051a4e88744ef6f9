//! What can be wrong with a manifest.

use std::io;
use std::path::PathBuf;

use crate::xml::XmlError;

/// Why a manifest is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// The file cannot be read.
    #[error("cannot read the manifest {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The path is a directory, a device or a pipe.
    #[error("the manifest {path} is {found}, expected a regular file")]
    NotAFile {
        /// The path.
        path: PathBuf,
        /// What it is.
        found: &'static str,
    },
    /// The file is too large to be a manifest.
    #[error("the manifest {path} has more than {limit} bytes")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Largest size that is read.
        limit: u64,
    },
    /// The file is not XML, or XML with more in it than a manifest may have.
    #[error("the manifest {path} is not acceptable XML")]
    Xml {
        /// The file.
        path: PathBuf,
        /// Why.
        source: XmlError,
    },
    /// The file is XML of another kind.
    #[error("{path} is no manifest: its root element is <{found}>, expected <manifest>")]
    NotAManifest {
        /// The file.
        path: PathBuf,
        /// Its root element.
        found: String,
    },
    /// The layout is not one that is known.
    #[error(
        "the manifest {path} has version {found:?}, {problem}: expected 3, 2007-08-29 or 2007-10-10"
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: String,
        /// "too new", "too old" or "which is not known".
        problem: &'static str,
    },
    /// An element is missing.
    #[error("the manifest {path} has no {element}")]
    Missing {
        /// The file.
        path: PathBuf,
        /// The element or attribute, from the root: `image/parts/part[3]/@index`.
        element: String,
    },
    /// An element stands twice where one counts.
    #[error("the manifest {path} has {element} more than once")]
    Duplicate {
        /// The file.
        path: PathBuf,
        /// The element, from the root.
        element: String,
    },
    /// An element says something that it cannot mean.
    #[error("the manifest {path} has {found:?} as {element}, expected {expected}")]
    Value {
        /// The file.
        path: PathBuf,
        /// The element or attribute, from the root.
        element: String,
        /// What it says, cut to 80 characters.
        found: String,
        /// What it could say.
        expected: &'static str,
    },
    /// The number of parts is not what the manifest itself says.
    #[error("the manifest {path} announces {announced} parts and lists {found}")]
    PartCount {
        /// The file.
        path: PathBuf,
        /// The number in `parts/@count`.
        announced: u64,
        /// How many there are.
        found: usize,
    },
    /// The parts' indices do not count from 0 up.
    #[error(
        "the manifest {path} has a part of index {index} {problem}: expected 0 to {last}, each once"
    )]
    PartIndex {
        /// The file.
        path: PathBuf,
        /// The index.
        index: u64,
        /// "twice" or "beyond the last".
        problem: &'static str,
        /// The last index that the number of parts allows.
        last: usize,
    },
    /// A verifier that looks for the tags in the text would find other bytes than this reader.
    #[error(
        "the manifest {path} is ambiguous: its text has a <{element}> that is not the element of the manifest, or the element's tags carry more than the name"
    )]
    Ambiguous {
        /// The file.
        path: PathBuf,
        /// `image` or `machine_configuration`.
        element: &'static str,
    },
}
