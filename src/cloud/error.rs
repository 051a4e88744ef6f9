//! Why the cloud does not start.

use std::path::PathBuf;

use super::accounts::AccountError;
use super::front::FrontError;
use super::identity::IdentityError;
use super::objects::StoreError;
use super::state::StateError;

/// Why the cloud cannot be started or administered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CloudError {
    /// The database is of no use.
    #[error(transparent)]
    State(#[from] StateError),
    /// The place of the objects is of no use.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Keys, certificates or the credentials folder are of no use.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// An account cannot be made, changed or deleted.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// It cannot listen.
    #[error(transparent)]
    Front(#[from] FrontError),
    /// A thread of its own has failed.
    #[error("a part of the cloud has failed: {part}")]
    Failed {
        /// Which.
        part: &'static str,
    },
    /// There is nothing to look at.
    #[error("there is no cloud in {data}: it has no database")]
    NoCloud {
        /// The data directory.
        data: PathBuf,
    },
    /// There is no S3 to keep objects in.
    #[error("the objects are to be kept in an S3, and no connection to it was given")]
    NoStore,
}
