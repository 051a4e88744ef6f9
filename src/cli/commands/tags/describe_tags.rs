//! `describe-tags`.

use clap::Arg;

use crate::aws::ec2::{DescribeTags, TagDescription};
use crate::cli::dialect::Family;
use crate::cli::ec2::{Line, Row, connect, filter_arg, filters, reading_args, show};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "describe-tags",
    about: "List the tags of everything, or of what matches",
    details: "",
    examples: &[
        "amikit describe-tags",
        "amikit describe-tags --filter resource-type=image --filter key=Release",
    ],
    args,
    sources: &[],
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![filter_arg()];
    args.extend(reading_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let request = DescribeTags {
        filters: filters(session)?,
        next_token: None,
    };
    let connected = connect(session)?;
    let tags = connected.ec2.all(request)?;
    show(session, "tags", &tags)?;
    Ok(Outcome::Done)
}

impl Row for TagDescription {
    const HEADS: &'static [&'static str] = &["resource", "type", "key", "value"];

    fn cells(&self) -> Vec<Option<String>> {
        vec![
            self.resource_id.clone(),
            self.resource_type.clone(),
            Some(self.key.clone()),
            Some(self.value.clone()),
        ]
    }

    fn lines(&self, family: Family) -> Vec<Line> {
        let mut resource = [self.resource_id.as_deref(), self.resource_type.as_deref()];
        if family == Family::Ec2Api {
            resource.reverse();
        }
        let [first, second] = resource;
        let fields = [first, second, Some(&self.key), Some(&self.value)];
        vec![Line::new("TAG", &fields)]
    }
}
