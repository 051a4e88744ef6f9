//! `reset-snapshot-attribute`.

use clap::Arg;

use super::rows::Reset;
use super::{permission_arg, snapshot_arg};
use crate::aws::ec2::{ResetSnapshotAttribute, SnapshotAttribute};
use crate::cli::ec2::{change_done, connect, one_id, show_one, writing_args};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "reset-snapshot-attribute",
    about: "Let nobody else make volumes of a snapshot",
    details: "",
    examples: &["amikit reset-snapshot-attribute snap-0123456789abcdef0"],
    args,
    sources: &[],
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        snapshot_arg("Snapshot to share no longer"),
        permission_arg("Reset who may make volumes of it: the only attribute there is"),
    ];
    args.extend(writing_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let snapshot_id = one_id(session, "snapshot")?;
    let request = ResetSnapshotAttribute {
        snapshot_id: snapshot_id.clone(),
    };
    let connected = connect(session)?;
    if change_done(session, &connected.ec2, &request)? {
        let reset = Reset {
            snapshot_id,
            attribute: SnapshotAttribute::CreateVolumePermission.name(),
            done: true,
        };
        show_one(session, &reset)?;
    }
    Ok(Outcome::Done)
}
