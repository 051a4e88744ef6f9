//! How an image is registered: the options and the reader of every command that does.

use std::fs;

use clap::Arg;

use crate::aws::ec2::{BlockDeviceMapping, RegisterImage};
use crate::cli::failure::{Exit, Failure};
use crate::cli::session::Session;
use crate::cli::spec::{flag, list, option, path};
use crate::register;

/// Longest UEFI data that is read. The API takes 64 KiB.
const MAX_UEFI_DATA: u64 = 128 << 10;

/// The options, but for those that name the image and say what it is made of.
pub(in crate::cli::commands) fn registration_args() -> Vec<Arg> {
    vec![
        option(
            "root-device-name",
            "DEVICE",
            "Root device of a snapshot's image [default: /dev/sda1]",
        ),
        mapping_arg(),
        option("virtualization-type", "TYPE", "hvm or paravirtual")
            .value_parser(["hvm", "paravirtual"])
            .hide_possible_values(true),
        option("platform", "PLATFORM", "windows; of Eucalyptus only")
            .value_parser(["windows"])
            .hide_possible_values(true),
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
    ]
}

/// `-b`, of every command that makes an image.
pub(in crate::cli::commands) fn mapping_arg() -> Arg {
    list(
        "block-device-mapping",
        "DEVICE=MAPPED",
        "Disk: none, ephemeralN, or [SNAPSHOT]:[GIB]:[true|false]:[TYPE[:IOPS]] and more",
    )
    .short('b')
}

/// What [`registration_args`] say.
///
/// # Errors
/// When a mapping is none, or the UEFI data cannot be read.
pub(in crate::cli::commands) fn registration(
    session: &Session<'_>,
) -> Result<RegisterImage, Failure> {
    Ok(RegisterImage {
        virtualization_type: session.text("virtualization-type")?,
        boot_mode: session.text("boot-mode")?,
        ena_support: session.values.flag("ena").then_some(true),
        sriov_net_support: session.text("sriov")?,
        tpm_support: session.text("tpm-support")?,
        uefi_data: uefi_data(session)?,
        imds_support: session.text("imds-support")?,
        platform: session.text("platform")?,
        root_device_name: session.text("root-device-name")?,
        billing_products: session.values.each("billing-product"),
        block_device_mappings: mappings(session)?,
        ..RegisterImage::default()
    })
}

/// The mappings that were given.
pub(in crate::cli::commands) fn mappings(
    session: &Session<'_>,
) -> Result<Vec<BlockDeviceMapping>, Failure> {
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
