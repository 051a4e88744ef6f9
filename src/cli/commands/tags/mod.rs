//! Tags of anything.

mod create_tags;
mod delete_tags;
mod describe_tags;

use clap::{Arg, ArgAction};
use serde::Serialize;

use crate::cli::dialect::Family;
use crate::cli::ec2::{Line, Row, resource_type};
use crate::cli::spec::CommandSpec;

/// The commands.
pub(super) const COMMANDS: &[&CommandSpec] =
    &[&create_tags::SPEC, &describe_tags::SPEC, &delete_tags::SPEC];

/// What the tags are of.
fn resources_arg(help: &'static str) -> Arg {
    Arg::new("resource")
        .value_name("RESOURCE")
        .action(ArgAction::Append)
        .num_args(1..)
        .required(true)
        .help(help)
}

/// A tag that was set or deleted.
#[derive(Debug, Serialize)]
struct Tagged {
    resource_id: String,
    key: String,
    /// None where it did not matter.
    value: Option<String>,
}

impl Row for Tagged {
    const HEADS: &'static [&'static str] = &["resource", "key", "value"];

    fn cells(&self) -> Vec<Option<String>> {
        vec![
            Some(self.resource_id.clone()),
            Some(self.key.clone()),
            self.value.clone(),
        ]
    }

    fn lines(&self, _family: Family) -> Vec<Line> {
        vec![Line::new(
            "TAG",
            &[
                resource_type(&self.resource_id),
                Some(&self.resource_id),
                Some(&self.key),
                self.value.as_deref(),
            ],
        )]
    }
}
