//! `publish`: from a disk image to a machine image in one command.
//!
//! ```text
//! audit ─► what is there? ─┬─ image of this name and content ─────────────────┐
//!   danger: stop           ├─ bundle, or snapshot ──────────────┐              │
//!                          └─ nothing ─► bundle and upload ─────┴─► register ──┴─► wait
//!                                        or (--ebs) snapshot                        │
//!                                                          shared ◄── tagged ◄──────┘
//! ```
//!
//! Each step asks the cloud first what is done already, so that the same command again goes on
//! wherever the last run ended, on another machine, too, and never makes a second image. What
//! stays on this machine is what bundling and uploading keep until they are done.

mod bundle;
mod known;
mod report;
mod root;
mod snapshot;
mod wishes;

use clap::Arg;

use self::report::{Content, Published, Seconds};
use self::wishes::Wishes;
use super::bundle_and_upload::{Transfer, transfer_args};
use super::bundle_image;
use super::images::registration::registration_args;
use super::share_image::gate::{self, Audited};
use super::share_image::permissions::{audience, share};
use crate::aws::AwsError;
use crate::aws::ec2::{CreateTags, Ec2, Image, RegisterImage, Tag};
use crate::cli::cloud;
use crate::cli::ec2::{tag_arg, wait_args};
use crate::cli::failure::Failure;
use crate::cli::progress::Watcher;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, flag, leave_to_help, list, option};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "publish",
    about: "Bundle a disk image, upload it, register it and share it, in one",
    details: "The image is bundled and uploaded as by bundle-and-upload (with --ebs: uploaded as a \
              snapshot, as by upload-snapshot), registered under --name, tagged, and shared. \
              Before others get it, it is audited: see audit-image.\n\n\
              The same command again goes on where the last run ended, after a crash as well, and \
              also if there is nothing left to do. It never makes a second image: one of the same \
              name and content is taken. If the content is another, nothing is changed, and the \
              command fails.\n\n\
              For pipelines: docs/ci.md.",
    examples: &[
        "amikit publish -i disk.img -n web-42 -b images/web-42 -r x86_64 --region admin@cloud",
        "amikit publish -i disk.img -n web-42 -b images/web-42 -r x86_64 --wait \\\n      --share 123456789012 --tag commit=1a2b3c --output json",
        "amikit publish -i disk.img -n web-42 -r x86_64 --ebs --wait --region eu-west-1",
    ],
    args,
    sources: bundle_image::SOURCES,
    rows: false,
    run,
};

/// Options that `-h` leaves to `--help`: what most images are published without.
const SELDOM: [&str; 29] = [
    "destination",
    "kernel",
    "image-size",
    "small",
    "preserve-bundle",
    "acl",
    "volume-type",
    "root-device-name",
    "virtualization-type",
    "platform",
    "boot-mode",
    "ena",
    "no-ena",
    "sriov",
    "tpm-support",
    "uefi-data",
    "imds-support",
    "billing-product",
    "kms-key",
    "block-device-mapping",
    "prefix",
    "fast",
    "jobs",
    "no-resume",
    "wait-timeout",
    "force",
    "volume-size",
    "ec2-url",
    "ebs-url",
];

/// Options that only a root volume has.
const FOR_EBS: [&str; 6] = [
    "volume-size",
    "volume-type",
    "root-device-name",
    "encrypted",
    "kms-key",
    "no-ena",
];

