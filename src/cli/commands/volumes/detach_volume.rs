//! `detach-volume`.

use clap::{Arg, ArgAction};

use super::{look, volume_arg};
use crate::aws::ec2::{DetachVolume, Volume};
use crate::cli::ec2::{Waiting, change, connect, one_id, show_one, wait, wait_args, writing_args};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, option};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "detach-volume",
    about: "Detach a volume from an instance",
    details: "Unmount it in the instance before. An instance that does not let go of it keeps it \
              busy; --force takes it away, and what was not yet written is lost.",
    examples: &["amikit detach-volume vol-0123456789abcdef0 --wait"],
    args,
    sources: &[],
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        volume_arg("Volume to detach"),
        option(
            "instance",
            "INSTANCE",
            "Instance to detach it from (default: the one that has it)",
        )
        .short('i'),
        option("device", "DEVICE", "What the instance calls it").short('d'),
        Arg::new("force-detach")
            .long("force")
            .short('f')
            .action(ArgAction::SetTrue)
            .help("Do not wait for the instance; data may be lost"),
    ];
    args.extend(wait_args());
    args.extend(writing_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let request = DetachVolume {
        volume_id: one_id(session, "volume")?,
        instance_id: session.text("instance")?,
        device: session.text("device")?,
        force: session.values.flag("force-detach"),
    };
    let connected = connect(session)?;
    let Some(mut attachment) = change(session, &connected.ec2, &request)? else {
        return Ok(Outcome::Done);
    };
    if session.values.flag("wait") {
        let what = format!("detachment of {}", request.volume_id);
        let instance = request
            .instance_id
            .clone()
            .or(attachment.instance_id.clone());
        wait(session, &connected.watcher, &what, || {
            let volume = look(&connected.ec2, &request.volume_id)?;
            Ok(state(volume.as_ref(), instance.as_deref()))
        })?;
        attachment.status = Some("detached".to_owned());
    }
    show_one(session, &attachment)?;
    Ok(Outcome::Done)
}

fn state(volume: Option<&Volume>, instance: Option<&str>) -> Waiting<()> {
    let attachments = volume.into_iter().flat_map(|volume| &volume.attachments);
    let mut mine =
        attachments.filter(|each| instance.is_none() || each.instance_id.as_deref() == instance);
    let status = mine.find_map(|each| match each.status.as_deref() {
        Some("detached") => None,
        status => Some(status.unwrap_or_default().to_owned()),
    });
    status.map_or(Waiting::Done(()), Waiting::Not)
}
