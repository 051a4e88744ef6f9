//! The commands. A new one is a file and a line in [`GROUPS`].

mod addresses;
mod audit_image;
mod bundle_address;
mod bundle_and_upload;
mod bundle_image;
mod bundle_tasks;
mod check_bucket;
pub(super) mod completions;
#[cfg(test)]
mod coverage;
mod delete_bundle;
mod destination;
mod doctor;
mod download_and_unbundle;
mod download_bundle;
mod download_snapshot;
mod images;
mod inspect;
mod install_links;
mod instances;
mod key_pairs;
mod man;
mod migrate_bundle;
mod migrate_manifest;
mod places;
mod publish;
mod security_groups;
mod share_image;
mod snapshots;
mod tags;
mod unbundle;
mod unbundle_stream;
mod upload_bundle;
mod upload_snapshot;
mod uploads;
mod verify;
mod version;
mod volumes;

use std::time::Duration;

use super::spec::CommandSpec;
use crate::units::Bytes;

/// Commands that belong together, in the order of the help.
#[derive(Debug)]
pub struct Group {
    /// What they are about.
    pub title: &'static str,
    /// The commands.
    pub commands: &'static [&'static CommandSpec],
}

/// Every command.
pub const GROUPS: &[Group] = &[
    Group {
        title: "Bundles",
        commands: &[
            &bundle_image::SPEC,
            &bundle_and_upload::SPEC,
            &unbundle::SPEC,
            &unbundle_stream::SPEC,
            &download_and_unbundle::SPEC,
            &verify::SPEC,
            &inspect::SPEC,
            &audit_image::SPEC,
            &upload_bundle::SPEC,
            &download_bundle::SPEC,
            &delete_bundle::SPEC,
            &migrate_manifest::SPEC,
            &migrate_bundle::SPEC,
            &check_bucket::SPEC,
            &uploads::SPEC,
        ],
    },
    Group {
        title: "Publishing",
        commands: &[&publish::SPEC, &share_image::SPEC],
    },
    Group {
        title: "Disk images as snapshots",
        commands: &[&upload_snapshot::SPEC, &download_snapshot::SPEC],
    },
    Group {
        title: "Images",
        commands: images::COMMANDS,
    },
    Group {
        title: "Instances",
        commands: instances::COMMANDS,
    },
    Group {
        title: "Key pairs",
        commands: key_pairs::COMMANDS,
    },
    Group {
        title: "Security groups",
        commands: security_groups::COMMANDS,
    },
    Group {
        title: "Addresses",
        commands: addresses::COMMANDS,
    },
    Group {
        title: "Volumes",
        commands: volumes::COMMANDS,
    },
    Group {
        title: "Snapshots",
        commands: snapshots::COMMANDS,
    },
    Group {
        title: "Tags",
        commands: tags::COMMANDS,
    },
    Group {
        title: "Bundle tasks",
        commands: bundle_tasks::COMMANDS,
    },
    Group {
        title: "Regions and zones",
        commands: places::COMMANDS,
    },
    #[cfg(feature = "cloud")]
    Group {
        title: "The small cloud",
        commands: &[&super::controller::SPEC],
    },
    Group {
        title: "amikit itself",
        commands: &[
            &doctor::SPEC,
            &install_links::SPEC,
            &completions::SPEC,
            &man::SPEC,
            &version::SPEC,
        ],
    },
];

/// Every command, in the order of the help.
pub fn all() -> impl Iterator<Item = &'static CommandSpec> {
    GROUPS.iter().flat_map(|group| group.commands).copied()
}

/// The command of a name.
#[must_use]
pub fn find(name: &str) -> Option<&'static CommandSpec> {
    all().find(|spec| spec.name == name)
}

/// How long a journey took, and how much of the image it did in a second.
fn pace(size: u64, took: Duration) -> String {
    let each_second = u128::from(size) * 1000 / took.as_millis().max(1);
    let each_second = u64::try_from(each_second).unwrap_or(u64::MAX);
    format!("{:.1} s, {}/s", took.as_secs_f64(), Bytes(each_second))
}

/// An image's size, and how much of it is data if not all is.
fn size_and_data(size: u64, data_bytes: u64) -> String {
    if data_bytes == size {
        return Bytes(size).to_string();
    }
    format!("{}, of which {} are data", Bytes(size), Bytes(data_bytes))
}
