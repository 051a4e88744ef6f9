//! `describe-bundle-tasks`.

use clap::{Arg, ArgAction};

use crate::aws::ec2::DescribeBundleTasks;
use crate::cli::ec2::{connect, filter_arg, filters, ids, reading_args, show};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "describe-bundle-tasks",
    about: "List the bundle tasks of instances",
    details: "",
    examples: &["amikit describe-bundle-tasks"],
    args,
    sources: &[],
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        Arg::new("task")
            .value_name("TASK")
            .action(ArgAction::Append)
            .num_args(0..)
            .help("Bundle tasks to show (default: all)"),
        filter_arg(),
    ];
    args.extend(reading_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let request = DescribeBundleTasks {
        bundle_ids: ids(session, "task")?,
        filters: filters(session)?,
    };
    let connected = connect(session)?;
    let tasks = connected.ec2.call(&request)?;
    show(session, "bundle_tasks", &tasks)?;
    Ok(Outcome::Done)
}
