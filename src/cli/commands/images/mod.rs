//! Images: registering, listing, sharing, copying, deregistering.

mod attribute;
mod copy_image;
mod create_image;
mod deregister;
mod describe_image_attribute;
mod describe_images;
mod made;
mod modify_image_attribute;
mod register;
pub(super) mod registration;
mod reset_image_attribute;

use clap::Arg;

use crate::cli::spec::CommandSpec;

/// The commands.
pub(super) const COMMANDS: &[&CommandSpec] = &[
    &register::SPEC,
    &describe_images::SPEC,
    &deregister::SPEC,
    &describe_image_attribute::SPEC,
    &modify_image_attribute::SPEC,
    &reset_image_attribute::SPEC,
    &copy_image::SPEC,
    &create_image::SPEC,
];

/// The image that a command is about.
fn image_arg() -> Arg {
    Arg::new("image")
        .value_name("IMAGE")
        .required(true)
        .help("Id of the image")
}
