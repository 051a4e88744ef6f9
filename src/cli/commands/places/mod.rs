//! Regions and availability zones.

mod describe_availability_zones;
mod describe_regions;

use crate::cli::spec::CommandSpec;

/// The commands.
pub(super) const COMMANDS: &[&CommandSpec] =
    &[&describe_regions::SPEC, &describe_availability_zones::SPEC];
