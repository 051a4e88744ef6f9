//! The image's content as an EBS snapshot: `--ebs`.
//!
//! ```text
//! image ─► SHA-256 of its content ─► image of this name with this content? ─► take it
//!                                 └► snapshot with this content? ─► register that
//!                                 │  or all was sent, and it is being completed: wait
//!                                 └► upload ─► tagged with the content ─► completed
//! ```
//!
//! The tag `amikit:content` tells what is in a snapshot, and in an image. A snapshot gets it when
//! all blocks were sent, just before it is completed: one that was begun is never taken for whole,
//! and one whose maker died while the service completed it, which takes minutes, is found.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use super::known;
use super::root::{Disks, tell_of_boot_mode};
use super::wishes::Wishes;
use crate::aws::AwsError;
use crate::aws::ebs::Ebs;
use crate::aws::ec2::{
    CreateTags, DescribeSnapshots, Ec2, Filter, Image, RegisterImage, Snapshot, Tag,
    TagSpecification,
};
use crate::bundle::content_digest;
use crate::cli::commands::bundle_image::options;
use crate::cli::commands::snapshots::until_completed;
use crate::cli::commands::upload_snapshot;
use crate::cli::failure::Failure;
use crate::cli::progress::Watcher;
use crate::cli::session::Session;
use crate::cli::{cloud, host};
use crate::manifest::ImageKind;
use crate::snapshot::{
    SnapshotError, UploadOptions, UploadSummary, ZeroBlocks, has_begun, upload_marked,
};
use crate::units::Bytes;

/// The tag that tells what is inside.
const CONTENT: &str = "amikit:content";

/// What instances of Amazon's need that is made today.
const VIRTUALIZATION: &str = "hvm";

/// How long is waited before EC2 is told again of a snapshot that it does not know yet.
const EC2_HEARS: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(16),
];

/// What is to be uploaded, and registered of it.
pub(super) struct Upload {
    ebs: Ebs,
    image: PathBuf,
    disks: Disks,
    has_ena: bool,
    kernel: Option<String>,
    ramdisk: Option<String>,
    options: UploadOptions,
    /// The tag with the image's content.
    content: Option<Tag>,
    /// The file as it was when its content was read; none of a device.
    stamp: Option<host::Stamp>,
}

/// A snapshot that is complete.
#[derive(Debug)]
pub(super) struct Stored {
    /// Its id.
    pub snapshot_id: String,
    content: String,
    /// Whether it is encrypted, as far as is known.
    encrypted: Option<bool>,
    /// What was uploaded; none if it was there.
    summary: Option<UploadSummary>,
}

/// What is to be done about a snapshot.
pub(super) enum Plan {
    /// An image has this name and this content.
    Take(Box<Image>, Stored),
    /// The snapshot is there.
    Register(Stored),
    /// It has to be made.
    Make,
}

impl Upload {
    /// Reads and checks everything that can be checked before the work begins.
    ///
    /// # Errors
    /// When an option makes no sense with `--ebs`.
    pub(super) fn read(
        session: &Session<'_>,
        watcher: &Watcher,
        wishes: &Wishes,
    ) -> Result<Self, Failure> {
        let image = session.required_path("image")?;
        if options::kind(session)? != ImageKind::Machine {
            let message = "kernels and ramdisks are bundles: they have no snapshots";
            return Err(Failure::usage(message).hint("leave --ebs out, and name a --bucket"));
        }
        if image.as_os_str() == "-" {
            let message = "a snapshot is not made of stdin: its blocks are read in any order";
            return Err(Failure::usage(message).hint("name a file with --image FILE"));
        }
        let configuration = options::configuration(session, ImageKind::Machine)?;
        let named = configuration.block_device_mapping;
        let disks = Disks::read(session, &image, &wishes.request, named)?;
        tell_of_boot_mode(session, &image, &wishes.request);
        let kms_key = session.text("kms-key")?;
        let encrypted = session.values.flag("encrypted") || kms_key.is_some();
        if encrypted && wishes.is_public() {
            let message = "an image of an encrypted snapshot cannot be for everyone";
            return Err(Failure::usage(message).hint("leave out --public, or the encryption"));
        }
        let is_paravirtual = wishes.request.virtualization_type.as_deref() == Some("paravirtual");
        Ok(Self {
            ebs: Ebs::of(cloud::ebs(session, watcher)?),
            options: UploadOptions {
                image: image.clone(),
                volume_size: None,
                description: session.text("description")?,
                tags: wishes
                    .tags
                    .iter()
                    .map(|tag| (tag.key.clone(), tag.value.clone()))
                    .collect(),
                encrypted,
                kms_key,
                timeout: None,
                zeros: ZeroBlocks::Auto,
                jobs: session
                    .parsed("upload-jobs")?
                    .unwrap_or(upload_snapshot::REQUESTS),
                resume: !session.values.flag("no-resume"),
            },
            image,
            disks,
            has_ena: !is_paravirtual && !session.values.flag("no-ena"),
            kernel: configuration.kernel_id,
            ramdisk: configuration.ramdisk_id,
            content: None,
            stamp: None,
        })
    }

