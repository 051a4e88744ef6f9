//! Amazon's ec2-ami-tools 1.5: `ec2-bundle-image`, `ec2-unbundle`, `ec2-upload-bundle`,
//! `ec2-migrate-manifest`, `ec2-migrate-bundle`.

use clap::{Arg, ArgAction};

use super::{
    DOWNLOAD_BUNDLE, DestinationRule, Dialect, DialectCommand, Edit, Family, Manner, S3_EC2,
    UNBUNDLE, retry,
};
use crate::bundle::PartNames;
use crate::cli::spec::option;

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
    commands: &[&[
        DialectCommand {
            name: "ec2-bundle-image",
            aliases: &[],
            command: "bundle-image",
            edits: BUNDLE_IMAGE,
            example: "ec2-bundle-image -i disk.img -r x86_64 -c cert.pem -k pk.pem -u 123456789012 -d out",
        },
        DialectCommand {
            name: "ec2-unbundle",
            aliases: &[],
            command: "unbundle",
            edits: UNBUNDLE,
            example: "ec2-unbundle -m disk.img.manifest.xml -k pk.pem -s parts -d images",
        },
        DialectCommand {
            name: "ec2-upload-bundle",
            aliases: &[],
            command: "upload-bundle",
            edits: UPLOAD_BUNDLE,
            example: "ec2-upload-bundle -b images -m disk.img.manifest.xml -a KEY_ID -s SECRET",
        },
        DialectCommand {
            name: "ec2-migrate-manifest",
            aliases: &[],
            command: "migrate-manifest",
            edits: MIGRATE_MANIFEST,
            example: "ec2-migrate-manifest -m disk.img.manifest.xml -c cert.pem -k pk.pem --no-mapping",
        },
        DialectCommand {
            name: "ec2-migrate-bundle",
            aliases: &[],
            command: "migrate-bundle",
            edits: MIGRATE_BUNDLE,
            example: "ec2-migrate-bundle -b images -d images-eu -m disk.img.manifest.xml -c cert.pem -k pk.pem --kernel aki-919dcaf8",
        },
        DialectCommand {
            name: "ec2-download-bundle",
            aliases: &[],
            command: "download-bundle",
            edits: EC2_DOWNLOAD_BUNDLE,
            example: "ec2-download-bundle -b images/web -p disk.img -k pk.pem -d bundle -a KEY_ID -s KEY",
        },
        DialectCommand {
            name: "ec2-delete-bundle",
            aliases: &[],
            command: "delete-bundle",
            edits: DELETE_BUNDLE,
            example: "ec2-delete-bundle -b images/web -p disk.img -y -a KEY_ID -s KEY",
        },
        DialectCommand {
            name: "ec2-ami-tools-version",
            aliases: &[],
            command: "version",
            edits: &[],
            example: "ec2-ami-tools-version",
        },
    ]],
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
    Edit::Remove("bootstrap-url"),
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

const UPLOAD_BUNDLE: &[Edit] = &[
    Edit::All(S3_EC2),
    Edit::Remove("upload-policy"),
    Edit::Remove("upload-policy-file"),
    Edit::Remove("upload-policy-signature"),
    Edit::Remove("no-resume"),
    Edit::Remove("dry-run"),
    Edit::Add(retry),
];

const MIGRATE_MANIFEST: &[Edit] = &[
    Edit::All(MIGRATE),
    Edit::Remove("backup"),
    Edit::Add(access_key),
    Edit::Add(secret_key),
    Edit::Add(target_region),
];

const MIGRATE_BUNDLE: &[Edit] = &[Edit::All(S3_EC2), Edit::All(MIGRATE), Edit::Add(retry)];

/// Both migrations name the user's files on the command line.
const MIGRATE: &[Edit] = &[
    Edit::Remove("keep-ids"),
    Edit::Require("cert"),
    Edit::FlagOnly("cert"),
    Edit::FlagOnly("ec2cert"),
    Edit::Help(
        "ec2cert",
        "Certificate of the target (default: cert-ec2.pem where the old packages put it)",
    ),
];

/// The old tool asked EC2 with them for kernels and ramdisks that correspond; nobody answers now.
fn access_key() -> Arg {
    option("access-key", "KEY_ID", "Accepted, without effect").short('a')
}

fn secret_key() -> Arg {
    option("secret-key", "KEY", "Accepted, without effect").short('s')
}

fn target_region() -> Arg {
    option("region", "REGION", "Accepted, without effect")
}

const EC2_DOWNLOAD_BUNDLE: &[Edit] = &[
    Edit::All(S3_EC2),
    Edit::All(DOWNLOAD_BUNDLE),
    Edit::Remove("local-manifest"),
    Edit::Default("prefix", "image"),
    Edit::Add(unused_private_key),
    Edit::Add(retry),
];

const DELETE_BUNDLE: &[Edit] = &[
    Edit::All(S3_EC2),
    Edit::Remove("manifest"),
    Edit::Long("local-manifest", "manifest"),
    Edit::Short("local-manifest", Some('m')),
    Edit::Remove("dry-run"),
    Edit::Long("yes", "yes"),
    Edit::Add(retry),
];

/// The tool wants a key for manifests of its first versions, which nobody has any more.
fn unused_private_key() -> Arg {
    Arg::new("privatekey")
        .long("privatekey")
        .short('k')
        .value_name("FILE")
        .required(true)
        .help("Needed, as the old tool needs it, and not used")
}

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
