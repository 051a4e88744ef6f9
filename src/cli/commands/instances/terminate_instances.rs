//! `terminate-instances`.

use clap::Arg;

use super::instances_arg;
use super::waiting::{Goal, bring};
use crate::aws::ec2::TerminateInstances;
use crate::cli::ec2::{ids, wait_args, writing_args};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "terminate-instances",
    about: "End instances for good",
    details: "",
    examples: &["amikit terminate-instances i-0123456789abcdef0 --wait"],
    args,
    sources: &[],
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![instances_arg("Instances to end")];
    args.extend(wait_args());
    args.extend(writing_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let request = TerminateInstances {
        instance_ids: ids(session, "instance")?,
    };
    bring(session, &request, &request.instance_ids, Goal::Terminated)
}
