//! `describe-images`.

use std::collections::BTreeMap;

use clap::{Arg, ArgAction};

use crate::aws::AwsError;
use crate::aws::ec2::{BlockDeviceMapping, DescribeImages, Ec2, Image, ProductCode, Tag};
use crate::cli::dialect::Family;
use crate::cli::ec2::{Line, Row, connect, filter_arg, filters, ids, reading_args, show};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, flag, list};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "describe-images",
    about: "List images",
    details: "Without ids, --all, --owner or --executable-by: the account's own images, and those \
              that it was given permission to run.",
    examples: &[
        "amikit describe-images",
        "amikit describe-images -o amazon --filter 'name=al2023-ami-2023*' --output json",
        "amikit describe-images --all --filter architecture=arm64 --filter is-public=true",
    ],
    args,
    sources: &[],
    rows: true,
    run,
};

/// Images on a page, where the service knows pages: the most that there may be.
const PAGE: u32 = 1000;

fn args() -> Vec<Arg> {
    let mut args = vec![
        Arg::new("image")
            .value_name("IMAGE")
            .action(ArgAction::Append)
            .num_args(0..)
            .help("Images to show"),
        flag("all", "Show every image that can be seen").short('a'),
        list(
            "owner",
            "ACCOUNT",
            "Show the images of this account; self, amazon",
        )
        .short('o'),
        list(
            "executable-by",
            "ACCOUNT",
            "Show what this account may run; self, all",
        )
        .short('x'),
        filter_arg(),
        flag("include-deprecated", "Show deprecated images as well"),
        flag("include-disabled", "Show disabled images as well"),
    ];
    args.extend(reading_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let values = &session.values;
    let all = values.flag("all");
    let request = DescribeImages {
        image_ids: ids(session, "image")?,
        owners: values.each("owner"),
        executable_by: values.each("executable-by"),
        filters: filters(session)?,
        include_deprecated: values.flag("include-deprecated"),
        include_disabled: values.flag("include-disabled"),
        ..DescribeImages::default()
    };
    for (option, given) in [
        ("images' ids", !request.image_ids.is_empty()),
        ("--owner", !request.owners.is_empty()),
        ("--executable-by", !request.executable_by.is_empty()),
    ] {
        if all && given {
            let message = format!("--all is not allowed with {option}");
            return Err(Failure::usage(message));
        }
    }
    let connected = connect(session)?;
    let images = images(&connected.ec2, request, all)?;
    show(session, "images", &images)?;
    Ok(Outcome::Done)
}

/// The images that are asked for, each once, in the order of their ids.
fn images(ec2: &Ec2, mut request: DescribeImages, all: bool) -> Result<Vec<Image>, AwsError> {
    if request.image_ids.is_empty() && ec2.is_current() {
        request.max_results = Some(PAGE);
    }
    let chosen = !request.image_ids.is_empty()
        || !request.owners.is_empty()
        || !request.executable_by.is_empty();
    let mut found = BTreeMap::new();
    let mut add = |request: DescribeImages| -> Result<(), AwsError> {
        for image in ec2.all(request)? {
            found.entry(image.image_id.clone()).or_insert(image);
        }
        Ok(())
    };
    if all || chosen {
        add(request)?;
    } else {
        let myself = || vec!["self".to_owned()];
        add(DescribeImages {
            owners: myself(),
            ..request.clone()
        })?;
        add(DescribeImages {
            executable_by: myself(),
            ..request
        })?;
    }
    Ok(found.into_values().collect())
}

impl Row for Image {
    const HEADS: &'static [&'static str] = &[
        "image", "name", "state", "owner", "access", "arch", "root", "created",
    ];

    fn cells(&self) -> Vec<Option<String>> {
        vec![
            Some(self.image_id.clone()),
            self.name.clone().or_else(|| self.image_location.clone()),
            self.image_state.clone(),
            owner(self).map(str::to_owned),
            self.is_public.map(|public| access(public).to_owned()),
            self.architecture.clone(),
            self.root_device_type.clone(),
            self.creation_date.clone(),
        ]
    }

    fn lines(&self, family: Family) -> Vec<Line> {
        let mut lines = vec![image_line(self, family)];
        lines.extend(
            self.block_device_mappings
                .iter()
                .map(|mapping| mapping_line(mapping, family)),
        );
        lines.extend(self.tags.iter().map(|tag| tag_line(&self.image_id, tag)));
        lines
    }
}

fn access(public: bool) -> &'static str {
    if public { "public" } else { "private" }
}

fn owner(image: &Image) -> Option<&str> {
    let alias = image.image_owner_alias.as_deref();
    alias.or(image.image_owner_id.as_deref())
}

/// `IMAGE`. ec2-api-tools' has a field more, the product codes.
fn image_line(image: &Image, family: Family) -> Line {
    let named = image.name.as_ref().map(|name| {
        let owner = image.image_owner_id.as_deref().unwrap_or_default();
        format!("{owner}/{name}")
    });
    let codes: Vec<_> = image.product_codes.iter().map(code).collect();
    let codes = codes.join(",");
    let mut fields = vec![
        Some(image.image_id.as_str()),
        named.as_deref().or(image.image_location.as_deref()),
        owner(image),
        image.image_state.as_deref(),
        Some(access(image.is_public == Some(true))),
    ];
    if family == Family::Ec2Api {
        fields.push(Some(&codes));
    }
    fields.extend([
        image.architecture.as_deref(),
        image.image_type.as_deref(),
        image.kernel_id.as_deref(),
        image.ramdisk_id.as_deref(),
        image.platform.as_deref(),
        image.root_device_type.as_deref(),
        image.virtualization_type.as_deref(),
        image.hypervisor.as_deref(),
    ]);
    Line::new("IMAGE", &fields)
}

/// A product code as the old tools write it: with its kind, where it has one.
pub(super) fn code(code: &ProductCode) -> String {
    match &code.kind {
        Some(kind) => format!("[{kind}: {}]", code.product_code),
        None => code.product_code.clone(),
    }
}

/// `BLOCKDEVICEMAPPING`. ec2-api-tools keep the column of the virtual name before a snapshot.
fn mapping_line(mapping: &BlockDeviceMapping, family: Family) -> Line {
    let device = Some(mapping.device_name.as_str());
    if let Some(name) = &mapping.virtual_name {
        let fields = [Some("EPHEMERAL"), device, Some(name.as_str())];
        return Line::new("BLOCKDEVICEMAPPING", &fields);
    }
    let ebs = mapping.ebs.clone().unwrap_or_default();
    let size = ebs.volume_size.map(|size| size.to_string());
    let ends = ebs.delete_on_termination.map(|ends| ends.to_string());
    let iops = ebs.iops.map(|iops| iops.to_string());
    let mut fields = vec![Some("EBS"), device];
    if family == Family::Ec2Api {
        fields.push(None);
    }
    fields.extend([
        ebs.snapshot_id.as_deref(),
        size.as_deref(),
        ends.as_deref(),
        ebs.volume_type.as_deref(),
        iops.as_deref(),
    ]);
    Line::new("BLOCKDEVICEMAPPING", &fields)
}

fn tag_line(image_id: &str, tag: &Tag) -> Line {
    let fields = [
        Some("image"),
        Some(image_id),
        Some(tag.key.as_str()),
        Some(tag.value.as_str()),
    ];
    Line::new("TAG", &fields)
}
