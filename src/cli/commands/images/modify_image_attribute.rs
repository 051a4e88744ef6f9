//! `modify-image-attribute`.

use clap::Arg;

use super::attribute::AttributeRow;
use super::image_arg;
use crate::aws::ec2::{ImageChange, LaunchPermission, ModifyImageAttribute};
use crate::cli::ec2::{change, connect, show, writing_args};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, flag, list, option};
use crate::register::{RegisterError, parse_permission};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "modify-image-attribute",
    about: "Change an attribute of an image: who may run it, above all",
    details: "With --launch-permission, --add and --remove take accounts, all for everyone, and \
              the ARNs of organisations. Product codes cannot be taken away again, nor can \
              --imds-support.",
    examples: &[
        "amikit modify-image-attribute ami-0a1b2c3d -l -a 123456789012 -r all",
        "amikit modify-image-attribute ami-0a1b2c3d --description \"Debian 13, patched\"",
    ],
    args,
    sources: &[],
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        image_arg(),
        option("description", "TEXT", "What the image is"),
        list(
            "product-code",
            "CODE",
            "Add a code that its use is charged by",
        )
        .short('p'),
        flag("launch-permission", "Change who may run it").short('l'),
        list("add", "ENTITY", "With -l: who may run it from now on").short('a'),
        list("remove", "ENTITY", "With -l: who may no longer").short('r'),
        option(
            "imds-support",
            "VERSION",
            "v2.0: instances have the second version of the metadata service only",
        ),
    ];
    args.extend(writing_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let request = ModifyImageAttribute {
        image_id: session.text("image")?.unwrap_or_default(),
        change: wanted(session)?,
    };
    let connected = connect(session)?;
    let Some(done) = change(session, &connected.ec2, &request)? else {
        return Ok(Outcome::Done);
    };
    if !done.0 {
        let image_id = request.image_id;
        return Err(RegisterError::Refused {
            operation: "ModifyImageAttribute",
            image_id,
        }
        .into());
    }
    show(session, "changes", &rows(&request))?;
    Ok(Outcome::Done)
}

/// The one change that is asked for.
fn wanted(session: &Session<'_>) -> Result<ImageChange, Failure> {
    let values = &session.values;
    let (add, remove) = (entities(session, "add")?, entities(session, "remove")?);
    let launch_permission = values.flag("launch-permission");
    if !launch_permission {
        for (id, given) in [("add", &add), ("remove", &remove)] {
            if !given.is_empty() {
                let message = format!("--{id} is only allowed with --launch-permission");
                return Err(Failure::usage(message));
            }
        }
    } else if add.is_empty() && remove.is_empty() {
        let message = "--launch-permission needs at least one --add or --remove";
        return Err(Failure::usage(message));
    }
    let codes = values.each("product-code");
    let changes = [
        session.text("description")?.map(ImageChange::Description),
        (!codes.is_empty()).then_some(ImageChange::ProductCodes(codes)),
        launch_permission.then_some(ImageChange::LaunchPermission { add, remove }),
        session.text("imds-support")?.map(ImageChange::ImdsSupport),
    ];
    let mut changes = changes.into_iter().flatten();
    match (changes.next(), changes.next()) {
        (Some(change), None) => Ok(change),
        (None, _) => Err(Failure::usage(
            "one of these must be given: --description, --product-code, --launch-permission",
        )),
        (Some(_), Some(_)) => Err(Failure::usage("only one attribute changes at a time")),
    }
}

fn entities(session: &Session<'_>, id: &str) -> Result<Vec<LaunchPermission>, Failure> {
    let texts = session.values.each(id).into_iter();
    texts
        .map(|text| parse_permission(&text).map_err(|error| session.invalid(id, &text, &error)))
        .collect()
}

fn rows(request: &ModifyImageAttribute) -> Vec<AttributeRow> {
    let image_id = &request.image_id;
    let row = |attribute, action, kind, value: &str| AttributeRow {
        image_id: image_id.clone(),
        attribute,
        action: Some(action),
        kind,
        value: Some(value.to_owned()),
    };
    match &request.change {
        ImageChange::Description(text) => vec![row("description", "SET", None, text)],
        ImageChange::ImdsSupport(version) => vec![row("imdsSupport", "SET", None, version)],
        ImageChange::ProductCodes(codes) => {
            let codes = codes.iter();
            codes
                .map(|code| row("productCodes", "ADD", Some("productCode"), code))
                .collect()
        }
        ImageChange::LaunchPermission { add, remove } => {
            let add = add.iter().map(|who| (Some("ADD"), who));
            let remove = remove.iter().map(|who| (Some("REMOVE"), who));
            add.chain(remove)
                .map(|(action, who)| AttributeRow::permission(image_id, action, who))
                .collect()
        }
    }
}
