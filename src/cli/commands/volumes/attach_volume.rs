//! `attach-volume`.

use clap::Arg;

use super::{look, volume_arg};
use crate::aws::ec2::{AttachVolume, Attachment};
use crate::cli::ec2::{Waiting, change, connect, one_id, show_one, wait, wait_args, writing_args};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, option};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "attach-volume",
    about: "Attach a volume to an instance in the same zone",
    details: "",
    examples: &[
        "amikit attach-volume vol-0123456789abcdef0 -i i-0123456789abcdef0 -d /dev/sdf --wait",
    ],
    args,
    sources: &[],
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        volume_arg("Volume to attach"),
        option("instance", "INSTANCE", "Instance to attach it to")
            .short('i')
            .required(true),
        option(
            "device",
            "DEVICE",
            "What the instance calls it, such as /dev/sdf",
        )
        .short('d')
        .required(true),
    ];
    args.extend(wait_args());
    args.extend(writing_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let request = AttachVolume {
        volume_id: one_id(session, "volume")?,
        instance_id: session.required_text("instance")?,
        device: session.required_text("device")?,
    };
    let connected = connect(session)?;
    let Some(mut attachment) = change(session, &connected.ec2, &request)? else {
        return Ok(Outcome::Done);
    };
    if session.values.flag("wait") {
        let what = format!("attachment of {}", request.volume_id);
        attachment = wait(session, &connected.watcher, &what, || {
            let volume = look(&connected.ec2, &request.volume_id)?;
            let attachments = volume.map(|volume| volume.attachments);
            Ok(state(attachments.unwrap_or_default(), &request.instance_id))
        })?;
    }
    show_one(session, &attachment)?;
    Ok(Outcome::Done)
}

fn state(attachments: Vec<Attachment>, instance: &str) -> Waiting<Attachment> {
    let mut attachments = attachments.into_iter();
    let found = attachments.find(|each| each.instance_id.as_deref() == Some(instance));
    let Some(attachment) = found else {
        return Waiting::Not("not begun".to_owned());
    };
    match attachment.status.as_deref().unwrap_or_default() {
        "attached" => Waiting::Done(attachment),
        status @ ("detaching" | "detached" | "failed") => Waiting::Never(status.to_owned()),
        status => Waiting::Not(status.to_owned()),
    }
}
