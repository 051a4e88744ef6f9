//! `copy-image`.

use clap::Arg;

use super::made;
use crate::aws::ec2::CopyImage;
use crate::cli::ec2::{change, client_token, connect, tag_arg, wait_args, writing_args};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, flag, option};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "copy-image",
    about: "Copy an image from another region, or encrypt it",
    details: "The region that is asked is the one that the copy is to be in.",
    examples: &[
        "amikit copy-image -r us-east-1 -s ami-0a1b2c3d -n debian-13 --region eu-west-1 --wait",
        "amikit copy-image -r eu-west-1 -s ami-0a1b2c3d -n debian-13-encrypted --encrypted",
    ],
    args,
    sources: &[],
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        option("source-region", "REGION", "Region that the image is in")
            .short('r')
            .required(true),
        option("source-ami-id", "IMAGE", "Id of the image")
            .short('s')
            .required(true),
        option("name", "NAME", "Name of the copy").short('n'),
        option("description", "TEXT", "What the copy is").short('d'),
        option(
            "client-token",
            "TOKEN",
            "Word by which the service knows the same request again [default: a random one]",
        )
        .short('c'),
        flag("encrypted", "Encrypt the copy"),
        option(
            "kms-key-id",
            "KEY",
            "Key to encrypt it with: id, alias or ARN",
        ),
        flag("copy-tags", "Give the copy the image's own tags"),
        tag_arg(),
        made::tag_snapshots_arg(),
    ];
    args.extend(wait_args());
    args.extend(writing_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let kms_key_id = session.text("kms-key-id")?;
    let encrypted = session.values.flag("encrypted") || kms_key_id.is_some();
    let request = CopyImage {
        source_region: session.text("source-region")?.unwrap_or_default(),
        source_image_id: session.text("source-ami-id")?.unwrap_or_default(),
        name: session.text("name")?,
        description: session.text("description")?,
        client_token: client_token(session)?,
        encrypted: encrypted.then_some(true),
        kms_key_id,
        copy_image_tags: session.values.flag("copy-tags"),
        tags: made::specifications(session)?,
    };
    let connected = connect(session)?;
    match change(session, &connected.ec2, &request)? {
        Some(image) => made::finish(session, &connected, image.image_id),
        None => Ok(Outcome::Done),
    }
}
