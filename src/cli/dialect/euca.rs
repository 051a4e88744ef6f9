//! euca2ools 3.4: `euca-bundle-image`, `euca-unbundle`, `euca-unbundle-stream`.

use clap::{Arg, ArgAction};

use super::{DestinationRule, Dialect, DialectCommand, Edit, Family, Manner};
use crate::bundle::PartNames;
use crate::config::Setting;

/// The dialect.
pub static EUCA: Dialect = Dialect {
    tools: "euca2ools 3.4",
    manner: Manner {
        family: Family::Euca,
        replaces: true,
        part_names: PartNames::TwoDigits,
        destination: DestinationRule::MadeOrFresh,
        limit_is_error: false,
        account_is_aws: false,
        detects_arch: false,
        finds_amazon_certificate: false,
        parts_beside_manifest: false,
    },
    common: COMMON,
    commands: &[
        DialectCommand {
            name: "euca-bundle-image",
            command: "bundle-image",
            edits: BUNDLE_IMAGE,
            example: "euca-bundle-image -i disk.img -r x86_64 --region admin@cloud",
        },
        DialectCommand {
            name: "euca-unbundle",
            command: "unbundle",
            edits: UNBUNDLE,
            example: "euca-unbundle -m disk.img.manifest.xml -d images",
        },
        DialectCommand {
            name: "euca-unbundle-stream",
            command: "unbundle-stream",
            edits: &[],
            example: "cat disk.img.part.* | euca-unbundle-stream --enc-key KEY --enc-iv IV -o disk.img",
        },
    ],
};

const COMMON: &[Edit] = &[
    Edit::Add(debug),
    Edit::Add(debugger),
    Edit::Add(progress),
    Edit::Add(no_progress),
    Edit::Add(porcelain),
    Edit::Remove("jobs"),
    Edit::Remove("force"),
];

const BUNDLE_IMAGE: &[Edit] = &[
    Edit::Remove("fast"),
    Edit::Remove("small"),
    Edit::Remove("no-sparse"),
    Edit::Remove("ancestor"),
    Edit::Hide("image-type"),
    Edit::Hide("part-size"),
    Edit::Hide("enc-key"),
    Edit::Hide("enc-iv"),
    Edit::Help(
        "destination",
        "Directory to write to, made if need be (default: a new one below $TMPDIR)",
    ),
    Edit::Add(bootstrap_url),
    Edit::Sources(
        "bootstrap-url",
        &["EUCA_BOOTSTRAP_URL"],
        Some(Setting::BootstrapUrl),
    ),
    Edit::Add(bootstrap_service),
    Edit::Add(bootstrap_auth),
    Edit::Add(batch),
];

const UNBUNDLE: &[Edit] = &[
    Edit::Remove("cert"),
    Edit::Remove("to-device"),
    Edit::Remove("output-file"),
    Edit::Default("source", "."),
    Edit::Help("source", "Directory of the parts"),
    Edit::Default("destination", "."),
    Edit::Help("destination", "Directory to write the image to"),
];

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

fn bootstrap_url() -> Arg {
    Arg::new("bootstrap-url")
        .long("bootstrap-url")
        .value_name("URL")
        .help("Service that hands out the cloud's certificate")
}

fn bootstrap_service() -> Arg {
    Arg::new("bootstrap-service")
        .long("bootstrap-service")
        .value_name("NAME")
        .hide(true)
        .help("Accepted, without effect")
}

fn bootstrap_auth() -> Arg {
    Arg::new("bootstrap-auth")
        .long("bootstrap-auth")
        .value_name("NAME")
        .hide(true)
        .help("Accepted, without effect")
}

fn batch() -> Arg {
    Arg::new("batch")
        .long("batch")
        .action(ArgAction::SetTrue)
        .hide(true)
        .help("Ask no questions")
}
