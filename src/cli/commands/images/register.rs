//! `register`.

use std::fs;

use clap::Arg;

use super::made;
use crate::aws::ec2::{BlockDeviceMapping, RegisterImage};
use crate::cli::ec2::{change, connect, tag_arg, wait_args, writing_args};
use crate::cli::failure::{Exit, Failure};
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, flag, leave_to_help, list, option, path};
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

/// Longest UEFI data that is read. The API takes 64 KiB.
const MAX_UEFI_DATA: u64 = 128 << 10;

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
        option(
            "root-device-name",
            "DEVICE",
            "Root device of a snapshot's image [default: /dev/sda1]",
        ),
        option("snapshot", "SNAPSHOT", "Snapshot of the root device").short('s'),
        mapping_arg(),
        option("virtualization-type", "TYPE", "hvm or paravirtual")
            .value_parser(["hvm", "paravirtual"]),
        option("platform", "PLATFORM", "windows; of Eucalyptus only").value_parser(["windows"]),
        option("boot-mode", "MODE", "legacy-bios, uefi or uefi-preferred"),
        flag("ena", "The image has a driver for ENA, the fast network"),
        option("sriov", "VALUE", "simple: it has a driver for SR-IOV"),
        option("tpm-support", "VERSION", "v2.0: instances have a TPM"),
        path("uefi-data", "FILE", "UEFI variables, in base64"),
        option(
            "imds-support",
            "VERSION",
            "v2.0: instances have the second version of the metadata service only",
        ),
        list("billing-product", "CODE", "Code that its use is charged by"),
        tag_arg(),
    ];
    args.extend(wait_args());
    args.extend(writing_args());
    leave_to_help(args, &SELDOM)
}

/// `-b`, of every command that makes an image.
pub(super) fn mapping_arg() -> Arg {
    list(
        "block-device-mapping",
        "DEVICE=MAPPED",
        "Disk: none, ephemeralN, or [SNAPSHOT]:[GIB]:[true|false]:[TYPE[:IOPS]] and more",
    )
    .short('b')
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
        virtualization_type: session.text("virtualization-type")?,
        boot_mode: session.text("boot-mode")?,
        ena_support: session.values.flag("ena").then_some(true),
        sriov_net_support: session.text("sriov")?,
        tpm_support: session.text("tpm-support")?,
        uefi_data: uefi_data(session)?,
        imds_support: session.text("imds-support")?,
        kernel_id: session.text("kernel")?,
        ramdisk_id: session.text("ramdisk")?,
        platform: session.text("platform")?,
        root_device_name: session.text("root-device-name")?,
        billing_products: session.values.each("billing-product"),
        block_device_mappings: mappings(session)?,
        tags: made::specifications(session)?,
    })
}

/// The mappings that were given.
pub(super) fn mappings(session: &Session<'_>) -> Result<Vec<BlockDeviceMapping>, Failure> {
    let id = "block-device-mapping";
    let texts = session.values.each(id);
    register::parse_mappings(&texts).map_err(|error| session.invalid(id, &error.text, &error))
}

fn uefi_data(session: &Session<'_>) -> Result<Option<String>, Failure> {
    let Some(path) = session.path("uefi-data")? else {
        return Ok(None);
    };
    let failure = |error| Failure::io(format!("cannot read {}", path.display()), &error);
    let size = fs::metadata(&path).map_err(failure)?.len();
    if size > MAX_UEFI_DATA {
        let message = format!(
            "{} has {size} bytes, expected UEFI variables of at most {MAX_UEFI_DATA}",
            path.display()
        );
        return Err(Failure::new(Exit::Failed, message));
    }
    let text = fs::read_to_string(&path).map_err(failure)?;
    Ok(Some(text.split_ascii_whitespace().collect()))
}
