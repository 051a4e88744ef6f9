//! `cancel-bundle-task`.

use clap::Arg;

use crate::aws::ec2::CancelBundleTask;
use crate::cli::ec2::{change, connect, show_one, writing_args};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "cancel-bundle-task",
    about: "Cancel a bundle task",
    details: "",
    examples: &["amikit cancel-bundle-task bun-1a2b3c4d"],
    args,
    sources: &[],
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        Arg::new("task")
            .value_name("TASK")
            .required(true)
            .help("The bundle task"),
    ];
    args.extend(writing_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let request = CancelBundleTask {
        bundle_id: session.values.given("task").unwrap_or_default(),
    };
    let connected = connect(session)?;
    if let Some(cancelled) = change(session, &connected.ec2, &request)? {
        show_one(session, &cancelled.0)?;
    }
    Ok(Outcome::Done)
}
