//! `describe-instances`.

use clap::Arg;

use super::rows::rows;
use super::some_instances_arg;
use crate::aws::ec2::DescribeInstances;
use crate::cli::ec2::{connect, filter_arg, filters, ids, reading_args, show};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "describe-instances",
    about: "List instances",
    details: "",
    examples: &[
        "amikit describe-instances",
        "amikit describe-instances --filter instance-state-name=running --output json",
    ],
    args,
    sources: &[],
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![some_instances_arg(), filter_arg()];
    args.extend(reading_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let request = DescribeInstances {
        instance_ids: ids(session, "instance")?,
        filters: filters(session)?,
        next_token: None,
    };
    let connected = connect(session)?;
    let reservations = connected.ec2.all(request)?;
    show(session, "instances", &rows(reservations))?;
    Ok(Outcome::Done)
}
