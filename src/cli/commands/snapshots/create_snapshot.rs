//! `create-snapshot`.

use clap::Arg;

use super::rows::Created;
use crate::aws::AwsError;
use crate::aws::ec2::{CreateSnapshot, DescribeSnapshots, Ec2, Snapshot};
use crate::cli::ec2::{
    Waiting, change, connect, show_one, tag_arg, tags, wait, wait_args, writing_args,
};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, option};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "create-snapshot",
    about: "Make a snapshot of a volume",
    details: "The snapshot has what the volume has when the command ends, however long the copy \
              takes; what programs have not written yet is not in it. With --wait the command \
              ends when the copy does.",
    examples: &["amikit create-snapshot vol-0123456789abcdef0 -d \"before the update\" --wait"],
    args,
    sources: &[],
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        Arg::new("volume")
            .value_name("VOLUME")
            .required(true)
            .help("Volume to make a snapshot of"),
        option("description", "TEXT", "What is said of it").short('d'),
        tag_arg(),
    ];
    args.extend(wait_args());
    args.extend(writing_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let request = CreateSnapshot {
        volume_id: session.required_text("volume")?,
        description: session.text("description")?,
        tags: tags(session, "tag")?,
    };
    let connected = connect(session)?;
    let Some(mut snapshot) = change(session, &connected.ec2, &request)? else {
        return Ok(Outcome::Done);
    };
    if session.values.flag("wait") {
        let what = format!("snapshot {}", snapshot.snapshot_id);
        let id = snapshot.snapshot_id;
        snapshot = wait(session, &connected.watcher, &what, || {
            state(&connected.ec2, &id)
        })?;
    }
    show_one(session, &Created(snapshot))?;
    Ok(Outcome::Done)
}

/// How far a snapshot is.
fn state(ec2: &Ec2, id: &str) -> Result<Waiting<Snapshot>, AwsError> {
    let request = DescribeSnapshots {
        snapshot_ids: vec![id.to_owned()],
        ..DescribeSnapshots::default()
    };
    let found = match ec2.all(request) {
        Err(error) if error.is_code("InvalidSnapshot.NotFound") => None,
        Err(error) => return Err(error),
        Ok(snapshots) => snapshots
            .into_iter()
            .find(|snapshot| snapshot.snapshot_id == id),
    };
    let Some(snapshot) = found else {
        return Ok(Waiting::Not("unknown".to_owned()));
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
