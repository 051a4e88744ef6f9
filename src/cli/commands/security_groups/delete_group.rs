//! `delete-group`.

use clap::{Arg, ArgAction};
use serde::Serialize;

use crate::aws::ec2::{DeleteSecurityGroup, GroupName};
use crate::cli::dialect::Family;
use crate::cli::ec2::{Line, Row, change, connect, ids, must_be_done, show, writing_args};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "delete-group",
    about: "Delete security groups",
    details: "A group that instances or other groups' rules use cannot be deleted.",
    examples: &["amikit delete-group web"],
    args,
    sources: &[],
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        Arg::new("group")
            .value_name("GROUP")
            .action(ArgAction::Append)
            .num_args(1..)
            .required(true)
            .help("Names or ids of the groups to delete"),
    ];
    args.extend(writing_args());
    args
}

/// A group that is gone: its name or id.
#[derive(Serialize)]
struct Deleted {
    group: String,
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let groups = ids(session, "group")?;
    let ec2 = connect(session)?.ec2;
    let mut deleted = Vec::new();
    let result = groups.into_iter().try_for_each(|group| {
        let request = DeleteSecurityGroup {
            group: GroupName::of(&group),
        };
        if let Some(done) = change(session, &ec2, &request)? {
            must_be_done(done, &format!("deleting the group {group}"))?;
            deleted.push(Deleted { group });
        }
        Ok(())
    });
    if !deleted.is_empty() {
        show(session, "groups", &deleted)?;
    }
    result.map(|()| Outcome::Done)
}

impl Row for Deleted {
    const HEADS: &'static [&'static str] = &["group"];

    fn cells(&self) -> Vec<Option<String>> {
        vec![Some(self.group.clone())]
    }

    fn lines(&self, _family: Family) -> Vec<Line> {
        vec![Line::new("RETURN", &[Some("true")])]
    }
}
