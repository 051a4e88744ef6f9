//! `--wait`: until EC2 says that the snapshot can be used.

use crate::aws::AwsError;
use crate::aws::ec2::{Ec2, Ec2Request, Fields, FromFields, Parameters, Unreadable};
use crate::cli::ec2::{Waiting, wait};
use crate::cli::failure::Failure;
use crate::cli::progress::Watcher;
use crate::cli::session::Session;

/// What `DescribeSnapshots` is asked for one snapshot.
struct StateOf<'a>(&'a str);

/// A snapshot's state, in EC2's words.
struct SnapshotState {
    state: String,
    message: Option<String>,
}

impl Ec2Request for StateOf<'_> {
    const ACTION: &'static str = "DescribeSnapshots";
    const REPEATABLE: bool = true;
    type Response = Vec<SnapshotState>;

    fn write(&self, parameters: &mut Parameters) {
        parameters.list("SnapshotId", &[self.0]);
    }
}

impl FromFields for Vec<SnapshotState> {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        fields.list("snapshotSet")
    }
}

impl FromFields for SnapshotState {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            state: fields.required("status")?,
            message: fields.text("statusMessage"),
        })
    }
}

/// Waits until the snapshot is completed.
///
/// # Errors
/// When it came to nothing, takes too long, or EC2 does not tell.
pub(in crate::cli::commands) fn until_completed(
    session: &Session<'_>,
    watcher: &Watcher,
    ec2: &Ec2,
    snapshot: &str,
) -> Result<(), Failure> {
    let what = format!("snapshot {snapshot}");
    wait(session, watcher, &what, || {
        let found = match ec2.call(&StateOf(snapshot)) {
            // EC2 hears of it a little later than the service that took the blocks.
            Err(AwsError::Service(error)) if error.code == "InvalidSnapshot.NotFound" => Vec::new(),
            found => found?,
        };
        Ok(match found.into_iter().next() {
            None => Waiting::Not("unknown to EC2".to_owned()),
            Some(found) if found.state == "completed" => Waiting::Done(()),
            Some(found) if found.state == "error" => {
                Waiting::Never(found.message.unwrap_or(found.state))
            }
            Some(found) => Waiting::Not(found.state),
        })
    })
}
