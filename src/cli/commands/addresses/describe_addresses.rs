//! `describe-addresses`.

use clap::{Arg, ArgAction};

use crate::aws::ec2::DescribeAddresses;
use crate::cli::ec2::{connect, filter_arg, filters, ids, reading_args, show};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "describe-addresses",
    about: "List elastic addresses",
    details: "On Eucalyptus, administrators see every address, and whose it is beside its \
              instance.",
    examples: &["amikit describe-addresses --filter domain=vpc"],
    args,
    sources: &[],
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        Arg::new("address")
            .value_name("ADDRESS")
            .action(ArgAction::Append)
            .num_args(0..)
            .help("Addresses or allocations to show (default: all)"),
        filter_arg(),
    ];
    args.extend(reading_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let names = ids(session, "address")?;
    let is_id = |name: &String| name.starts_with("eipalloc-");
    let (allocation_ids, public_ips) = names.into_iter().partition(is_id);
    let request = DescribeAddresses {
        public_ips,
        allocation_ids,
        filters: filters(session)?,
    };
    let connected = connect(session)?;
    let addresses = connected.ec2.call(&request)?;
    show(session, "addresses", &addresses)?;
    Ok(Outcome::Done)
}
