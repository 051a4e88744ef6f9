//! `delete-snapshot`.

use clap::Arg;

use super::rows::Deleted;
use super::snapshot_arg;
use crate::aws::ec2::DeleteSnapshot;
use crate::cli::ec2::{change_done, connect, one_id, show_one, writing_args};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "delete-snapshot",
    about: "Delete a snapshot that no image is made of",
    details: "",
    examples: &["amikit delete-snapshot snap-0123456789abcdef0"],
    args,
    sources: &[],
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![snapshot_arg("Snapshot to delete")];
    args.extend(writing_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let snapshot_id = one_id(session, "snapshot")?;
    let request = DeleteSnapshot {
        snapshot_id: snapshot_id.clone(),
    };
    let connected = connect(session)?;
    if change_done(session, &connected.ec2, &request)? {
        show_one(
            session,
            &Deleted {
                snapshot_id,
                deleted: true,
            },
        )?;
    }
    Ok(Outcome::Done)
}
