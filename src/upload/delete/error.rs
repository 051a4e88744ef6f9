//! What can go wrong while deleting.

use crate::aws::AwsError;
use crate::upload::select::SelectError;

/// Why a bundle was not deleted, or not all of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeleteError {
    /// There is no manifest to tell what belongs to the bundle. Nothing was deleted.
    #[error(transparent)]
    Select(SelectError),
    /// The manifest calls a file a part whose name is not one of a part. Nothing was deleted.
    #[error(
        "the manifest lists \"{name}\", which is not named as parts are (PREFIX.part.NUMBER): \
         nothing is deleted"
    )]
    NotAPart {
        /// The name.
        name: String,
    },
    /// The manifest names a part of another bundle. Nothing was deleted.
    #[error(
        "the manifest of {bundle} lists \"{name}\", a part of another bundle: nothing is deleted"
    )]
    ForeignPart {
        /// What the bundle's parts are named after.
        bundle: String,
        /// The name.
        name: String,
    },
    /// There are more objects than a bundle has. Nothing was deleted.
    #[error("more than {limit} objects are named as the parts of {prefix}")]
    TooMany {
        /// The bundle's prefix, with the key prefix.
        prefix: String,
        /// Most objects that are deleted.
        limit: usize,
    },
    /// The service lists the same objects again and again. Nothing was deleted.
    #[error("the service's list of {prefix} does not end")]
    EndlessList {
        /// The bundle's prefix, with the key prefix.
        prefix: String,
    },
    /// Not all objects are gone.
    #[error("{deleted} of {total} objects are deleted")]
    Incomplete {
        /// Objects that are gone.
        deleted: usize,
        /// Objects that were to go.
        total: usize,
        /// What happened to the others.
        source: AwsError,
    },
    /// The bundle is gone, but the bucket has other objects.
    #[error("the bundle is deleted, but bucket {bucket} is not: it has other objects")]
    BucketNotEmpty {
        /// The bucket.
        bucket: String,
        /// The service's words, if it was asked.
        source: Option<AwsError>,
    },
    /// The service refuses, or cannot be reached.
    #[error(transparent)]
    Aws(AwsError),
    /// The user stopped it.
    #[error("interrupted")]
    Interrupted,
}

impl From<AwsError> for DeleteError {
    fn from(error: AwsError) -> Self {
        match error {
            AwsError::Interrupted => Self::Interrupted,
            error => Self::Aws(error),
        }
    }
}

impl From<SelectError> for DeleteError {
    fn from(error: SelectError) -> Self {
        match error {
            SelectError::Aws(AwsError::Interrupted) => Self::Interrupted,
            error => Self::Select(error),
        }
    }
}
