//! Volumes.

mod attach_volume;
mod create_volume;
mod delete_volume;
mod describe_volumes;
mod detach_volume;
mod rows;

use clap::Arg;

use crate::aws::AwsError;
use crate::aws::ec2::{DescribeVolumes, Ec2, Volume};
use crate::cli::spec::CommandSpec;

/// The commands.
pub(super) const COMMANDS: &[&CommandSpec] = &[
    &create_volume::SPEC,
    &describe_volumes::SPEC,
    &attach_volume::SPEC,
    &detach_volume::SPEC,
    &delete_volume::SPEC,
];

/// The volume that a command is about.
fn volume_arg(help: &'static str) -> Arg {
    Arg::new("volume")
        .value_name("VOLUME")
        .required(true)
        .help(help)
}

/// A volume as it is now; none if the service does not know it, yet or any more.
fn look(ec2: &Ec2, id: &str) -> Result<Option<Volume>, AwsError> {
    let request = DescribeVolumes {
        volume_ids: vec![id.to_owned()],
        ..DescribeVolumes::default()
    };
    match ec2.all(request) {
        Err(error) if error.is_code("InvalidVolume.NotFound") => Ok(None),
        Err(error) => Err(error),
        Ok(volumes) => Ok(volumes.into_iter().find(|volume| volume.volume_id == id)),
    }
}
