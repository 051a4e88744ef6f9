//! `create-snapshot`.

use clap::Arg;

use super::completed::until_completed;
use super::rows::Created;
use crate::aws::ec2::CreateSnapshot;
use crate::cli::ec2::{change, connect, one_id, show_one, tag_arg, tags, wait_args, writing_args};
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
        volume_id: one_id(session, "volume")?,
        description: session.text("description")?,
        tags: tags(session, "tag")?,
    };
    let connected = connect(session)?;
    let Some(mut snapshot) = change(session, &connected.ec2, &request)? else {
        return Ok(Outcome::Done);
    };
    if session.values.flag("wait") {
        let id = snapshot.snapshot_id;
        snapshot = until_completed(session, &connected.watcher, &connected.ec2, &id)?;
    }
    show_one(session, &Created(snapshot))?;
    Ok(Outcome::Done)
}
