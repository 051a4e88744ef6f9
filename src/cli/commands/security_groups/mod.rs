//! Security groups and their rules.

mod authorize;
mod create_group;
mod delete_group;
mod describe_groups;
mod ports;
mod revoke;
mod rules;

use crate::cli::spec::CommandSpec;

/// The commands.
pub(super) const COMMANDS: &[&CommandSpec] = &[
    &create_group::SPEC,
    &delete_group::SPEC,
    &describe_groups::SPEC,
    &authorize::SPEC,
    &revoke::SPEC,
];
