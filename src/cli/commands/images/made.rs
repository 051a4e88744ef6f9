//! An image that was made: waiting for it, and telling its id.

use clap::Arg;
use serde::Serialize;

use crate::aws::ec2::TagSpecification;
use crate::cli::dialect::Family;
use crate::cli::ec2::{Connected, Line, Row, Waiting, show_one, tags, wait};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{Outcome, flag};
use crate::register::{Availability, availability};

/// What is told of it.
#[derive(Debug, Serialize)]
struct Made {
    image_id: String,
    /// Its state, where that was waited for.
    image_state: Option<String>,
}

impl Row for Made {
    const HEADS: &'static [&'static str] = &["image", "state"];

    fn cells(&self) -> Vec<Option<String>> {
        vec![Some(self.image_id.clone()), self.image_state.clone()]
    }

    fn lines(&self, _family: Family) -> Vec<Line> {
        vec![Line::new("IMAGE", &[Some(&self.image_id)])]
    }
}

/// Waits for an image if that is asked for, and tells its id. If it comes to nothing, the id is
/// in the error.
pub(super) fn finish(
    session: &Session<'_>,
    connected: &Connected,
    image_id: String,
) -> Result<Outcome, Failure> {
    let mut image_state = None;
    if session.values.flag("wait") {
        session.note(&format!("{image_id} is made; waiting until it can be run"));
        let image = wait(session, &connected.watcher, &image_id, || {
            let found = availability(&connected.ec2, &image_id)?;
            Ok(match found {
                Availability::Available(image) => Waiting::Done(image),
                Availability::Pending(state) => Waiting::Not(state),
                Availability::Failed(why) => Waiting::Never(why),
            })
        })?;
        image_state = image.image_state;
    }
    let made = Made {
        image_id,
        image_state,
    };
    show_one(session, &made)?;
    Ok(Outcome::Done)
}

/// `--tag-snapshots`, of commands that make snapshots as well.
pub(super) fn tag_snapshots_arg() -> Arg {
    flag(
        "tag-snapshots",
        "Give the tags to the image's snapshots as well",
    )
}

/// The tags of the image, and of the snapshots that are made with it.
pub(super) fn specifications(session: &Session<'_>) -> Result<Vec<TagSpecification>, Failure> {
    let tags = tags(session, "tag")?;
    let mut kinds = vec!["image"];
    if session.values.flag("tag-snapshots") {
        kinds.push("snapshot");
    }
    let specifications = kinds.into_iter().map(|resource_type| TagSpecification {
        resource_type,
        tags: tags.clone(),
    });
    Ok(specifications.collect())
}
