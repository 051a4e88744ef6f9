//! `deregister`.

use clap::{Arg, ArgAction};
use serde::Serialize;

use crate::aws::ec2::{DeletedSnapshot, DeregisterImage, Ec2};
use crate::cli::dialect::Family;
use crate::cli::ec2::{Line, Row, change, connect, ids, show, writing_args};
use crate::cli::failure::{Exit, Failure};
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, flag};
use crate::register;

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "deregister",
    about: "Deregister images: no new instances can be started from them",
    details: "An image that is still listed is deregistered once more, which Eucalyptus needs. \
              Bundles stay where they are, see delete-bundle; so do snapshots, unless \
              --delete-snapshots is given, which Amazon's service knows.",
    examples: &[
        "amikit deregister ami-0a1b2c3d",
        "amikit deregister --delete-snapshots ami-0a1b2c3d ami-4e5f6a7b",
    ],
    args,
    sources: &[],
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        Arg::new("image")
            .value_name("IMAGE")
            .action(ArgAction::Append)
            .num_args(1..)
            .required(true)
            .help("Ids of the images"),
        flag(
            "delete-snapshots",
            "Delete their snapshots as well, those of other images excepted",
        ),
    ];
    args.extend(writing_args());
    args
}

/// An image that is gone.
#[derive(Debug, Serialize)]
struct Gone {
    image_id: String,
    snapshots: Vec<DeletedSnapshot>,
}

impl Row for Gone {
    const HEADS: &'static [&'static str] = &["image", "snapshots"];

    fn cells(&self) -> Vec<Option<String>> {
        let snapshots = self.snapshots.iter().map(|snapshot| {
            let code = snapshot.return_code.as_deref().unwrap_or("unknown");
            format!("{} {code}", snapshot.snapshot_id)
        });
        let snapshots: Vec<_> = snapshots.collect();
        vec![Some(self.image_id.clone()), Some(snapshots.join(", "))]
    }

    fn lines(&self, _family: Family) -> Vec<Line> {
        vec![Line::new("IMAGE", &[Some(&self.image_id)])]
    }
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let images = ids(session, "image")?;
    let connected = connect(session)?;
    let requests = images.into_iter().map(|image_id| DeregisterImage {
        image_id,
        delete_associated_snapshots: session.values.flag("delete-snapshots"),
    });
    let requests: Vec<_> = requests.collect();
    if session.values.flag("dry-run") {
        for request in &requests {
            change(session, &connected.ec2, request)?;
        }
        return Ok(Outcome::Done);
    }
    let (gone, failure) = deregister_all(&connected.ec2, &requests);
    if !gone.is_empty() || failure.is_none() {
        show(session, "images", &gone)?;
    }
    failure.map_or(Ok(Outcome::Done), Err)
}

/// Deregisters images until one cannot be.
fn deregister_all(ec2: &Ec2, requests: &[DeregisterImage]) -> (Vec<Gone>, Option<Failure>) {
    let mut gone = Vec::new();
    for request in requests {
        match register::deregister(ec2, request) {
            Ok(answer) => gone.push(Gone {
                image_id: request.image_id.clone(),
                snapshots: answer.snapshots,
            }),
            Err(error) => {
                let mut failure = Failure::from(error);
                if !gone.is_empty() && failure.exit == Exit::Service {
                    failure.exit = Exit::Partial;
                }
                return (gone, Some(failure));
            }
        }
    }
    (gone, None)
}