    /// Finds what is there already.
    ///
    /// # Errors
    /// When another image is in the way, the image cannot be read, or the service does not tell.
    pub(super) fn plan(
        &mut self,
        session: &Session<'_>,
        watcher: &Watcher,
        ec2: &Ec2,
        images: &[Image],
        name: &str,
    ) -> Result<Plan, Failure> {
        self.stamp = host::stamp(&self.image);
        let digest = content_digest(&self.image, host::jobs(session)?, watcher);
        let digest = watcher.end(digest)?;
        let content = Tag {
            key: CONTENT.to_owned(),
            value: format!("sha256:{}", hex::encode(digest.0)),
        };
        let content = self.content.insert(content).clone();
        if let Some(image) = known::named(images, name) {
            let root = root_snapshot(ec2, image)?;
            let of_root = root.as_ref().filter(|root| root.tags.contains(&content));
            if of_root.is_none() && !image.tags.contains(&content) {
                return Err(known::taken(
                    image,
                    "its content is not known to be this image's",
                ));
            }
            if root.as_ref().is_some_and(|root| !self.fits(root)) {
                let why = "its snapshot is not encrypted, or with another key";
                return Err(known::taken(image, why));
            }
            let stored = found(root.as_ref(), &content);
            return Ok(Plan::Take(Box::new(image.clone()), stored));
        }
        let mut there = ec2.all(DescribeSnapshots {
            owners: vec!["self".to_owned()],
            filters: vec![Filter {
                name: format!("tag:{CONTENT}"),
                values: vec![content.value.clone()],
            }],
            ..DescribeSnapshots::default()
        })?;
        there.retain(|one| self.fits(one));
        let such = |status: &str| {
            let mut there = there.iter();
            there.find(|one| one.status.as_deref() == Some(status))
        };
        if let Some(whole) = such("completed") {
            return Ok(Plan::Register(found(Some(whole), &content)));
        }
        // With a state file, this machine goes on with it; that one completes it, too.
        let goes_on = !self.options.resume || has_begun(&self.image);
        let Some(sent) = such("pending").filter(|_| !goes_on) else {
            return Ok(Plan::Make);
        };
        let id = &sent.snapshot_id;
        session.note(&format!(
            "snapshot {id} of an earlier run has this content, and is being completed"
        ));
        until_completed(session, watcher, ec2, id)?;
        Ok(Plan::Register(found(Some(sent), &content)))
    }

    /// Uploads it, and waits until the service has completed it.
    ///
    /// # Errors
    /// As `upload-snapshot`.
    pub(super) fn make(
        &self,
        session: &Session<'_>,
        watcher: &Watcher,
        ec2: &Ec2,
    ) -> Result<Stored, Failure> {
        if host::stamp(&self.image) != self.stamp {
            let path = self.image.clone();
            return Err(SnapshotError::ImageChanged { path }.into());
        }
        let mark = |id: &str| self.mark(ec2, id);
        let summary = watcher.end(upload_marked(&self.ebs, &self.options, watcher, &mark))?;
        for note in &summary.notes {
            session.warn(upload_snapshot::words(note));
        }
        let id = summary.snapshot.clone();
        until_completed(session, watcher, ec2, &id)?;
        let content = self.content.as_ref().map(|tag| tag.value.clone());
        Ok(Stored {
            snapshot_id: id,
            content: content.unwrap_or_default(),
            encrypted: Some(summary.is_encrypted),
            summary: Some(summary),
        })
    }

    /// Tags a snapshot that has all blocks with the content. EC2 hears of snapshots a little later
    /// than the service that took the blocks.
    fn mark(&self, ec2: &Ec2, id: &str) -> Result<(), AwsError> {
        let request = CreateTags {
            resource_ids: vec![id.to_owned()],
            tags: self.content.iter().cloned().collect(),
        };
        for wait in EC2_HEARS {
            match ec2.call(&request) {
                Err(error) if error.is_code("InvalidSnapshot.NotFound") => {
                    self.ebs.service().pause(wait)?;
                }
                done => return done.map(drop),
            }
        }
        ec2.call(&request).map(drop)
    }

