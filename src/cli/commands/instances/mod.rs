//! Instances and their types.

mod describe_instance_status;
mod describe_instance_types;
mod describe_instances;
mod get_console_output;
mod get_password;
mod lines;
mod reboot_instances;
mod rows;
mod run_instances;
mod start_instances;
mod stop_instances;
mod terminate_instances;
mod waiting;

use clap::{Arg, ArgAction};

use crate::cli::spec::CommandSpec;

/// The commands.
pub(super) const COMMANDS: &[&CommandSpec] = &[
    &run_instances::SPEC,
    &describe_instances::SPEC,
    &describe_instance_status::SPEC,
    &terminate_instances::SPEC,
    &reboot_instances::SPEC,
    &start_instances::SPEC,
    &stop_instances::SPEC,
    &get_console_output::SPEC,
    &get_password::SPEC,
    &describe_instance_types::SPEC,
];

/// The ids of instances that are to be changed.
fn instances_arg(help: &'static str) -> Arg {
    Arg::new("instance")
        .value_name("INSTANCE")
        .action(ArgAction::Append)
        .num_args(1..)
        .required(true)
        .help(help)
}

/// The ids of instances to show.
fn some_instances_arg() -> Arg {
    Arg::new("instance")
        .value_name("INSTANCE")
        .action(ArgAction::Append)
        .num_args(0..)
        .help("Instances to show (default: all)")
}

/// The id of one instance.
fn instance_arg() -> Arg {
    Arg::new("instance")
        .value_name("INSTANCE")
        .required(true)
        .help("The instance")
}
