//! What to do when uploading or downloading a snapshot fails.
//!
//! No `match` here has a rest: whoever adds an error says what helps against it.

use super::inputs::{self, advised};
use super::{Exit, Failure};
use crate::aws::ServiceError;
use crate::snapshot::SnapshotError;

const AGAIN: &str = "run the same command again: what is done is not done twice";
const ANEW: &str = "run the same command again: it begins anew";

impl From<SnapshotError> for Failure {
    fn from(error: SnapshotError) -> Self {
        use SnapshotError as E;
        let advice = match error {
            E::Service(error) => return error.into(),
            E::Partial {
                ref snapshot,
                done,
                total,
                resumable,
                source,
            } => {
                let words = format!("{done} of {total} blocks of {snapshot} are done");
                return partial(words, resumable, *source);
            }
            E::Interrupted { resumable, .. } => {
                return Self {
                    chain: vec![error.to_string()],
                    ..Self::interrupted()
                }
                .hint(if resumable { AGAIN } else { ANEW });
            }
            E::OpenImage { ref source, .. } | E::ReadImage { ref source, .. } => {
                (Exit::Failed, inputs::reading(source, "check the path"))
            }
            E::NotAnImage { .. } => (Exit::Failed, "name a disk image or a block device"),
            E::EmptyImage { .. } => (Exit::Failed, "was the image written to the end?"),
            E::HugeImage { .. } => (Exit::Failed, "no EBS volume has room for it"),
            E::HugeVolume { .. } | E::SmallVolume { .. } => (
                Exit::Usage,
                "leave out --volume-size for the smallest volume that has room for the image",
            ),
            E::ImageChanged { .. } => (
                Exit::Integrity,
                "an image must not change while it is uploaded: see who writes to it, then run the \
                 same command again; the snapshot was not completed, and the service cancels it",
            ),
            E::Busy { .. } => (Exit::Failed, "wait until it has ended"),
            E::NotPending { .. } => (
                Exit::Service,
                "run the same command again; amikit doctor tells which service is asked",
            ),
            E::Ended { .. } => (
                Exit::Service,
                "was it deleted, or cancelled since no block came for too long \
                 (--snapshot-timeout)? Run the same command again: a new snapshot is begun",
            ),
            E::Pages { .. } => (
                Exit::Service,
                "run the command again; if that does not help, is this the URL of the EBS direct \
                 APIs?",
            ),
            E::Exists { .. } => (
                Exit::Failed,
                "pass --force to replace it, or another file with --output-file FILE",
            ),
            E::InTheWay { .. } => (
                Exit::Failed,
                "choose another file; a device is written to with --to-device DEVICE",
            ),
            E::NotAFileName { .. } => (Exit::Usage, "name a file with --output-file FILE"),
            E::NotADevice { .. } => (
                Exit::Failed,
                "name a block device, or write a file with --output-file FILE",
            ),
            E::DeviceTooSmall { .. } => (Exit::Failed, "choose a larger device"),
            E::Workspace(ref error) => inputs::workspace(error),
            E::Write { ref source, .. } => (Exit::Failed, inputs::writing(source)),
        };
        advised(&error, advice)
    }
}

/// What goes on with the same command tells so; the cause keeps its words in the message.
fn partial(words: String, resumable: bool, source: SnapshotError) -> Failure {
    let cause = Failure::from(source);
    let mut failure = Failure::new(Exit::Partial, words);
    failure.chain.extend(cause.chain);
    failure.service = cause.service;
    failure.hint(if resumable { AGAIN } else { ANEW })
}

/// What helps against a no of the EBS direct APIs; none where it is no different from others'.
pub(super) fn service(error: &ServiceError) -> Option<String> {
    let permission = permission(error.operation)?;
    let says = |word: &str| error.message.contains(word);
    let hint = match error.code.as_str() {
        "AccessDeniedException" if says("DEPENDENCY_ACCESS_DENIED") || says("KMS") => {
            "the keys need the permissions of the KMS key: kms:GenerateDataKeyWithoutPlaintext, \
             kms:DescribeKey, kms:CreateGrant to write, kms:Decrypt to read"
                .to_owned()
        }
        "AccessDeniedException" | "UnauthorizedOperation" | "AccessDenied" => format!(
            "the keys need the permission {permission} on the snapshot; docs/snapshots.md has the \
             whole policy"
        ),
        "ConcurrentLimitExceededException" => {
            "wait until other snapshots are completed, or have the quota of pending snapshots \
             raised"
                .to_owned()
        }
        "ServiceQuotaExceededException" => {
            "have the quota of snapshots raised, or delete some that are not needed".to_owned()
        }
        "ResourceNotFoundException" => {
            "check the snapshot's id, the region and whose keys are used; a pending snapshot \
             cannot be read yet"
                .to_owned()
        }
        "ConflictException" => {
            "the service knows the request's token with other options: run the command again with \
             --no-resume"
                .to_owned()
        }
        "ValidationException" => validation(error),
        _ if error.asks_for_less() => {
            "the service was asked too much at once: run the command again, with fewer --jobs"
                .to_owned()
        }
        _ => return None,
    };
    Some(hint)
}

fn validation(error: &ServiceError) -> String {
    let says = |word: &str| error.message.contains(word);
    if says("INVALID_CUSTOMER_KEY") {
        return "is --kms-key the ARN of an enabled, symmetric key in the snapshot's region?"
            .to_owned();
    }
    match error.operation {
        "StartSnapshot" => "check --volume-size, --tag, --kms-key and --snapshot-timeout".to_owned(),
        "PutSnapshotBlock" | "CompleteSnapshot" => {
            "is the snapshot still pending? Whether it was completed, EC2 tells; --no-resume begins a \
             new one"
                .to_owned()
        }
        _ => "check the snapshot's id; only a completed snapshot can be read".to_owned(),
    }
}

/// The permission that an operation needs; none if it is not one of the EBS direct APIs.
fn permission(operation: &str) -> Option<&'static str> {
    Some(match operation {
        "StartSnapshot" => "ebs:StartSnapshot",
        "PutSnapshotBlock" => "ebs:PutSnapshotBlock",
        "CompleteSnapshot" => "ebs:CompleteSnapshot",
        "ListSnapshotBlocks" => "ebs:ListSnapshotBlocks",
        "ListChangedBlocks" => "ebs:ListChangedBlocks",
        "GetSnapshotBlock" => "ebs:GetSnapshotBlock",
        _ => return None,
    })
}
