//! `modify-snapshot-attribute`.

use clap::Arg;

use super::rows::Change;
use super::{permission_arg, snapshot_arg};
use crate::aws::ec2::{Grantee, ModifySnapshotAttribute};
use crate::cli::ec2::{change_done, connect, one_id, show, writing_args};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, list};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "modify-snapshot-attribute",
    about: "Let others make volumes of a snapshot, or no longer",
    details: "Whoever is to copy an image needs this for its snapshots, besides the permission \
              for the image itself. An encrypted snapshot can be shared only if its key is one's \
              own, and shared as well.",
    examples: &[
        "amikit modify-snapshot-attribute snap-0123456789abcdef0 --add 123456789012",
        "amikit modify-snapshot-attribute snap-0123456789abcdef0 --remove all",
    ],
    args,
    sources: &[],
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        snapshot_arg("Snapshot to share"),
        permission_arg("Change who may make volumes of it: the only attribute there is"),
        list("add", "ACCOUNT", "Account that may; all for everybody").short('a'),
        list(
            "remove",
            "ACCOUNT",
            "Account that may no longer; all for everybody",
        )
        .short('r'),
    ];
    args.extend(writing_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let snapshot_id = one_id(session, "snapshot")?;
    let grantees = |id: &str| -> Vec<Grantee> {
        let names = session.values.each(id);
        names.iter().map(|name| Grantee::of(name)).collect()
    };
    let (add, remove) = (grantees("add"), grantees("remove"));
    if add.is_empty() && remove.is_empty() {
        return Err(Failure::usage("--add is needed, or --remove"));
    }
    let connected = connect(session)?;
    let mut changes = Vec::new();
    // Amazon takes grants or withdrawals in one request, not both.
    for (operation, grantees) in [("add", add), ("remove", remove)] {
        if grantees.is_empty() {
            continue;
        }
        let mut request = ModifySnapshotAttribute {
            snapshot_id: snapshot_id.clone(),
            ..ModifySnapshotAttribute::default()
        };
        match operation {
            "add" => request.add.clone_from(&grantees),
            _ => request.remove.clone_from(&grantees),
        }
        if change_done(session, &connected.ec2, &request)? {
            changes.extend(grantees.into_iter().map(|grantee| Change {
                snapshot_id: snapshot_id.clone(),
                operation,
                grantee,
            }));
        }
    }
    if !changes.is_empty() {
        show(session, "create_volume_permissions", &changes)?;
    }
    Ok(Outcome::Done)
}
