//! `create-tags`.

use clap::Arg;

use super::{Tagged, resources_arg};
use crate::aws::ec2::CreateTags;
use crate::cli::ec2::{change_done, connect, ids, show, tag_arg, tags, writing_args};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "create-tags",
    about: "Tag images, instances, volumes, … with keys and values",
    details: "A tag that is there already gets the new value.",
    examples: &["amikit create-tags ami-0123456789abcdef0 snap-0123456789abcdef0 --tag Release=12"],
    args,
    sources: &[],
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        resources_arg("What to tag"),
        tag_arg()
            .value_name("KEY[=VALUE]")
            .required(true)
            .help("Key and value of a tag (default: an empty value)"),
    ];
    args.extend(writing_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let request = CreateTags {
        resource_ids: ids(session, "resource")?,
        tags: tags(session, "tag")?,
    };
    let connected = connect(session)?;
    if !change_done(session, &connected.ec2, &request)? {
        return Ok(Outcome::Done);
    }
    let rows = request.resource_ids.iter().flat_map(|id| {
        request.tags.iter().map(move |tag| Tagged {
            resource_id: id.clone(),
            key: tag.key.clone(),
            value: Some(tag.value.clone()),
        })
    });
    show(session, "tags", &rows.collect::<Vec<_>>())?;
    Ok(Outcome::Done)
}
