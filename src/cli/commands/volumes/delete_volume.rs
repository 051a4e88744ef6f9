//! `delete-volume`.

use clap::Arg;

use super::rows::Deleted;
use super::{look, volume_arg};
use crate::aws::ec2::DeleteVolume;
use crate::cli::ec2::{
    Waiting, change_done, connect, one_id, show_one, wait, wait_args, writing_args,
};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "delete-volume",
    about: "Delete a volume that is not attached",
    details: "",
    examples: &["amikit delete-volume vol-0123456789abcdef0"],
    args,
    sources: &[],
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![volume_arg("Volume to delete")];
    args.extend(wait_args());
    args.extend(writing_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let volume_id = one_id(session, "volume")?;
    let request = DeleteVolume {
        volume_id: volume_id.clone(),
    };
    let connected = connect(session)?;
    if !change_done(session, &connected.ec2, &request)? {
        return Ok(Outcome::Done);
    }
    if session.values.flag("wait") {
        let what = format!("volume {volume_id}");
        wait(session, &connected.watcher, &what, || {
            let status = look(&connected.ec2, &volume_id)?.map(|volume| volume.status);
            Ok(match status {
                None => Waiting::Done(()),
                Some(Some(status)) if status == "deleted" => Waiting::Done(()),
                Some(status) => Waiting::Not(status.unwrap_or_default()),
            })
        })?;
    }
    show_one(
        session,
        &Deleted {
            volume_id,
            deleted: true,
        },
    )?;
    Ok(Outcome::Done)
}
