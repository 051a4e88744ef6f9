//! `describe-keypairs`.

use clap::{Arg, ArgAction};

use crate::aws::ec2::DescribeKeyPairs;
use crate::cli::ec2::{connect, filter_arg, filters, ids, reading_args, show};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, flag};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "describe-keypairs",
    about: "List key pairs",
    details: "What a fingerprint is of depends on where the key was made: see fingerprint-key.",
    examples: &["amikit describe-keypairs --output json"],
    args,
    sources: &[],
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        Arg::new("keypair")
            .value_name("KEYPAIR")
            .action(ArgAction::Append)
            .num_args(0..)
            .help("Key pairs to show (default: all)"),
        flag(
            "include-public-key",
            "Ask for the public keys, too, which JSON shows",
        ),
        filter_arg(),
    ];
    args.extend(reading_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let request = DescribeKeyPairs {
        names: ids(session, "keypair")?,
        filters: filters(session)?,
        include_public_key: session.values.flag("include-public-key"),
    };
    let connected = connect(session)?;
    let key_pairs = connected.ec2.call(&request)?;
    show(session, "key_pairs", &key_pairs)?;
    Ok(Outcome::Done)
}
