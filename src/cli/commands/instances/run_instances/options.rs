//! The options of `run-instances` but those of the network.

use clap::Arg;

use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{flag, list, option, path};

/// The options.
pub(super) fn args() -> Vec<Arg> {
    let often = [
        Arg::new("image")
            .value_name("IMAGE")
            .required(true)
            .help("Image to run"),
        option(
            "instance-count",
            "MIN[-MAX]",
            "How many; of a range, as many as there is room for",
        )
        .short('n')
        .default_value("1"),
        list("group", "GROUP", "Security group, by name or id").short('g'),
        option("key", "KEYPAIR", "Key pair whose public half they get").short('k'),
        option(
            "user-data",
            "TEXT",
            "What they can read of their metadata, at most 16 KiB",
        )
        .short('d'),
        path("user-data-file", "FILE", "The same, from a file").short('f'),
        option("instance-type", "TYPE", "Their type").short('t'),
        option("availability-zone", "ZONE", "Zone to run them in").short('z'),
        list(
            "block-device-mapping",
            "DEVICE=MAPPED",
            "Disk of theirs: none, ephemeralN, or \
             [SNAPSHOT]:[GIB]:[true|false]:[TYPE]:[IOPS]:[MIBPS][:encrypted[=KEY]], where true \
             lets the volume end with the instance",
        )
        .short('b'),
        flag("monitor", "Watch them closely").short('m'),
    ];
    let seldom = [
        option(
            "addressing",
            "public|private",
            "Eucalyptus outside of a VPC: whether they get an address that is known outside",
        ),
        option("kernel", "KERNEL", "Kernel, if not the image's"),
        option("ramdisk", "RAMDISK", "Ramdisk, if not the image's"),
        flag(
            "disable-api-termination",
            "Do not let them be ended before that is allowed again",
        ),
        option(
            "instance-initiated-shutdown-behavior",
            "stop|terminate",
            "What a shutdown from inside does to an instance whose disks are volumes",
        ),
        option("placement-group", "GROUP", "Placement group to run them in"),
        option(
            "tenancy",
            "TENANCY",
            "Whose hardware they share: default, dedicated or host",
        ),
        option(
            "client-token",
            "TOKEN",
            "What makes a repeated request the same one (default: drawn at random)",
        ),
        option("iam-profile", "PROFILE", "Role they get, by name or ARN").short('p'),
        flag("ebs-optimized", "Give them a way to volumes of their own"),
        option(
            "http-tokens",
            "optional|required",
            "Whether their metadata are told to those without a token",
        ),
    ];
    let seldom = seldom.map(|arg| arg.hide_short_help(true));
    often.into_iter().chain(seldom).collect()
}

/// `--instance-count`: fewest and most.
pub(super) fn count(session: &Session<'_>) -> Result<(u32, u32), Failure> {
    let text = session.text("instance-count")?.unwrap_or_default();
    let (least, most) = text.split_once('-').unwrap_or((&text, &text));
    match (least.parse::<u32>(), most.parse::<u32>()) {
        // The tools take a range in either order.
        (Ok(one), Ok(other)) if one > 0 && other > 0 => Ok((one.min(other), one.max(other))),
        _ => {
            let why = format!("\"{text}\" is no number of instances: expected 1 or 2-5");
            Err(session.invalid("instance-count", &text, &why))
        }
    }
}

/// An option that has one of these values.
pub(super) fn one_of(
    session: &Session<'_>,
    id: &str,
    words: &[&str],
) -> Result<Option<String>, Failure> {
    let Some(text) = session.text(id)? else {
        return Ok(None);
    };
    if words.contains(&text.as_str()) {
        return Ok(Some(text));
    }
    let why = format!("\"{text}\" is none of {}", words.join(", "));
    Err(session.invalid(id, &text, &why))
}
