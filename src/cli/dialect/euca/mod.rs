//! euca2ools 3.4: bundles here, what speaks to EC2 in a file for each noun.

mod addresses;
mod bundle_tasks;
mod images;
mod instances;
mod key_pairs;
mod places;
mod publish;
mod security_groups;
mod snapshots;
mod tags;
mod volumes;

use clap::{Arg, ArgAction};

use crate::bundle::PartNames;
use crate::cli::dialect::{
    DOWNLOAD_BUNDLE, DestinationRule, Dialect, DialectCommand, Edit, Family, Manner, S3_EUCA,
    UNBUNDLE, retry,
};

/// The dialect.
pub static EUCA: Dialect = Dialect {
    tools: "euca2ools 3.4",
    version: concat!(env!("CARGO_PKG_VERSION"), " (amikit)"),
    manner: Manner {
        family: Family::Euca,
        replaces: true,
        part_names: PartNames::TwoDigits,
        destination: DestinationRule::MadeOrFresh,
        limit_is_error: false,
        account_is_aws: false,
        detects_arch: false,
        finds_amazon_certificate: false,
        pads_keys: true,
        name_must_be_free: false,
        parts_beside_manifest: false,
    },
    common: COMMON,
    commands: &[
        BUNDLES,
        publish::COMMANDS,
        images::COMMANDS,
        instances::COMMANDS,
        key_pairs::COMMANDS,
        security_groups::COMMANDS,
        addresses::COMMANDS,
        volumes::COMMANDS,
        snapshots::COMMANDS,
        tags::COMMANDS,
        bundle_tasks::COMMANDS,
        places::COMMANDS,
    ],
};

const BUNDLES: &[DialectCommand] = &[
    DialectCommand {
        name: "euca-bundle-image",
        aliases: &[],
        command: "bundle-image",
        edits: BUNDLE_IMAGE,
        example: "euca-bundle-image -i disk.img -r x86_64 --region admin@cloud",
    },
    DialectCommand {
        name: "euca-unbundle",
        aliases: &[],
        command: "unbundle",
        edits: UNBUNDLE,
        example: "euca-unbundle -m disk.img.manifest.xml -d images",
    },
    DialectCommand {
        name: "euca-unbundle-stream",
        aliases: &[],
        command: "unbundle-stream",
        edits: UNBUNDLE_STREAM,
        example: "cat disk.img.part.* | euca-unbundle-stream --enc-key KEY --enc-iv IV -o disk.img",
    },
    DialectCommand {
        name: "euca-upload-bundle",
        aliases: &[],
        command: "upload-bundle",
        edits: UPLOAD_BUNDLE,
        example: "euca-upload-bundle -b images -m disk.img.manifest.xml --region admin@cloud",
    },
    DialectCommand {
        name: "euca-check-bucket",
        aliases: &[],
        command: "check-bucket",
        edits: S3_EUCA,
        example: "euca-check-bucket -b images",
    },
    DialectCommand {
        name: "euca-bundle-and-upload-image",
        aliases: &[],
        command: "bundle-and-upload",
        edits: BUNDLE_AND_UPLOAD,
        example: "euca-bundle-and-upload-image -i disk.img -r x86_64 -b images --region admin@cloud",
    },
    DialectCommand {
        name: "euca-download-and-unbundle",
        aliases: &[],
        command: "download-and-unbundle",
        edits: DOWNLOAD_AND_UNBUNDLE,
        example: "euca-download-and-unbundle -b images -p disk.img -d disk.img",
    },
    DialectCommand {
        name: "euca-download-bundle",
        aliases: &[],
        command: "download-bundle",
        edits: &[Edit::All(S3_EUCA), Edit::All(DOWNLOAD_BUNDLE)],
        example: "euca-download-bundle -b images/web -p disk.img -d bundle",
    },
    DialectCommand {
        name: "euca-delete-bundle",
        aliases: &[],
        command: "delete-bundle",
        edits: DELETE_BUNDLE,
        example: "euca-delete-bundle -b images/web -p disk.img --clear",
    },
    DialectCommand {
        name: "euca-version",
        aliases: &[],
        command: "version",
        edits: &[],
        example: "euca-version",
    },
];

const COMMON: &[Edit] = &[
    Edit::Add(debug),
    Edit::Add(debugger),
    Edit::Add(progress),
    Edit::Add(no_progress),
    Edit::Add(porcelain),
    Edit::Remove("jobs"),
    Edit::Remove("force"),
    Edit::Remove("dry-run"),
    Edit::Remove("wait"),
    Edit::Remove("wait-timeout"),
    Edit::Remove("api-version"),
];

