//! `describe-snapshot-attribute`.

use clap::{Arg, ArgAction};

use super::rows::{Code, Permission};
use super::{permission_arg, snapshot_arg};
use crate::aws::ec2::{DescribeSnapshotAttribute, SnapshotAttribute};
use crate::cli::ec2::{connect, one_id, reading_args, show};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "describe-snapshot-attribute",
    about: "Show who may make volumes of a snapshot, or its product codes",
    details: "",
    examples: &["amikit describe-snapshot-attribute snap-0123456789abcdef0 -c"],
    args,
    sources: &[],
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        snapshot_arg("Snapshot to show"),
        permission_arg("Show who may make volumes of it").conflicts_with("product-codes"),
        Arg::new("product-codes")
            .long("product-codes")
            .short('p')
            .action(ArgAction::SetTrue)
            .required_unless_present("create-volume-permission")
            .help("Show its product codes"),
    ];
    args.extend(reading_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let snapshot_id = one_id(session, "snapshot")?;
    let attribute = if session.values.flag("product-codes") {
        SnapshotAttribute::ProductCodes
    } else {
        SnapshotAttribute::CreateVolumePermission
    };
    let request = DescribeSnapshotAttribute {
        snapshot_id: snapshot_id.clone(),
        attribute,
    };
    let connected = connect(session)?;
    let found = connected.ec2.call(&request)?;
    match attribute {
        SnapshotAttribute::CreateVolumePermission => {
            let grantees = found.create_volume_permissions.into_iter();
            let rows = grantees.map(|grantee| Permission {
                snapshot_id: snapshot_id.clone(),
                grantee,
            });
            let rows: Vec<_> = rows.collect();
            show(session, "create_volume_permissions", &rows)?;
        }
        SnapshotAttribute::ProductCodes => {
            let rows = found.product_codes.into_iter().map(|code| Code {
                snapshot_id: snapshot_id.clone(),
                code,
            });
            show(session, "product_codes", &rows.collect::<Vec<_>>())?;
        }
    }
    Ok(Outcome::Done)
}
