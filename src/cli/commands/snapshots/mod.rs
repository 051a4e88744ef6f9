//! Snapshots of volumes, and who may use them.

mod completed;
mod create_snapshot;
mod delete_snapshot;
mod describe_snapshot_attribute;
mod describe_snapshots;
mod modify_snapshot_attribute;
mod reset_snapshot_attribute;
mod rows;

use clap::{Arg, ArgAction};

use crate::cli::spec::CommandSpec;

pub(super) use completed::until_completed;

/// The commands.
pub(super) const COMMANDS: &[&CommandSpec] = &[
    &create_snapshot::SPEC,
    &describe_snapshots::SPEC,
    &delete_snapshot::SPEC,
    &modify_snapshot_attribute::SPEC,
    &describe_snapshot_attribute::SPEC,
    &reset_snapshot_attribute::SPEC,
];

/// The snapshot that a command is about.
fn snapshot_arg(help: &'static str) -> Arg {
    Arg::new("snapshot")
        .value_name("SNAPSHOT")
        .required(true)
        .help(help)
}

/// `-c`, which chooses the attribute.
fn permission_arg(help: &'static str) -> Arg {
    Arg::new("create-volume-permission")
        .long("create-volume-permission")
        .short('c')
        .action(ArgAction::SetTrue)
        .help(help)
}
