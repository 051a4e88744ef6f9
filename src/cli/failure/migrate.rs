//! What to do when a bundle cannot be migrated, or a policy is none.
//!
//! No `match` here has a rest: whoever adds an error says what helps against it.

use super::inputs::{self, advised};
use super::{Exit, Failure};
use crate::upload::migrate::MigrateError;
use crate::upload::policy::PolicyError;

const OBJECT_HINT: &str = "check bucket, prefix and name; names are case-sensitive";

impl From<MigrateError> for Failure {
    fn from(error: MigrateError) -> Self {
        use MigrateError as E;
        let advice = match error {
            E::Interrupted => {
                return Self::interrupted().hint("the same command again copies all parts again");
            }
            E::Upload(error) => return error.into(),
            E::Service(error) => return error.into(),
            E::Manifest(ref error) => inputs::manifest(error),
            E::Signature { .. } => (
                Exit::Integrity,
                "the manifest was changed, or --cert is not its maker's certificate",
            ),
            E::Unsigned { .. } => (
                Exit::Integrity,
                "only a signed bundle can be migrated: download it, unbundle it and bundle it anew",
            ),
            E::KeyMismatch { .. } => (
                Exit::Credentials,
                "--privatekey and --cert must belong to each other",
            ),
            E::Open(error) => inputs::open(error),
            E::Key(ref error) => inputs::key(error),
            E::UndecidedIds { .. } => (
                Exit::Usage,
                "pass those of the target with --kernel ID and --ramdisk ID, or --no-mapping to \
                 name none; the service that once mapped them is gone",
            ),
            E::NotAMachine { .. } => (Exit::Usage, "leave out --kernel and --ramdisk"),
            E::BackupExists { .. } => (Exit::Failed, "move it away: it may be the only copy"),
            E::NotAFileName { .. } => (Exit::Usage, "name the manifest's file"),
            E::Workspace(ref error) => inputs::workspace(error),
            E::Write { ref source, .. } => (Exit::Failed, inputs::writing(source)),
            E::SamePlace { .. } => (
                Exit::Usage,
                "choose another --destination-bucket, or a prefix in the same bucket",
            ),
            E::NoManifest { .. } => (Exit::Service, OBJECT_HINT),
            E::NoPart { .. } => (Exit::Service, "the bundle is not whole: upload it again"),
            E::BundledSize { .. } => (
                Exit::Integrity,
                "the bundle is damaged: upload it again, or ask its maker",
            ),
            E::NotCopied { .. } => (
                Exit::Integrity,
                "somebody else writes to the destination, or the server lost it: run the same \
                 command again",
            ),
        };
        let mut failure = advised(&error, advice);
        // ec2-migrate-manifest answers a backup in the way with the code of a missing file.
        failure.missing_file |= matches!(error, E::BackupExists { .. });
        failure
    }
}

impl From<PolicyError> for Failure {
    fn from(error: PolicyError) -> Self {
        let hint = match error {
            PolicyError::TooLong { .. } => "pass the policy alone",
            PolicyError::NotJson { .. } | PolicyError::NotAPolicy { .. } => {
                "pass the policy as its JSON text, not as base64: {\"expiration\": …, \
                 \"conditions\": […]}"
            }
            PolicyError::Signature => {
                "it is made with the secret key of --access-key-id over the base64 of the policy"
            }
        };
        advised(&error, (Exit::Usage, hint))
    }
}
