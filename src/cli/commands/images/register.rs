//! `register`.

use clap::Arg;

use super::made;
use super::registration::{registration, registration_args};
use crate::aws::ec2::RegisterImage;
use crate::cli::ec2::{change, connect, tag_arg, wait_args, writing_args};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, leave_to_help, option};
use crate::register;

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "register",
    about: "Register an image: that of an uploaded bundle, or of a snapshot",
    details: "The image is that of MANIFEST, BUCKET/[PREFIX/]NAME.manifest.xml, or of --snapshot. \
              If the reply is lost, an own image of the same name and source is taken for the new \
              one, so that the command can be run again.\n\n\
              A block device mapping is DEVICE=none, DEVICE=ephemeralN or \
              DEVICE=[SNAPSHOT]:[GIB]:[true|false]:[TYPE]:[IOPS]:[MIBPS][:encrypted[=KEY]]: the \
              snapshot, the size, whether the volume ends with the instance, volume type, \
              operations and MiB a second, and the key it is encrypted with. Any part may be left \
              out, and colons at the end.",
    examples: &[
        "amikit register images/debian.manifest.xml -n debian-13 -a x86_64 --wait",
        "amikit register -s snap-0a1b2c3d -n debian-13 -a arm64 --boot-mode uefi --ena",
        "amikit register -s snap-0a1b2c3d -n db -b /dev/sdb=:100:true:gp3:6000:500:encrypted",
    ],
    args,
    sources: &[],
    rows: true,
    run,
};

/// Options that `-h` leaves to `--help`.
const SELDOM: [&str; 7] = [
    "kernel",
    "platform",
    "sriov",
    "tpm-support",
    "uefi-data",
    "imds-support",
    "billing-product",
];

fn args() -> Vec<Arg> {
    let mut args = vec![
        Arg::new("manifest")
            .value_name("MANIFEST")
            .help("Where the manifest of a bundle is: BUCKET/[PREFIX/]NAME.manifest.xml"),
        option("name", "NAME", "Name of the image, unique in the account").short('n'),
        option("description", "TEXT", "What the image is").short('d'),
        option(
            "architecture",
            "ARCH",
            "Architecture: x86_64, arm64, i386, armhf [default: the bundle's; of a snapshot's \
             image the cloud's, mostly i386]",
        )
        .short('a'),
        option("kernel", "KERNEL", "Id of its kernel"),
        option("ramdisk", "RAMDISK", "Id of its ramdisk"),
        option("snapshot", "SNAPSHOT", "Snapshot of the root device").short('s'),
    ];
    args.extend(registration_args());
    args.push(tag_arg());
    args.extend(wait_args());
    args.extend(writing_args());
    leave_to_help(args, &SELDOM)
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let snapshot = session.text("snapshot")?;
    let request = register::prepare(request(session)?, snapshot.as_deref())?;
    if request.image_location.is_none() && request.architecture.is_none() && session.is_native() {
        session.warn("no --architecture: the cloud takes its own default, mostly i386");
    }
    let connected = connect(session)?;
    if session.values.flag("dry-run") {
        change(session, &connected.ec2, &request)?;
        return Ok(Outcome::Done);
    }
    let registered = register::register(&connected.ec2, &request)?;
    if registered.was_found {
        let id = &registered.image_id;
        session.warn(format!("the reply was lost; {id} has this name and source"));
    }
    made::finish(session, &connected, registered.image_id)
}

fn request(session: &Session<'_>) -> Result<RegisterImage, Failure> {
    Ok(RegisterImage {
        image_location: session.text("manifest")?,
        name: session.text("name")?,
        description: session.text("description")?,
        architecture: session.text("architecture")?,
        kernel_id: session.text("kernel")?,
        ramdisk_id: session.text("ramdisk")?,
        tags: made::specifications(session)?,
        ..registration(session)?
    })
}
