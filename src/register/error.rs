//! Why an image cannot be registered, shared or deregistered.

use crate::aws::AwsError;

/// Why not.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// A bundle's image gets its root device from the bundle.
    #[error("the image is that of a manifest, {location}: it has no {what} of its own")]
    ManifestAnd {
        /// The manifest's location.
        location: String,
        /// What was given besides: `snapshot`, `root device name`.
        what: &'static str,
    },
    /// There is nothing to make an image of.
    #[error("there is neither a manifest, nor a snapshot for the root device {root}")]
    NoSource {
        /// The root device.
        root: String,
    },
    /// Two sources for one device.
    #[error("the root device {root} is to be both {snapshot} and what its mapping says: {mapping}")]
    TwoSources {
        /// The root device.
        root: String,
        /// The snapshot for it.
        snapshot: String,
        /// Its mapping.
        mapping: String,
    },
    /// A snapshot's image needs a name.
    #[error("an image of a snapshot needs a name")]
    NoName,
    /// Nobody is to get and to lose the permission at once.
    #[error("{who} is to be both added and removed")]
    AddedAndRemoved {
        /// Who.
        who: String,
    },
    /// A text that stands for nobody.
    #[error("\"{text}\" is nobody: expected all, an account, or the ARN of an organisation")]
    Nobody {
        /// The text.
        text: String,
    },
    /// The service says no without saying why.
    #[error("{operation} of {image_id} was answered with false, expected true")]
    Refused {
        /// The operation.
        operation: &'static str,
        /// The image.
        image_id: String,
    },
    /// An image that cannot be got rid of.
    #[error("{image_id} is still {state} after it was deregistered twice")]
    StillThere {
        /// The image.
        image_id: String,
        /// Its state.
        state: String,
    },
    /// The service cannot be asked, or refuses.
    #[error(transparent)]
    Service(#[from] AwsError),
}
