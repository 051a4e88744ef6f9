//! What to do when downloading or deleting a bundle fails.
//!
//! No `match` here has a rest: whoever adds an error says what helps against it.

use std::io::ErrorKind;

use super::inputs::{self, advised};
use super::{Exit, Failure};
use crate::upload::{DeleteError, DownloadError, SelectError};

const AGAIN: &str = "run the same command again: what is done is not done twice";
const NAME_HINT: &str = "check bucket and name, and that --url is whole (amikit check-bucket \
                         shows both); a bucket's objects are listed by aws s3 ls, s3cmd ls and \
                         other tools";

impl From<SelectError> for Failure {
    fn from(error: SelectError) -> Self {
        use SelectError as E;
        match error {
            E::NoManifest { .. } => Self::from_error(Exit::Service, &error).hint(NAME_HINT),
            E::Name { .. } => Self::from_error(Exit::Usage, &error),
            E::Manifest(error) => error.into(),
            E::Aws(error) => error.into(),
        }
    }
}

impl From<DownloadError> for Failure {
    fn from(error: DownloadError) -> Self {
        use DownloadError as E;
        let advice = match error {
            E::Interrupted => {
                let failure = Self::interrupted();
                return failure.hint("what came is kept: run the same command again to go on");
            }
            E::Select(error) => return error.into(),
            E::Aws(error) => return error.into(),
            E::Incomplete {
                done,
                parts,
                source,
            } => {
                let mut failure = Self::from(*source);
                let message = format!("{done} of {parts} parts are downloaded");
                failure.chain.insert(0, message);
                failure.exit = Exit::Partial;
                return failure.hint(AGAIN);
            }
            E::Signature { .. } => (
                Exit::Integrity,
                "the manifest was changed, or the certificate is not its maker's",
            ),
            E::Unsigned { .. } => (
                Exit::Integrity,
                "leave out --cert if you trust where the bundle comes from",
            ),
            E::FileName { .. } => (
                Exit::Integrity,
                "the manifest is damaged or was made to do harm: ask its maker",
            ),
            E::MissingPart { .. } => (
                Exit::Service,
                "the bundle is not whole on the server: have it uploaded again",
            ),
            E::PartTooLong { .. } | E::PartDigest { .. } | E::BundledSize { .. } => (
                Exit::Integrity,
                "the bundle is damaged on the server: have it uploaded again",
            ),
            E::Changed { .. } => (Exit::Integrity, AGAIN),
            E::Exists { .. } => (
                Exit::Failed,
                "pass --force to replace them, or choose another place with --directory DIR",
            ),
            E::InTheWay { .. } => (
                Exit::Failed,
                "remove it, or choose another place with --directory DIR",
            ),
            E::NoSpace { .. } => (
                Exit::Failed,
                "free some space, or choose another disk with --directory DIR; with -d - nothing \
                 is stored",
            ),
            E::Read { ref source, .. } => (Exit::Failed, inputs::reading(source, "check the path")),
            E::Write { ref source, .. } if source.kind() == ErrorKind::BrokenPipe => {
                return Self::from_error(Exit::ClosedPipe, &error);
            }
            E::Write { ref source, .. } => (Exit::Failed, inputs::writing(source)),
            E::Workspace(ref error) => inputs::workspace(error),
            E::ThreadEnded => (Exit::Failed, AGAIN),
        };
        advised(&error, advice)
    }
}

impl From<DeleteError> for Failure {
    fn from(error: DeleteError) -> Self {
        use DeleteError as E;
        let advice = match error {
            E::Interrupted => {
                let failure = Self::interrupted();
                return failure.hint("run the same command again to delete the rest");
            }
            E::Select(error) => return error.into(),
            E::Aws(error) => return error.into(),
            E::Incomplete {
                deleted,
                total,
                source,
            } => {
                let refused = source.service().is_some_and(|error| error.status < 500);
                let mut failure = Self::from(source);
                let message = format!("{deleted} of {total} objects are deleted");
                failure.chain.insert(0, message);
                if refused {
                    return failure;
                }
                failure.exit = Exit::Partial;
                return failure.hint(AGAIN);
            }
            E::NotAPart { .. } | E::ForeignPart { .. } => (
                Exit::Integrity,
                "the manifest is damaged or was made to do harm: with --prefix and without the \
                 manifest the parts are found by their names",
            ),
            E::TooMany { .. } => (Exit::Failed, "pass the whole prefix of the bundle"),
            E::EndlessList { .. } => (
                Exit::Service,
                "name the bundle by its manifest: --manifest NAME",
            ),
            E::BucketNotEmpty { .. } => (
                Exit::Service,
                "leave out --clear, or delete the other objects first",
            ),
        };
        advised(&error, advice)
    }
}
