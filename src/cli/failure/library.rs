//! How the library's errors become failures.

use std::io;

use super::{Exit, Failure};
use crate::bundle::{BundleError, UnbundleError};
use crate::config::ConfigError;
use crate::crypto::rsa::KeyError;
use crate::crypto::secret::HexKeyError;
use crate::crypto::x509::CertificateError;
use crate::disk::DiskError;
use crate::host::workspace::WorkspaceError;
use crate::manifest::ManifestError;
use crate::manifest::sealed_key::OpenError;

impl From<BundleError> for Failure {
    fn from(error: BundleError) -> Self {
        use BundleError as E;
        let (exit, hint) = match &error {
            E::Interrupted => return Self::interrupted(),
            E::Write { source, .. } if source.kind() == io::ErrorKind::StorageFull => (
                Exit::Failed,
                Some("choose a larger disk with --destination DIR"),
            ),
            E::NotAnImage { .. } => (
                Exit::Failed,
                Some("to bundle a stream, pass --image - with --prefix and --image-size"),
            ),
            E::EmptyImage { .. } => (Exit::Failed, Some("was the image written to the end?")),
            E::ShortImage { .. } => (
                Exit::Failed,
                Some(
                    "the image must not change while it is bundled; a stream needs its exact --image-size",
                ),
            ),
            E::LongImage { .. } => (
                Exit::Failed,
                Some("pass the exact size of the stream with --image-size"),
            ),
            E::Prefix { .. } => (Exit::Usage, Some("pass another name with --prefix")),
            E::PartSize { .. } => (
                Exit::Usage,
                Some("leave out --part-size for the usual 10 MiB"),
            ),
            E::TooManyParts { .. } => (Exit::Failed, Some("pass a larger --part-size")),
            E::KeyMismatch { .. } => (
                Exit::Credentials,
                Some("--privatekey and --cert must belong to each other"),
            ),
            E::Exists { .. } => (
                Exit::Failed,
                Some("pass --force to replace it, or another --prefix or --destination"),
            ),
            E::NoSpace { .. } => (
                Exit::Failed,
                Some("free some space, or choose another disk with --destination DIR"),
            ),
            E::Workspace(_) => (Exit::Failed, Some(WORKSPACE_HINT)),
            E::Key(_) => (Exit::Credentials, None),
            _ => (Exit::Failed, None),
        };
        with_hint(Self::from_error(exit, &error), hint)
    }
}

impl From<UnbundleError> for Failure {
    fn from(error: UnbundleError) -> Self {
        use UnbundleError as E;
        let (exit, hint) = match &error {
            E::Interrupted => return Self::interrupted(),
            E::Write { source, .. } if source.kind() == io::ErrorKind::BrokenPipe => {
                (Exit::ClosedPipe, None)
            }
            E::Write { source, .. } if source.kind() == io::ErrorKind::StorageFull => (
                Exit::Failed,
                Some("choose a larger disk with --destination DIR"),
            ),
            E::Signature { .. } => (
                Exit::Integrity,
                Some("the manifest was changed, or the certificate is not its maker's"),
            ),
            E::Unsigned { .. } => (
                Exit::Integrity,
                Some("leave out --cert if you trust where the bundle comes from"),
            ),
            E::Open(_) => (Exit::Credentials, Some(WRONG_KEY_HINT)),
            E::MissingPart { .. } => (
                Exit::Failed,
                Some("name the directory of the parts with --source DIR"),
            ),
            E::PartDigest { .. } => (Exit::Integrity, Some("download the part again")),
            E::BundledSize { .. } => (Exit::Integrity, Some("download the bundle again")),
            E::Cipher { .. } => (
                Exit::Integrity,
                Some(
                    "the parts are damaged, or the key or initialisation vector is another bundle's",
                ),
            ),
            E::Gzip { .. } | E::Tar { .. } | E::ImageSize { .. } | E::ImageDigest { .. } => (
                Exit::Integrity,
                Some("the bundle is damaged: download it again, or ask its maker"),
            ),
            E::Exists { .. } => (
                Exit::Failed,
                Some("pass --force to replace it, or choose another place with --destination DIR"),
            ),
            E::NoSpace { .. } => (
                Exit::Failed,
                Some("free some space, or choose another disk with --destination DIR"),
            ),
            E::DeviceTooSmall { .. } => (Exit::Failed, Some("choose a larger device")),
            E::NotADevice { .. } => (
                Exit::Failed,
                Some("name a block device, or write a file with --output-file FILE"),
            ),
            E::Workspace(_) => (Exit::Failed, Some(WORKSPACE_HINT)),
            _ => (Exit::Failed, None),
        };
        let mut failure = with_hint(Self::from_error(exit, &error), hint);
        failure.missing_file |= matches!(error, E::MissingPart { .. });
        failure
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        Self::from_error(Exit::Credentials, &error)
    }
}

impl From<CertificateError> for Failure {
    fn from(error: CertificateError) -> Self {
        Self::from_error(Exit::Credentials, &error)
    }
}

impl From<ManifestError> for Failure {
    fn from(error: ManifestError) -> Self {
        Self::from_error(Exit::Failed, &error)
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        Self::from_error(Exit::Credentials, &error).hint(WRONG_KEY_HINT)
    }
}

impl From<WorkspaceError> for Failure {
    fn from(error: WorkspaceError) -> Self {
        Self::from_error(Exit::Failed, &error).hint(WORKSPACE_HINT)
    }
}

impl From<DiskError> for Failure {
    fn from(error: DiskError) -> Self {
        Self::from_error(Exit::Failed, &error)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let failure = Self::from_error(Exit::Credentials, &error);
        match error {
            ConfigError::Ambiguous { .. } => failure.hint("choose with --region USER@REGION"),
            _ => failure,
        }
    }
}

impl From<HexKeyError> for Failure {
    fn from(error: HexKeyError) -> Self {
        Self::from_error(Exit::Usage, &error)
    }
}

const WRONG_KEY_HINT: &str = "pass the key that belongs to the certificate the bundle was made \
                              with: --privatekey FILE";
const WORKSPACE_HINT: &str = "the destination must be an existing directory that you may write to";

fn with_hint(failure: Failure, hint: Option<&str>) -> Failure {
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}
