//! `stop-instances`.

use clap::Arg;

use super::instances_arg;
use super::waiting::{Goal, bring};
use crate::aws::ec2::StopInstances;
use crate::cli::ec2::{ids, wait_args, writing_args};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, flag};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "stop-instances",
    about: "Stop instances whose disks are volumes",
    details: "They keep their volumes and can be started again.",
    examples: &["amikit stop-instances i-0123456789abcdef0 --wait"],
    args,
    sources: &[],
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        instances_arg("Instances to stop"),
        flag("force", "Stop at once, as if the power was cut").short('f'),
        flag("hibernate", "Keep what is in memory for the next start"),
    ];
    args.extend(wait_args());
    args.extend(writing_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let request = StopInstances {
        instance_ids: ids(session, "instance")?,
        force: session.values.flag("force"),
        hibernate: session.values.flag("hibernate"),
    };
    bring(session, &request, &request.instance_ids, Goal::Stopped)
}