    /// Whether a snapshot is encrypted as was asked for. What was not asked for may be: an account
    /// can have everything encrypted.
    fn fits(&self, snapshot: &Snapshot) -> bool {
        let is_encrypted = !self.options.encrypted || snapshot.encrypted == Some(true);
        let asked = self.options.kms_key.as_deref();
        // An alias does not tell which key it is.
        let asked = asked.filter(|key| key.contains(":key/"));
        is_encrypted && (asked.is_none() || snapshot.kms_key_id.as_deref() == asked)
    }

    /// Says what others need besides the permission to run an image of an encrypted snapshot.
    pub(super) fn tell_of_key(&self, session: &Session<'_>, stored: &Stored) {
        if stored.encrypted != Some(true) {
            return;
        }
        let id = &stored.snapshot_id;
        session.warn(match &self.options.kms_key {
            Some(key) => format!(
                "snapshot {id} is encrypted: others can run the image only if the policy of the \
                 key {key} lets them use it"
            ),
            None => format!(
                "snapshot {id} is encrypted with the account's default key: if that is Amazon's \
                 own, nobody else can run the image; --kms-key names one that can be shared"
            ),
        });
    }

    /// Adds what is to be registered.
    pub(super) fn describe(&self, ec2: &Ec2, stored: &Stored, request: &mut RegisterImage) {
        request.root_device_name = Some(self.disks.root.clone());
        request.block_device_mappings = self.disks.mappings(&stored.snapshot_id);
        if ec2.is_current() {
            // Told with the image, so that one is known whose maker died a moment later.
            request.tags = vec![TagSpecification {
                resource_type: "image",
                tags: self.content.iter().cloned().collect(),
            }];
            if self.has_ena {
                request.ena_support = Some(true);
            }
        }
        request.kernel_id.clone_from(&self.kernel);
        request.ramdisk_id.clone_from(&self.ramdisk);
        let virtualization = &mut request.virtualization_type;
        virtualization.get_or_insert_with(|| VIRTUALIZATION.to_owned());
    }

    /// The tag of what is inside.
    pub(super) fn content(&self) -> Option<&Tag> {
        self.content.as_ref()
    }
}

/// The snapshot of an image's root device, if one may look at it.
fn root_snapshot(ec2: &Ec2, image: &Image) -> Result<Option<Snapshot>, Failure> {
    let root = image.root_device_name.as_deref();
    let mut mappings = image.block_device_mappings.iter();
    let mapping = mappings.find(|mapping| Some(mapping.device_name.as_str()) == root);
    let id = mapping.and_then(|mapping| mapping.ebs.as_ref()?.snapshot_id.clone());
    let Some(id) = id else {
        return Ok(None);
    };
    let found = ec2.all(DescribeSnapshots {
        snapshot_ids: vec![id],
        ..DescribeSnapshots::default()
    });
    match found {
        Ok(found) => Ok(found.into_iter().next()),
        Err(error) if error.is_code("InvalidSnapshot.NotFound") => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A snapshot that was there.
fn found(snapshot: Option<&Snapshot>, content: &Tag) -> Stored {
    Stored {
        snapshot_id: snapshot.map_or_else(String::new, |one| one.snapshot_id.clone()),
        content: content.value.clone(),
        encrypted: snapshot.and_then(|one| one.encrypted),
        summary: None,
    }
}

impl Stored {
    /// The result's fields.
    pub(super) fn as_json(&self) -> Value {
        let mut value = json!({
            "snapshot_id": self.snapshot_id,
            "content": self.content,
            "encrypted": self.encrypted,
            "volume_size": null,
            "checksum": null,
            "blocks_sent": 0,
            "blocks_skipped": 0,
            "blocks_omitted": 0,
            "bytes_sent": 0,
            "resumed": true,
        });
        if let Some(summary) = &self.summary {
            value["volume_size"] = json!(summary.volume_size);
            value["blocks_sent"] = json!(summary.sent);
            value["blocks_skipped"] = json!(summary.skipped);
            value["blocks_omitted"] = json!(summary.omitted);
            value["bytes_sent"] = json!(summary.bytes_sent);
            value["checksum"] = json!(summary.checksum.to_string());
            value["resumed"] = json!(summary.resumed);
        }
        value
    }

    /// The result's lines.
    pub(super) fn lines(&self) -> Vec<(&'static str, String)> {
        let blocks = match &self.summary {
            None => "all there already".to_owned(),
            Some(summary) => format!(
                "{} sent ({}), {} there already, {} of zeros left out",
                summary.sent,
                Bytes(summary.bytes_sent),
                summary.skipped,
                summary.omitted
            ),
        };
        vec![
            ("snapshot", self.snapshot_id.clone()),
            ("blocks", blocks),
            ("content", self.content.clone()),
        ]
    }
}