fn args() -> Vec<Arg> {
    let mut args = vec![
        option("name", "NAME", "Name of the new image")
            .short('n')
            .required(true),
        option("description", "TEXT", "What the image is, for people"),
    ];
    args.extend(
        transfer_args()
            .into_iter()
            .map(|arg| match arg.get_id().as_str() {
                "bucket" => arg.required(false), // a snapshot needs none
                _ => arg,
            }),
    );
    args.extend([
        flag(
            "ebs",
            "Make an EBS-backed image of a snapshot instead of a bundle",
        ),
        option(
            "volume-size",
            "GIB",
            "Size of the root volume, with --ebs (default: the image's, rounded up)",
        ),
        option(
            "volume-type",
            "TYPE",
            "Type of the root volume, with --ebs: gp3, …",
        ),
        flag(
            "encrypted",
            "Encrypt the snapshot, with --ebs: with the account's key for volumes, or --kms-key",
        ),
        option(
            "kms-key",
            "ARN",
            "Key to encrypt the snapshot with, with --ebs",
        ),
        flag(
            "no-ena",
            "The image has no driver for ENA; with --ebs it is taken to have one",
        )
        .conflicts_with("ena"),
    ]);
    args.extend(
        registration_args()
            .into_iter()
            .map(|arg| match arg.get_id().as_str() {
                // Mappings of bundles have the other name, and -b is the bucket.
                "block-device-mapping" => arg.long("disk").short(None),
                "root-device-name" => arg.help("Root device, with --ebs [default: /dev/sda1]"),
                "virtualization-type" => {
                    arg.help("paravirtual or hvm [default: the service's; with --ebs: hvm]")
                }
                _ => arg,
            }),
    );
    args.extend([
        tag_arg(),
        list(
            "share",
            "ACCOUNT,…",
            "Account, or ARN of an organisation, that may run the image; repeatable",
        ),
        flag("public", "Everyone may run the image"),
    ]);
    args.extend(gate::gate_args());
    args.extend(wait_args());
    args.extend(cloud::s3_args());
    args.extend(cloud::beside_s3_args());
    leave_to_help(args, &SELDOM)
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let wishes = Wishes::read(session)?;
    let watcher = Watcher::new(session)?;
    let ec2 = cloud::ec2(session, &watcher)?;
    let source = Source::read(session, &watcher, &wishes)?;
    let mut seconds = Seconds::default();

    let audited = match seconds.of("audit", || audited(session, &watcher, &wishes)) {
        Ok(audited) => audited,
        Err(failure) => {
            source.take_back();
            return Err(failure);
        }
    };
    let (image_id, is_new, content) =
        source.publish(session, &watcher, &ec2, &wishes, &mut seconds)?;
    tracing::info!(image_id, is_new, "registered");
    let image = seconds.of("wait", || {
        known::settled(session, &watcher, &ec2, &image_id)
    })?;
    let snapshots = content.snapshots(&image);
    seconds
        .of("tag", || tag(&ec2, &image, &content, &wishes.tags))
        .map_err(|error| known::left(&image_id, "not yet tagged and shared", error))?;
    seconds
        .of("share", || {
            share(session, &ec2, &image_id, &snapshots, &wishes.sharing)
        })
        .map_err(|error| known::left(&image_id, "not yet shared", error))?;
    let audience = audience(&ec2, &image_id)
        .map_err(|error| known::left(&image_id, "nobody knows who may run it", error))?;

    let published = Published {
        image,
        is_new,
        content,
        wishes,
        audience,
        audited,
        seconds,
    };
    report::end(session, &published)?;
    Ok(Outcome::Done)
}

/// Looks for secrets in an image that others will get.
fn audited(
    session: &Session<'_>,
    watcher: &Watcher,
    wishes: &Wishes,
) -> Result<Option<Audited>, Failure> {
    if !wishes.shares() {
        return Ok(None);
    }
    if session.values.flag("skip-audit") {
        session.warn("nobody has looked for secrets in the image: --skip-audit");
        return Ok(None);
    }
    let image = session.required_path("image")?;
    if image.as_os_str() == "-" {
        let message = "an image on stdin cannot be audited before it is shared";
        return Err(Failure::usage(message)
            .hint("write it to a file first, or pass --skip-audit if you know what is inside"));
    }
    gate::pass(session, watcher, &image, wishes.is_public()).map(Some)
}

/// Tags the image, and the snapshot if there is one.
fn tag(ec2: &Ec2, image: &Image, content: &Content, tags: &[Tag]) -> Result<(), AwsError> {
    let mut all = tags.to_vec();
    let mut resource_ids = vec![image.image_id.clone()];
    if let Content::Snapshot(upload, stored) = content {
        all.extend(upload.content().cloned());
        resource_ids.extend(Some(stored.snapshot_id.clone()).filter(|id| !id.is_empty()));
    }
    if all.is_empty() {
        return Ok(());
    }
    ec2.call(&CreateTags {
        resource_ids,
        tags: all,
    })?;
    Ok(())
}

/// What the image is made of, to be put where the cloud finds it.
enum Source {
    Bundle(Box<Transfer>),
    Snapshot(Box<snapshot::Upload>),
}

