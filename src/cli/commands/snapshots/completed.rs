//! `--wait`: until EC2 says that a snapshot can be used.

use crate::aws::AwsError;
use crate::aws::ec2::{DescribeSnapshots, Ec2, Snapshot};
use crate::cli::ec2::{Waiting, wait};
use crate::cli::failure::Failure;
use crate::cli::progress::Watcher;
use crate::cli::session::Session;

/// Waits until a snapshot is completed.
///
/// # Errors
/// When it came to nothing, takes too long, or EC2 does not tell.
pub(in crate::cli::commands) fn until_completed(
    session: &Session<'_>,
    watcher: &Watcher,
    ec2: &Ec2,
    id: &str,
) -> Result<Snapshot, Failure> {
    wait(session, watcher, &format!("snapshot {id}"), || {
        state(ec2, id)
    })
}

/// How far a snapshot is. EC2 hears of it a little later than the service that took its blocks.
fn state(ec2: &Ec2, id: &str) -> Result<Waiting<Snapshot>, AwsError> {
    let request = DescribeSnapshots {
        snapshot_ids: vec![id.to_owned()],
        ..DescribeSnapshots::default()
    };
    let found = match ec2.all(request) {
        Err(error) if error.is_code("InvalidSnapshot.NotFound") => None,
        Err(error) => return Err(error),
        Ok(snapshots) => {
            let mut snapshots = snapshots.into_iter();
            // Eucalyptus answers with upper-case ids whatever the case it was asked with.
            snapshots.find(|snapshot| snapshot.snapshot_id.eq_ignore_ascii_case(id))
        }
    };
    let Some(snapshot) = found else {
        return Ok(Waiting::Not("unknown to EC2".to_owned()));
    };
    let status = snapshot.status.clone().unwrap_or_default();
    Ok(match status.as_str() {
        "completed" => Waiting::Done(snapshot),
        "error" | "failed" => Waiting::Never(snapshot.status_message.unwrap_or(status)),
        _ => Waiting::Not(match snapshot.progress {
            Some(progress) => format!("{status} ({progress})"),
            None => status,
        }),
    })
}
