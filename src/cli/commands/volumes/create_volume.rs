//! `create-volume`.

use clap::Arg;

use super::look;
use super::rows::Created;
use crate::aws::AwsError;
use crate::aws::ec2::{CreateVolume, Ec2, Volume};
use crate::cli::ec2::{
    Connected, Waiting, change, client_token, connect, show_one, tag_arg, tags, wait, wait_args,
    writing_args,
};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, flag, option};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "create-volume",
    about: "Make a volume, empty or of a snapshot",
    details: "With --wait it ends when the volume can be attached. On Amazon's EC2 a request \
              whose answer is lost is made again with the same client token; elsewhere, where \
              there are no such tokens, the command says that it does not know.",
    examples: &[
        "amikit create-volume -z us-east-1a -s 10 -t gp3 --tag Name=data --wait",
        "amikit create-volume -z us-east-1a --snapshot snap-0123456789abcdef0",
    ],
    args,
    sources: &[],
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        option("availability-zone", "ZONE", "Zone of the volume")
            .short('z')
            .required(true),
        option("size", "GIB", "Size in GiB (default: that of the snapshot)").short('s'),
        option("snapshot", "SNAPSHOT", "Snapshot to make the volume of"),
        option(
            "type",
            "TYPE",
            "Type: gp3, gp2, io2, io1, st1, sc1, standard",
        )
        .short('t'),
        option("iops", "N", "Operations a second it is to do").short('i'),
        option("throughput", "MIB", "MiB a second it is to do (gp3)"),
        flag("encrypted", "Encrypt it"),
        option(
            "kms-key-id",
            "KEY",
            "Key of the service KMS to encrypt it with",
        ),
        option(
            "client-token",
            "TOKEN",
            "Make no second volume for the same token (default: a random one, where known)",
        ),
        tag_arg(),
    ];
    args.extend(wait_args());
    args.extend(writing_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let mut request = CreateVolume {
        availability_zone: session.required_text("availability-zone")?,
        size: number(session, "size")?,
        snapshot_id: session.text("snapshot")?,
        volume_type: session.text("type")?,
        iops: number(session, "iops")?,
        throughput: number(session, "throughput")?,
        encrypted: session.values.flag("encrypted"),
        kms_key_id: session.text("kms-key-id")?,
        client_token: session.text("client-token")?,
        tags: tags(session, "tag")?,
    };
    check(&request)?;
    let connected = connect(session)?;
    if request.client_token.is_none() && connected.ec2.is_current() {
        request.client_token = Some(client_token(session)?);
    }
    let Some(mut volume) = change(session, &connected.ec2, &request)? else {
        return Ok(Outcome::Done);
    };
    if session.values.flag("wait") {
        volume = available(session, &connected, &volume.volume_id)?;
    }
    show_one(session, &Created(volume))?;
    Ok(Outcome::Done)
}

fn number(session: &Session<'_>, id: &str) -> Result<Option<u64>, Failure> {
    let Some(text) = session.text(id)? else {
        return Ok(None);
    };
    if let Ok(number @ 1..) = text.parse() {
        return Ok(Some(number));
    }
    let why = format!("\"{text}\" is no number: expected a whole one from 1");
    Err(session.invalid(id, &text, &why))
}

/// What no service needs to be asked about.
fn check(request: &CreateVolume) -> Result<(), Failure> {
    if request.size.is_none() && request.snapshot_id.is_none() {
        return Err(Failure::usage("--size is needed, or --snapshot"));
    }
    if request.iops.is_some() && request.volume_type.is_none() {
        return Err(Failure::usage("--iops needs --type, too"));
    }
    if request.iops.is_some() && request.volume_type.as_deref() == Some("standard") {
        return Err(Failure::usage("--iops makes no sense with --type standard"));
    }
    if request.kms_key_id.is_some() && !request.encrypted {
        return Err(Failure::usage("--kms-key-id needs --encrypted, too"));
    }
    Ok(())
}

/// The volume, once it can be attached.
fn available(session: &Session<'_>, connected: &Connected, id: &str) -> Result<Volume, Failure> {
    let what = format!("volume {id}");
    wait(session, &connected.watcher, &what, || {
        state(&connected.ec2, id)
    })
}

fn state(ec2: &Ec2, id: &str) -> Result<Waiting<Volume>, AwsError> {
    let Some(volume) = look(ec2, id)? else {
        return Ok(Waiting::Not("unknown".to_owned()));
    };
    let status = volume.status.clone().unwrap_or_default();
    Ok(match status.as_str() {
        "available" | "in-use" => Waiting::Done(volume),
        "error" | "failed" | "fail" | "deleting" | "deleted" => Waiting::Never(status),
        _ => Waiting::Not(status),
    })
}
