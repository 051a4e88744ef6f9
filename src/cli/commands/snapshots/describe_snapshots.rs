//! `describe-snapshots`.

use std::collections::HashSet;

use clap::{Arg, ArgAction};

use crate::aws::ec2::{DescribeSnapshots, Ec2, Snapshot};
use crate::cli::ec2::{connect, filter_arg, filters, ids, reading_args, show};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, list};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "describe-snapshots",
    about: "List snapshots: one's own, and those that others share",
    details: "Without arguments these are one's own snapshots and those that others have \
              explicitly shared. Public ones are listed with --all, or by their owner.",
    examples: &[
        "amikit describe-snapshots",
        "amikit describe-snapshots --owner self --filter status=completed --output json",
    ],
    args,
    sources: &[],
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        Arg::new("snapshot")
            .value_name("SNAPSHOT")
            .action(ArgAction::Append)
            .num_args(0..)
            .help("Snapshots to show"),
        Arg::new("all")
            .long("all")
            .short('a')
            .action(ArgAction::SetTrue)
            .conflicts_with_all(["owner", "restorable-by"])
            .help("Show all that may be used, public ones too"),
        list(
            "owner",
            "ACCOUNT",
            "Show those of this account; self is one's own",
        )
        .short('o'),
        list(
            "restorable-by",
            "ACCOUNT",
            "Show those that this account may use; self, or all for public ones",
        )
        .short('r'),
        filter_arg(),
    ];
    args.extend(reading_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let request = DescribeSnapshots {
        snapshot_ids: ids(session, "snapshot")?,
        owners: session.values.each("owner"),
        restorable_by: session.values.each("restorable-by"),
        filters: filters(session)?,
        next_token: None,
    };
    let connected = connect(session)?;
    let is_open = request.snapshot_ids.is_empty()
        && request.owners.is_empty()
        && request.restorable_by.is_empty()
        && !session.values.flag("all");
    let snapshots = if is_open {
        own_and_shared(&connected.ec2, &request)?
    } else {
        connected.ec2.all(request)?
    };
    show(session, "snapshots", &snapshots)?;
    Ok(Outcome::Done)
}

/// One's own snapshots, then those that others share: each once, though Amazon counts one's
/// own among the shared.
fn own_and_shared(ec2: &Ec2, request: &DescribeSnapshots) -> Result<Vec<Snapshot>, Failure> {
    let mine = || vec!["self".to_owned()];
    let mut snapshots = ec2.all(DescribeSnapshots {
        owners: mine(),
        ..request.clone()
    })?;
    snapshots.extend(ec2.all(DescribeSnapshots {
        restorable_by: mine(),
        ..request.clone()
    })?);
    let mut seen = HashSet::new();
    snapshots.retain(|snapshot| seen.insert(snapshot.snapshot_id.clone()));
    Ok(snapshots)
}
