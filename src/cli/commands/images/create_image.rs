//! `create-image`.

use clap::Arg;

use super::made;
use super::registration::{mapping_arg, mappings};
use crate::aws::ec2::CreateImage;
use crate::cli::ec2::{change, connect, tag_arg, wait_args, writing_args};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, flag, option};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "create-image",
    about: "Make an image of an instance whose root device is a volume",
    details: "The instance is stopped while snapshots of its volumes are begun, unless \
              --no-reboot is given.",
    examples: &["amikit create-image i-0a1b2c3d -n web-2026-11 --tag release=2026-11 --wait"],
    args,
    sources: &[],
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        Arg::new("instance")
            .value_name("INSTANCE")
            .required(true)
            .help("Id of the instance"),
        option("name", "NAME", "Name of the image, unique in the account")
            .short('n')
            .required(true),
        option("description", "TEXT", "What the image is").short('d'),
        flag(
            "no-reboot",
            "Leave the instance running; its file systems may be caught in the middle of a change",
        ),
        mapping_arg(),
        tag_arg(),
        made::tag_snapshots_arg(),
    ];
    args.extend(wait_args());
    args.extend(writing_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let request = CreateImage {
        instance_id: session.text("instance")?.unwrap_or_default(),
        name: session.text("name")?.unwrap_or_default(),
        description: session.text("description")?,
        no_reboot: session.values.flag("no-reboot"),
        block_device_mappings: mappings(session)?,
        tags: made::specifications(session)?,
    };
    let connected = connect(session)?;
    match change(session, &connected.ec2, &request)? {
        Some(image) => made::finish(session, &connected, image.image_id),
        None => Ok(Outcome::Done),
    }
}
