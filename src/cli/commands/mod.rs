//! The commands. A new one is a file and a line in [`COMMANDS`].

mod bundle_address;
mod bundle_and_upload;
mod bundle_image;
mod check_bucket;
mod completions;
mod delete_bundle;
mod destination;
mod doctor;
mod download_and_unbundle;
mod download_bundle;
mod inspect;
mod install_links;
mod man;
mod migrate_bundle;
mod migrate_manifest;
mod unbundle;
mod unbundle_stream;
mod upload_bundle;
mod uploads;
mod verify;
mod version;

use std::time::Duration;

use super::spec::CommandSpec;
use crate::units::Bytes;

/// Every command, in the order of the help.
pub const COMMANDS: &[&CommandSpec] = &[
    &bundle_image::SPEC,
    &bundle_and_upload::SPEC,
    &unbundle::SPEC,
    &unbundle_stream::SPEC,
    &download_and_unbundle::SPEC,
    &verify::SPEC,
    &inspect::SPEC,
    &upload_bundle::SPEC,
    &download_bundle::SPEC,
    &delete_bundle::SPEC,
    &migrate_manifest::SPEC,
    &migrate_bundle::SPEC,
    &check_bucket::SPEC,
    &uploads::SPEC,
    &doctor::SPEC,
    &install_links::SPEC,
    &completions::SPEC,
    &man::SPEC,
    &version::SPEC,
];

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
