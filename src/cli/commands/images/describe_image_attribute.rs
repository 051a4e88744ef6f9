//! `describe-image-attribute`.

use clap::Arg;

use super::attribute::AttributeRow;
use super::describe_images::code;
use super::image_arg;
use crate::aws::ec2::{
    BlockDeviceMapping, DescribeImageAttribute, ImageAttribute, ImageAttributeAnswer,
};
use crate::cli::ec2::{connect, reading_args, show};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, flag};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "describe-image-attribute",
    about: "Show one attribute of an image",
    details: "",
    examples: &[
        "amikit describe-image-attribute ami-0a1b2c3d -l",
        "amikit describe-image-attribute ami-0a1b2c3d --boot-mode --output json",
    ],
    args,
    sources: &[],
    rows: true,
    run,
};

/// The options, each for an attribute.
const OPTIONS: [(&str, ImageAttribute, &str); 13] = [
    (
        "launch-permission",
        ImageAttribute::LaunchPermission,
        "Who may run it",
    ),
    (
        "product-codes",
        ImageAttribute::ProductCodes,
        "Codes that its use is charged by",
    ),
    (
        "block-device-mapping",
        ImageAttribute::BlockDeviceMapping,
        "Its disks",
    ),
    ("kernel", ImageAttribute::Value("kernel"), "Its kernel"),
    ("ramdisk", ImageAttribute::Value("ramdisk"), "Its ramdisk"),
    (
        "description",
        ImageAttribute::Value("description"),
        "What it is",
    ),
    (
        "sriov",
        ImageAttribute::Value("sriovNetSupport"),
        "Whether it has a driver for SR-IOV",
    ),
    (
        "boot-mode",
        ImageAttribute::Value("bootMode"),
        "How it boots",
    ),
    (
        "tpm-support",
        ImageAttribute::Value("tpmSupport"),
        "Whether instances have a TPM",
    ),
    (
        "uefi-data",
        ImageAttribute::Value("uefiData"),
        "Its UEFI variables, in base64",
    ),
    (
        "imds-support",
        ImageAttribute::Value("imdsSupport"),
        "Which version of the metadata service instances have",
    ),
    (
        "last-launched-time",
        ImageAttribute::Value("lastLaunchedTime"),
        "When an instance was last started from it",
    ),
    (
        "deregistration-protection",
        ImageAttribute::Value("deregistrationProtection"),
        "Whether it is protected from being deregistered",
    ),
];

fn args() -> Vec<Arg> {
    let mut args = vec![image_arg()];
    args.extend(OPTIONS.map(|(id, _, help)| {
        let arg = flag(id, help);
        match id {
            "launch-permission" => arg.short('l'),
            "product-codes" => arg.short('p'),
            "block-device-mapping" => arg.short('B'),
            _ => arg,
        }
    }));
    args.extend(reading_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let request = DescribeImageAttribute {
        image_id: session.text("image")?.unwrap_or_default(),
        attribute: attribute(session)?,
    };
    let answer = connect(session)?.ec2.call(&request)?;
    if session.is_native() && session.is_json() {
        session.json(&serde_json::json!(answer))?;
    } else {
        show(session, "attributes", &rows(&request, answer))?;
    }
    Ok(Outcome::Done)
}

fn attribute(session: &Session<'_>) -> Result<ImageAttribute, Failure> {
    let mut given = OPTIONS.iter().filter(|(id, ..)| session.values.flag(id));
    match (given.next(), given.next()) {
        (Some((_, attribute, _)), None) => Ok(*attribute),
        (Some((one, ..)), Some((two, ..))) => {
            let message = format!("--{two} is not allowed with --{one}: one attribute at a time");
            Err(Failure::usage(message))
        }
        (None, _) => {
            let has = OPTIONS.iter().filter(|(id, ..)| session.values.has(id));
            let names: Vec<_> = has.map(|(id, ..)| format!("--{id}")).collect();
            let message = format!("one of these must be given: {}", names.join(", "));
            Err(Failure::usage(message))
        }
    }
}

fn rows(request: &DescribeImageAttribute, answer: ImageAttributeAnswer) -> Vec<AttributeRow> {
    let image_id = answer.image_id.unwrap_or_else(|| request.image_id.clone());
    let row = |attribute, kind, value| AttributeRow {
        image_id: image_id.clone(),
        attribute,
        action: None,
        kind,
        value: Some(value),
    };
    let permissions = answer.launch_permissions.iter();
    let permissions = permissions.map(|who| AttributeRow::permission(&image_id, None, who));
    let codes = answer.product_codes.iter();
    let codes = codes.map(|product| row("productCodes", Some("productCode"), code(product)));
    let mappings = answer.block_device_mappings.iter();
    let mappings = mappings.map(|mapping| {
        let (attribute, kind) = ("blockDeviceMapping", Some("blockDeviceMap"));
        row(attribute, kind, source(mapping))
    });
    let values = answer.values.into_iter();
    let values = values.map(|(name, value)| row(name, None, value));
    permissions
        .chain(codes)
        .chain(mappings)
        .chain(values)
        .collect()
}

/// A device and where it comes from.
fn source(mapping: &BlockDeviceMapping) -> String {
    let snapshot = mapping
        .ebs
        .as_ref()
        .and_then(|ebs| ebs.snapshot_id.as_deref());
    let source = mapping.virtual_name.as_deref().or(snapshot);
    format!("{}: {}", mapping.device_name, source.unwrap_or_default())
}
