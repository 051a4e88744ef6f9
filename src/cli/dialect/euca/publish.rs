//! `euca-install-image`: bundles, uploads and registers in one.
//!
//! The tool forgets to pass on mappings, ACL, location, policy and token; here they count.

use clap::Arg;

use super::{BUNDLE_AND_UPLOAD, unused};
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
    Edit::Remove("root-device-name"),
    Edit::Remove("tag"),
    Edit::Remove("share"),
    Edit::Remove("public"),
    Edit::Remove("accept-risk"),
    Edit::Remove("skip-audit"),
    Edit::Add(check_cert),
    Edit::Add(iam_url),
];

fn check_cert() -> Arg {
    flag("check-cert", "Accepted, without effect").hide(true)
}

fn iam_url() -> Arg {
    unused("iam-url", "URL")
}
