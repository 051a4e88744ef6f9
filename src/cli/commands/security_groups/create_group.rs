//! `create-group`.

use clap::Arg;
use serde::Serialize;

use crate::aws::ec2::CreateSecurityGroup;
use crate::cli::dialect::Family;
use crate::cli::ec2::{Line, Row, change, connect, show_one, tag_arg, tags, writing_args};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, option};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "create-group",
    about: "Make a security group",
    details: "It lets nothing in until authorize says so.",
    examples: &["amikit create-group web -d \"Web servers\" --vpc vpc-0a1b2c3d4e5f60718"],
    args,
    sources: &[],
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        Arg::new("group")
            .value_name("GROUP")
            .required(true)
            .help("Name of the new group"),
        option("description", "TEXT", "What the group is for")
            .short('d')
            .required(true),
        option(
            "vpc",
            "VPC",
            "VPC that it is for (default: the default VPC)",
        )
        .short('c'),
        tag_arg(),
    ];
    args.extend(writing_args());
    args
}

/// A group that was made.
#[derive(Serialize)]
struct Created {
    #[serde(rename = "group_id")]
    id: Option<String>,
    #[serde(rename = "group_name")]
    name: String,
    #[serde(rename = "group_description")]
    description: String,
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let request = CreateSecurityGroup {
        group_name: session.text("group")?.unwrap_or_default(),
        group_description: session.text("description")?.unwrap_or_default(),
        vpc_id: session.text("vpc")?,
        tags: tags(session, "tag")?,
    };
    let connected = connect(session)?;
    if let Some(made) = change(session, &connected.ec2, &request)? {
        let created = Created {
            id: made.group_id,
            name: request.group_name,
            description: request.group_description,
        };
        show_one(session, &created)?;
    }
    Ok(Outcome::Done)
}

impl Row for Created {
    const HEADS: &'static [&'static str] = &["id", "name", "description"];

    fn cells(&self) -> Vec<Option<String>> {
        vec![
            self.id.clone(),
            Some(self.name.clone()),
            Some(self.description.clone()),
        ]
    }

    fn lines(&self, _family: Family) -> Vec<Line> {
        let fields = [
            self.id.as_deref(),
            Some(&*self.name),
            Some(&*self.description),
        ];
        vec![Line::new("GROUP", &fields)]
    }
}
