//! Amazon's ec2-api-tools 1.7: `ec2-describe-images` and the short names such as `ec2dim`, a file
//! for each noun.
//!
//! Names, letters and columns are those of Amazon's public command reference of the tools.

mod addresses;
mod bundle_tasks;
mod images;
mod instances;
mod key_pairs;
mod places;
mod security_groups;
mod snapshots;
mod tags;
mod volumes;

use clap::{Arg, ArgAction};

use crate::bundle::PartNames;
use crate::cli::dialect::{DestinationRule, Dialect, Edit, Family, Manner};

/// The dialect.
pub static EC2_API: Dialect = Dialect {
    tools: "ec2-api-tools 1.7",
    version: concat!(env!("CARGO_PKG_VERSION"), " 2014-10-01 (amikit)"),
    manner: Manner {
        family: Family::Ec2Api,
        replaces: false,
        part_names: PartNames::TwoDigits,
        destination: DestinationRule::Existing,
        limit_is_error: false,
        account_is_aws: false,
        detects_arch: false,
        finds_amazon_certificate: false,
        pads_keys: false,
        name_must_be_free: false,
        parts_beside_manifest: false,
    },
    common: COMMON,
    commands: &[
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

const COMMON: &[Edit] = &[
    Edit::Add(debug),
    Edit::Add(verbose),
    Edit::Long("dry-run", "auth-dry-run"),
    Edit::Short("dry-run", Some('D')),
    Edit::Remove("wait"),
    Edit::Remove("wait-timeout"),
    Edit::Remove("api-version"),
];

fn debug() -> Arg {
    Arg::new("debug")
        .long("debug")
        .action(ArgAction::SetTrue)
        .help("Tell on stderr what is done; never a key")
}

fn verbose() -> Arg {
    Arg::new("verbose")
        .long("verbose")
        .short('v')
        .action(ArgAction::Count)
        .help("Tell more on stderr; repeat for still more")
}
