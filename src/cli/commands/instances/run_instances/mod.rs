//! `run-instances`.

mod network;
mod options;
mod user_data;

use clap::Arg;

use super::rows::rows;
use super::waiting::{Goal, until};
use crate::aws::AwsError;
use crate::aws::ec2::{BlockDeviceMapping, TagSpecification};
use crate::aws::ec2::{Placement, Reservation, RunInstances, RunInstancesOnce};
use crate::cli::ec2::{
    Connected, asked, change, client_token, connect, show, tag_arg, tags, wait_args, writing_args,
};
use crate::cli::failure::{Exit, Failure};
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, Source};
use crate::config::Setting;
use crate::register::parse_mappings;

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "run-instances",
    about: "Run instances of an image",
    details: "With --wait the command ends when all of them run, and fails when one of them \
              ends instead, with the reason that the cloud tells. A request whose answer is \
              lost is made again without running anything twice.",
    examples: &[
        "amikit run-instances ami-0123456789abcdef0 -t t3.micro -k mykey -g sg-1a2b3c4d --wait",
        "amikit run-instances emi-1A2B3C4D -n 2-5 --user-data-file cloud-init.yaml --tag Name=web",
    ],
    args,
    sources: &[Source {
        option: "key",
        env: &[],
        setting: Some(Setting::DefaultKeyPair),
    }],
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = options::args();
    args.extend(network::args());
    args.push(tag_arg());
    args.extend(wait_args());
    args.extend(writing_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let request = request(session)?;
    let connected = connect(session)?;
    let Some(made) = ask(session, &connected, request)? else {
        return Ok(Outcome::Done);
    };
    if made.instances_set.is_empty() {
        // Waiting for none would ask about all.
        let why = format!("reservation {} has no instances", made.reservation_id);
        return Err(Failure::new(Exit::Service, why)
            .hint("ask what there is before you run others: amikit describe-instances"));
    }
    let mut reservations = vec![made];
    if session.values.flag("wait") {
        let ids = reservations.iter().flat_map(|made| &made.instances_set);
        let ids: Vec<_> = ids.map(|instance| instance.instance_id.clone()).collect();
        match until(session, &connected, &ids, Goal::Running) {
            Ok(found) => reservations = found,
            Err(failure) => {
                // Whoever cleans up needs to know them all.
                session.warn(format!("these instances were made: {}", ids.join(", ")));
                return Err(failure);
            }
        }
    }
    show(session, "instances", &rows(reservations))?;
    Ok(Outcome::Done)
}

/// Asks for them. A service that knows no client tokens refuses before it does anything, and is
/// asked without one.
fn ask(
    session: &Session<'_>,
    connected: &Connected,
    request: RunInstances,
) -> Result<Option<Reservation>, Failure> {
    if session.values.flag("dry-run") {
        return change(session, &connected.ec2, &request);
    }
    match connected.ec2.call(&request) {
        Err(error) if is_token_unknown(&error) => {
            tracing::info!("the service knows no client tokens");
            Ok(Some(connected.ec2.call(&RunInstancesOnce(request))?))
        }
        answer => asked(&request, answer).map(Some),
    }
}

/// Eucalyptus before 3 refuses what it does not know: `Failed to bind the following fields:
/// ClientToken = …`.
fn is_token_unknown(error: &AwsError) -> bool {
    error.service().is_some_and(|said| {
        said.message.contains("Failed to bind") && said.message.contains("ClientToken")
    })
}

fn mappings(session: &Session<'_>) -> Result<Vec<BlockDeviceMapping>, Failure> {
    let texts = session.values.each("block-device-mapping");
    parse_mappings(&texts).map_err(|error| {
        let text = error.text.clone();
        session.invalid("block-device-mapping", &text, &error)
    })
}

fn request(session: &Session<'_>) -> Result<RunInstances, Failure> {
    let (min_count, max_count) = options::count(session)?;
    let groups = session.values.each("group");
    let (group_ids, group_names): (Vec<_>, Vec<_>) = groups
        .into_iter()
        .partition(|group| group.starts_with("sg-"));
    let mut request = RunInstances {
        image_id: session.values.given("image").unwrap_or_default(),
        min_count,
        max_count,
        key_name: session.text("key")?,
        security_groups: group_names,
        security_group_ids: group_ids,
        user_data: user_data::read(session)?,
        addressing_type: options::one_of(session, "addressing", &["public", "private"])?,
        instance_type: session.text("instance-type")?,
        placement: Placement {
            availability_zone: session.text("availability-zone")?,
            group_name: session.text("placement-group")?,
            tenancy: options::one_of(session, "tenancy", &["default", "dedicated", "host"])?,
        },
        kernel_id: session.text("kernel")?,
        ramdisk_id: session.text("ramdisk")?,
        block_device_mappings: mappings(session)?,
        monitoring: session.values.flag("monitor"),
        instance_initiated_shutdown_behavior: options::one_of(
            session,
            "instance-initiated-shutdown-behavior",
            &["stop", "terminate"],
        )?,
        disable_api_termination: session.values.flag("disable-api-termination"),
        ebs_optimized: session.values.flag("ebs-optimized"),
        iam_instance_profile: session.text("iam-profile")?,
        http_tokens: options::one_of(session, "http-tokens", &["optional", "required"])?,
        client_token: client_token(session)?,
        tags: vec![TagSpecification {
            resource_type: "instance",
            tags: tags(session, "tag")?,
        }],
        ..RunInstances::default()
    };
    network::place(session, &mut request)?;
    Ok(request)
}