impl Source {
    fn read(session: &Session<'_>, watcher: &Watcher, wishes: &Wishes) -> Result<Self, Failure> {
        let ebs = session.values.flag("ebs");
        for option in FOR_EBS {
            let is_given = session.values.given(option).is_some() || session.values.flag(option);
            if !ebs && is_given {
                let message = format!("--{option} is for --ebs: a bundle has no root volume");
                return Err(Failure::usage(message));
            }
        }
        if ebs {
            snapshot::Upload::read(session, watcher, wishes)
                .map(|upload| Self::Snapshot(Box::new(upload)))
        } else {
            Transfer::read(session, watcher).map(|transfer| Self::Bundle(Box::new(transfer)))
        }
    }

    /// Takes back what was made for nothing.
    fn take_back(&self) {
        if let Self::Bundle(transfer) = self {
            transfer.take_back();
        }
    }

    /// Puts the content where the cloud finds it, and registers it. Returns the image's id, and
    /// whether it is new.
    fn publish(
        self,
        session: &Session<'_>,
        watcher: &Watcher,
        ec2: &Ec2,
        wishes: &Wishes,
        seconds: &mut Seconds,
    ) -> Result<(String, bool, Content), Failure> {
        match self {
            Self::Bundle(transfer) => bundled(session, watcher, ec2, wishes, seconds, *transfer),
            Self::Snapshot(upload) => imaged(session, watcher, ec2, wishes, seconds, upload),
        }
    }
}

fn bundled(
    session: &Session<'_>,
    watcher: &Watcher,
    ec2: &Ec2,
    wishes: &Wishes,
    seconds: &mut Seconds,
    transfer: Transfer,
) -> Result<(String, bool, Content), Failure> {
    let plan = seconds.of("look", || {
        let images = known::images(ec2)?;
        bundle::plan(watcher, &transfer, &images, &wishes.name)
    });
    let bundle = match plan.inspect_err(|_| transfer.take_back())? {
        bundle::Plan::Take(image, bundle) => {
            transfer.take_back();
            return Ok((image.image_id, false, Content::Bundle(bundle)));
        }
        bundle::Plan::Register(bundle) => {
            transfer.take_back();
            bundle
        }
        bundle::Plan::Make => seconds.of("bundle_and_upload", || {
            bundle::make(session, watcher, transfer)
        })?,
    };
    let mut request = wishes.request.clone();
    bundle.describe(&mut request);
    let what = format!("bundle {}", bundle.location);
    let (image_id, is_new) = register(ec2, &request, &what, seconds)?;
    Ok((image_id, is_new, Content::Bundle(bundle)))
}

fn imaged(
    session: &Session<'_>,
    watcher: &Watcher,
    ec2: &Ec2,
    wishes: &Wishes,
    seconds: &mut Seconds,
    mut upload: Box<snapshot::Upload>,
) -> Result<(String, bool, Content), Failure> {
    let plan = seconds.of("look", || {
        let images = known::images(ec2)?;
        upload.plan(session, watcher, ec2, &images, &wishes.name)
    })?;
    let stored = match plan {
        snapshot::Plan::Take(image, stored) => {
            if wishes.shares() {
                upload.tell_of_key(session, &stored);
            }
            return Ok((image.image_id, false, Content::Snapshot(upload, stored)));
        }
        snapshot::Plan::Register(stored) => stored,
        snapshot::Plan::Make => {
            seconds.of("upload_snapshot", || upload.make(session, watcher, ec2))?
        }
    };
    if wishes.shares() {
        upload.tell_of_key(session, &stored);
    }
    let mut request = wishes.request.clone();
    upload.describe(ec2, &stored, &mut request);
    let what = format!("snapshot {}", stored.snapshot_id);
    let (image_id, is_new) = register(ec2, &request, &what, seconds)?;
    Ok((image_id, is_new, Content::Snapshot(upload, stored)))
}

fn register(
    ec2: &Ec2,
    request: &RegisterImage,
    what: &str,
    seconds: &mut Seconds,
) -> Result<(String, bool), Failure> {
    let registered = seconds.of("register", || crate::register::register(ec2, request));
    let registered = registered.map_err(|error| known::unregistered(what, error))?;
    Ok((registered.image_id, !registered.was_found))
}
