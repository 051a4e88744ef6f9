//! `delete-tags`.

use clap::Arg;

use super::{Tagged, resources_arg};
use crate::aws::ec2::{DeleteTags, TagToDelete};
use crate::cli::dialect::Family;
use crate::cli::ec2::{change_done, connect, ids, show, writing_args};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, list};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "delete-tags",
    about: "Take tags from images, instances, volumes, …",
    details: "With KEY alone the tag goes whatever its value is, with KEY=VALUE only if it has \
              this value, and with KEY= only if its value is empty.",
    examples: &["amikit delete-tags ami-0123456789abcdef0 --tag Release --tag Stage=test"],
    args,
    sources: &[],
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        resources_arg("What has the tags"),
        list("tag", "KEY[=[VALUE]]", "Tag to delete").required(true),
    ];
    args.extend(writing_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let request = DeleteTags {
        resource_ids: ids(session, "resource")?,
        tags: tags(session)?,
    };
    let connected = connect(session)?;
    // euca2ools says nothing.
    let tells = session.manner.family != Family::Euca;
    if change_done(session, &connected.ec2, &request)? && tells {
        let rows = request.resource_ids.iter().flat_map(|id| {
            request.tags.iter().map(move |tag| Tagged {
                resource_id: id.clone(),
                key: tag.key.clone(),
                value: tag.value.clone(),
            })
        });
        show(session, "deleted_tags", &rows.collect::<Vec<_>>())?;
    }
    Ok(Outcome::Done)
}

fn tags(session: &Session<'_>) -> Result<Vec<TagToDelete>, Failure> {
    let tag = |text: String| {
        let (key, value) = match text.split_once('=') {
            Some((key, value)) => (key, Some(value.to_owned())),
            None => (&*text, None),
        };
        if key.is_empty() {
            let why = format!("\"{text}\" is no tag: expected KEY, KEY= or KEY=VALUE");
            return Err(session.invalid("tag", &text, &why));
        }
        Ok(TagToDelete {
            key: key.to_owned(),
            value,
        })
    };
    session.values.each("tag").into_iter().map(tag).collect()
}
