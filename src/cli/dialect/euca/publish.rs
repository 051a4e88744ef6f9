//! `euca-install-image`: bundles, uploads and registers in one.
//!
//! The tool forgets to pass on mappings, ACL, location, policy and token; here they count.

use clap::Arg;

use super::{BUNDLE_AND_UPLOAD, unused};
use crate::cli::dialect::ec2_options::show_empty_fields;
use crate::cli::dialect::{DialectCommand, Edit};
use crate::cli::spec::flag;

/// The command.
pub(super) const COMMANDS: &[DialectCommand] = &[DialectCommand {
    name: "euca-install-image",
    aliases: &[],
    command: "publish",
    edits: INSTALL_IMAGE,
    example: "euca-install-image -i disk.img -n web -b images -r x86_64 --region admin@cloud",
}];

const INSTALL_IMAGE: &[Edit] = &[
    Edit::All(BUNDLE_AND_UPLOAD),
    Edit::Require("bucket"),
    Edit::Remove("preserve-bundle"),
    Edit::Remove("ebs"),
    Edit::Remove("ebs-url"),
    Edit::Remove("volume-size"),
    Edit::Remove("volume-type"),
    Edit::Remove("encrypted"),
    Edit::Remove("kms-key"),
    Edit::Remove("root-device-name"),
    Edit::Remove("block-device-mapping"),
    Edit::Remove("boot-mode"),
    Edit::Remove("no-ena"),
    Edit::Remove("ena"),
    Edit::Remove("sriov"),
    Edit::Remove("tpm-support"),
    Edit::Remove("uefi-data"),
    Edit::Remove("imds-support"),
    Edit::Remove("billing-product"),
    Edit::Remove("tag"),
    Edit::Remove("share"),
    Edit::Remove("public"),
    Edit::Remove("accept-risk"),
    Edit::Remove("skip-audit"),
    Edit::Add(show_empty_fields),
    Edit::Add(ec2_service),
    Edit::Add(ec2_auth),
    Edit::Add(check_cert),
    Edit::Add(iam_url),
];

fn ec2_service() -> Arg {
    unused("ec2-service", "NAME")
}

fn ec2_auth() -> Arg {
    unused("ec2-auth", "NAME")
}

/// Of euca2ools before 3.4.
fn check_cert() -> Arg {
    flag("check-cert", "Accepted, without effect").hide(true)
}

/// Of euca2ools before 3.4.
fn iam_url() -> Arg {
    unused("iam-url", "URL")
}
