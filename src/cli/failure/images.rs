//! What to do when an image cannot be registered, shared or deregistered.
//!
//! No `match` here has a rest: whoever adds an error says what helps against it.

use super::{Exit, Failure};
use crate::register::RegisterError;

impl From<RegisterError> for Failure {
    fn from(error: RegisterError) -> Self {
        use RegisterError as E;
        let (exit, hint) = match error {
            E::Service(error) => return error.into(),
            E::ManifestAnd { .. } => (
                Exit::Usage,
                "pass the manifest of a bundle, or --snapshot SNAPSHOT, not both",
            ),
            E::NoSource { .. } => (
                Exit::Usage,
                "pass the manifest of a bundle, BUCKET/NAME.manifest.xml, or --snapshot SNAPSHOT",
            ),
            E::TwoSources { .. } => (
                Exit::Usage,
                "leave out --snapshot, or the root device's --block-device-mapping",
            ),
            E::NoName => (Exit::Usage, "pass --name NAME"),
            E::AddedAndRemoved { .. } => (Exit::Usage, "leave out one of them"),
            E::Nobody { .. } => (Exit::Usage, "an account is 12 digits at Amazon's"),
            E::Refused { .. } => (
                Exit::Service,
                "old services refuse so what is another account's, or not there: look with \
                 describe-images",
            ),
            E::StillThere { .. } => (
                Exit::Service,
                "is it protected? describe-image-attribute --deregistration-protection tells",
            ),
        };
        Self::from_error(exit, &error).hint(hint)
    }
}
