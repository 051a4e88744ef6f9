//! Amazon's ec2-ami-tools 1.5: `ec2-bundle-image`, `ec2-unbundle`.

use clap::{Arg, ArgAction};

use super::{DestinationRule, Dialect, DialectCommand, Edit, Family, Manner, UNBUNDLE};
use crate::bundle::PartNames;

/// The dialect.
pub static EC2: Dialect = Dialect {
    tools: "ec2-ami-tools 1.5",
    // Version and, as in the tool's own line, that of the manifests.
    version: concat!(env!("CARGO_PKG_VERSION"), " 20071010 (amikit)"),
    manner: Manner {
        family: Family::Ec2,
        replaces: true,
        part_names: PartNames::CountWidth,
        destination: DestinationRule::Existing,
        limit_is_error: true,
        account_is_aws: true,
        detects_arch: true,
        finds_amazon_certificate: true,
        pads_keys: false,
        name_must_be_free: true,
        parts_beside_manifest: false,
    },
    common: COMMON,
    commands: &[
        DialectCommand {
            name: "ec2-bundle-image",
            command: "bundle-image",
            edits: BUNDLE_IMAGE,
            example: "ec2-bundle-image -i disk.img -r x86_64 -c cert.pem -k pk.pem -u 123456789012 -d out",
        },
        DialectCommand {
            name: "ec2-unbundle",
            command: "unbundle",
            edits: UNBUNDLE,
            example: "ec2-unbundle -m disk.img.manifest.xml -k pk.pem -s parts -d images",
        },
    ],
};

const COMMON: &[Edit] = &[
    Edit::Add(batch),
    Edit::Add(debug),
    Edit::Add(manual),
    Edit::Add(extra),
    Edit::Remove("region"),
    Edit::Remove("jobs"),
    Edit::Remove("force"),
    Edit::Require("privatekey"),
    Edit::FlagOnly("privatekey"),
];

const BUNDLE_IMAGE: &[Edit] = &[
    Edit::Remove("fast"),
    Edit::Remove("small"),
    Edit::Remove("no-sparse"),
    Edit::Remove("ancestor"),
    Edit::Remove("image-type"),
    Edit::Remove("image-size"),
    Edit::Remove("part-size"),
    Edit::Remove("enc-key"),
    Edit::Remove("enc-iv"),
    Edit::Help("image", "Disk image to bundle"),
    Edit::Require("cert"),
    Edit::FlagOnly("cert"),
    Edit::Require("user"),
    Edit::FlagOnly("user"),
    Edit::FlagOnly("ec2cert"),
    Edit::Help(
        "ec2cert",
        "Amazon's certificate (default: cert-ec2.pem where the old packages put it)",
    ),
    Edit::Default("destination", "/tmp"),
    Edit::Help("destination", "Existing directory to write to"),
    Edit::Optional("arch"),
    Edit::Help(
        "arch",
        "Processor architecture (default: this machine's, asked for without --batch)",
    ),
    Edit::Long("block-device-mappings", "block-device-mapping"),
    Edit::Add(no_size_checks),
];

fn batch() -> Arg {
    Arg::new("batch")
        .long("batch")
        .action(ArgAction::SetTrue)
        .help("Ask no questions")
}

fn debug() -> Arg {
    Arg::new("debug")
        .long("debug")
        .action(ArgAction::SetTrue)
        .help("Tell on stderr what is done; never a key")
}

fn manual() -> Arg {
    Arg::new("manual")
        .long("manual")
        .action(ArgAction::HelpLong)
        .help("Print the long help")
}

fn extra() -> Arg {
    Arg::new("extra")
        .num_args(0..)
        .hide(true)
        .help("Ignored, as the old tools ignore them")
}

fn no_size_checks() -> Arg {
    Arg::new("no-size-checks")
        .long("no-size-checks")
        .action(ArgAction::SetTrue)
        .help("Accepted, without effect")
}
