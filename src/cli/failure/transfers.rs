//! What to do when an upload fails.
//!
//! No `match` here has a rest: whoever adds an error says what helps against it.

use super::inputs::{self, advised};
use super::{Exit, Failure};
use crate::upload::{BucketPathError, CannedAclError, UploadError};

const PARTS_HINT: &str = "name the directory of the parts with --directory DIR";
const BUNDLE_AGAIN_HINT: &str = "bundle the image again; amikit verify tells what else is damaged";

impl From<UploadError> for Failure {
    fn from(error: UploadError) -> Self {
        use UploadError as E;
        let advice = match error {
            E::Service(error) => return error.into(),
            E::Partial {
                there,
                total,
                source,
            } => return partial(there, total, *source),
            E::Interrupted { there, total } => {
                return Self {
                    chain: vec![error.to_string()],
                    ..Self::interrupted()
                }
                .hint(again(there, total));
            }
            E::Stopped { .. } => {
                return Self {
                    chain: vec![error.to_string()],
                    ..Self::interrupted()
                };
            }
            E::Manifest(ref error) => inputs::manifest(error),
            E::MissingPart { .. } | E::NotAPart { .. } => (Exit::Failed, PARTS_HINT),
            E::ReadPart { ref source, .. } => (Exit::Failed, inputs::reading(source, PARTS_HINT)),
            E::BundledSize { .. } | E::PartDigest { .. } => (Exit::Integrity, BUNDLE_AGAIN_HINT),
            E::PartChanged { .. } => (
                Exit::Integrity,
                "a bundle must not change while it is uploaded: see who writes to it, then run the \
                 same command again",
            ),
            E::NoSuchPart { .. } => (Exit::Usage, "leave out --part to send all of them"),
            E::Busy { .. } => (Exit::Failed, "wait until it has ended"),
            E::BucketTaken { .. } => (
                Exit::Service,
                "choose another bucket, or ask its owner for the permissions s3:ListBucket and \
                 s3:PutObject",
            ),
            E::BucketElsewhere { .. } => (
                Exit::Elsewhere,
                "leave out --location, or choose another bucket",
            ),
            E::AclRefused { .. } => (
                Exit::Service,
                "pass --acl none, and grant the cloud access by the bucket's policy",
            ),
            E::NotStored { .. } => (
                Exit::Partial,
                "somebody else changed the bucket meanwhile, or the server lost it: run the same \
                 command again",
            ),
        };
        advised(&error, advice)
    }
}

/// What goes on with the same command tells so; the cause keeps its own advice in the message.
fn partial(there: usize, total: usize, source: UploadError) -> Failure {
    let cause = Failure::from(source);
    let mut failure = Failure::new(
        Exit::Partial,
        format!("the upload broke off after {there} of {total} parts"),
    );
    failure.chain.extend(cause.chain);
    failure.hint(again(there, total))
}

fn again(there: usize, total: usize) -> String {
    format!("run the same command again: {there} of {total} parts are on the server")
}

impl From<BucketPathError> for Failure {
    fn from(error: BucketPathError) -> Self {
        Self::from_error(Exit::Usage, &error)
    }
}

impl From<CannedAclError> for Failure {
    fn from(error: CannedAclError) -> Self {
        Self::from_error(Exit::Usage, &error)
    }
}
