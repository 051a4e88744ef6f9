//! The commands. A new one is a file and a line in [`COMMANDS`].

mod bundle_image;
mod completions;
mod inspect;
mod install_links;
mod man;
mod unbundle;
mod unbundle_stream;
mod verify;

use super::spec::CommandSpec;

/// Every command, in the order of the help.
pub const COMMANDS: &[&CommandSpec] = &[
    &bundle_image::SPEC,
    &unbundle::SPEC,
    &unbundle_stream::SPEC,
    &verify::SPEC,
    &inspect::SPEC,
    &install_links::SPEC,
    &completions::SPEC,
    &man::SPEC,
];
