//! `describe-volumes`.

use clap::{Arg, ArgAction};

use crate::aws::ec2::DescribeVolumes;
use crate::cli::ec2::{connect, filter_arg, filters, ids, reading_args, show};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "describe-volumes",
    about: "List volumes, and where they are attached",
    details: "",
    examples: &[
        "amikit describe-volumes",
        "amikit describe-volumes --filter status=available --output tsv",
    ],
    args,
    sources: &[],
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        Arg::new("volume")
            .value_name("VOLUME")
            .action(ArgAction::Append)
            .num_args(0..)
            .help("Volumes to show (default: all)"),
        filter_arg(),
    ];
    args.extend(reading_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let request = DescribeVolumes {
        volume_ids: ids(session, "volume")?,
        filters: filters(session)?,
        next_token: None,
    };
    let connected = connect(session)?;
    let volumes = connected.ec2.all(request)?;
    show(session, "volumes", &volumes)?;
    Ok(Outcome::Done)
}