const BUNDLE: &[Edit] = &[
    Edit::Remove("fast"),
    Edit::Remove("small"),
    Edit::Remove("no-sparse"),
    Edit::Remove("ancestor"),
    Edit::Hide("image-type"),
    Edit::Hide("part-size"),
    Edit::Hide("enc-key"),
    Edit::Hide("enc-iv"),
    Edit::Help("enc-key", KEY_HELP),
    Edit::Help("enc-iv", IV_HELP),
    Edit::Help(
        "destination",
        "Directory to write to, made if need be (default: a new one below $TMPDIR)",
    ),
    Edit::Add(bootstrap_service),
    Edit::Add(bootstrap_auth),
    Edit::Add(batch),
];

const BUNDLE_IMAGE: &[Edit] = &[
    Edit::All(BUNDLE),
    Edit::Add(access_key_id),
    Edit::Add(secret_key),
    Edit::Add(security_token),
    Edit::Add(url),
];

const BUNDLE_AND_UPLOAD: &[Edit] = &[
    Edit::All(BUNDLE),
    Edit::All(S3_EUCA),
    Edit::Help(
        "destination",
        "Directory of the parts until they are sent (default: $TMPDIR)",
    ),
    Edit::Default("max-pending-parts", "2"),
    Edit::Remove("upload-jobs"),
    Edit::Remove("no-resume"),
    Edit::Add(retry),
];

const DOWNLOAD_AND_UNBUNDLE: &[Edit] = &[
    Edit::All(S3_EUCA),
    Edit::Remove("cert"),
    Edit::Remove("output-file"),
];

const UNBUNDLE_STREAM: &[Edit] = &[
    Edit::Help("enc-key", KEY_HELP),
    Edit::Help("enc-iv", IV_HELP),
];

const UPLOAD_BUNDLE: &[Edit] = &[
    Edit::All(S3_EUCA),
    Edit::Remove("no-resume"),
    Edit::Remove("dry-run"),
    Edit::Remove("part"),
    Edit::Add(unused_part),
    Edit::Add(retry),
];

const DELETE_BUNDLE: &[Edit] = &[
    Edit::All(S3_EUCA),
    Edit::Remove("dry-run"),
    Edit::Remove("yes"),
];

const KEY_HELP: &str = "Key of the image: a number of up to 32 hex digits";
const IV_HELP: &str = "Initialisation vector: a number of up to 32 hex digits";

fn debug() -> Arg {
    Arg::new("debug")
        .long("debug")
        .action(ArgAction::SetTrue)
        .help("Tell on stderr what is done")
}

fn debugger() -> Arg {
    Arg::new("debugger")
        .long("debugger")
        .action(ArgAction::SetTrue)
        .hide(true)
        .help("Accepted, but there is no debugger to start")
}

fn progress() -> Arg {
    Arg::new("progress")
        .long("progress")
        .action(ArgAction::SetTrue)
        .overrides_with("no-progress")
        .help("Show progress bars (default on a terminal)")
}

fn no_progress() -> Arg {
    Arg::new("no-progress")
        .long("no-progress")
        .action(ArgAction::SetTrue)
        .overrides_with("progress")
        .help("Show no progress bars")
}

fn porcelain() -> Arg {
    Arg::new("porcelain")
        .long("porcelain")
        .action(ArgAction::SetTrue)
        .hide(true)
        .help("Write machine-readable progress to stderr")
}

fn bootstrap_service() -> Arg {
    unused("bootstrap-service", "NAME")
}

fn bootstrap_auth() -> Arg {
    unused("bootstrap-auth", "NAME")
}

fn access_key_id() -> Arg {
    unused("access-key-id", "KEY_ID").short('I')
}

fn secret_key() -> Arg {
    unused("secret-key", "KEY").short('S')
}

fn security_token() -> Arg {
    unused("security-token", "TOKEN")
}

fn url() -> Arg {
    unused("url", "URL").short('U')
}

/// What the tool needs to ask the cloud for its certificate, which we do not.
fn unused(id: &'static str, value_name: &'static str) -> Arg {
    Arg::new(id)
        .long(id)
        .value_name(value_name)
        .hide(true)
        .help("Accepted, without effect")
}

/// The tool passes it over as well; what the server has is not sent again in any case.
fn unused_part() -> Arg {
    unused("first-part", "N").long("part")
}

fn batch() -> Arg {
    Arg::new("batch")
        .long("batch")
        .action(ArgAction::SetTrue)
        .hide(true)
        .help("Ask no questions")
}
