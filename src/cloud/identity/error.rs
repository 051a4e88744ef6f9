//! Why keys, certificates or credentials cannot be made or used.

use std::io;
use std::path::PathBuf;

use crate::host::workspace::WorkspaceError;

/// Why there is no usable identity.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// A folder cannot be made or given its mode.
    #[error("cannot make the folder {path}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be read.
    #[error("cannot read {path}: {why}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why, in words.
        why: String,
    },
    /// A file cannot be put in place.
    #[error("cannot write {path}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be begun or given its name.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// A file holds no key or certificate of the kind.
    #[error("{path} is no {expected}: {why}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What it should be.
        expected: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// A certificate is there without the key it is for.
    #[error("{certificate} is there, but its key {key} is not")]
    KeyMissing {
        /// The certificate.
        certificate: PathBuf,
        /// The key that should be beside it.
        key: PathBuf,
    },
    /// A key and a certificate do not belong together.
    #[error("{certificate} is not the certificate of the key {key}")]
    Apart {
        /// The certificate.
        certificate: PathBuf,
        /// The key.
        key: PathBuf,
    },
    /// A key or certificate cannot be made.
    #[error("cannot make a {what}: {why}")]
    Make {
        /// What.
        what: &'static str,
        /// Why.
        why: String,
    },
    /// The clock is outside of the years that certificates can have.
    #[error("the clock says {seconds} seconds since 1970, and no certificate can have such a date")]
    Clock {
        /// What it says.
        seconds: i64,
    },
    /// A name of a user that cannot be one.
    #[error("\"{name}\" cannot be the name of a user: {why}")]
    UserName {
        /// The name.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A path cannot be written into settings of other programs.
    #[error(
        "the credentials cannot be kept in {path:?}: settings files cannot name a path with {what}"
    )]
    Path {
        /// The folder.
        path: PathBuf,
        /// What is in it.
        what: &'static str,
    },
}
