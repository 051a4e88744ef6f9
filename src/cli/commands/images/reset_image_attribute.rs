//! `reset-image-attribute`.

use clap::Arg;

use super::attribute::AttributeRow;
use super::image_arg;
use crate::aws::ec2::ResetImageAttribute;
use crate::cli::ec2::{change, connect, show, writing_args};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, flag};
use crate::register::RegisterError;

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "reset-image-attribute",
    about: "Let only its owner run an image",
    details: "Launch permissions are the only attribute that can be reset.",
    examples: &["amikit reset-image-attribute ami-0a1b2c3d -l"],
    args,
    sources: &[],
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        image_arg(),
        flag("launch-permission", "Take back who may run it")
            .short('l')
            .required(true),
    ];
    args.extend(writing_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let request = ResetImageAttribute {
        image_id: session.text("image")?.unwrap_or_default(),
    };
    let connected = connect(session)?;
    let Some(done) = change(session, &connected.ec2, &request)? else {
        return Ok(Outcome::Done);
    };
    let image_id = request.image_id;
    if !done.0 {
        return Err(RegisterError::Refused {
            operation: "ResetImageAttribute",
            image_id,
        }
        .into());
    }
    let row = AttributeRow {
        image_id,
        attribute: "launchPermission",
        action: Some("RESET"),
        kind: None,
        value: None,
    };
    show(session, "changes", &[row])?;
    Ok(Outcome::Done)
}
