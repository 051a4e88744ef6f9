//! The image's content as an EBS snapshot: `--ebs`.
//!
//! ```text
//! image ─► SHA-256 of its content ─► image of this name with this content? ─► take it
//!                                 └► snapshot with this content? ─► register that
//!                                 └► upload ─► completed ─► tagged with the content
//! ```
//!
//! The tag `amikit:content` tells what is in a snapshot, and in an image. A snapshot gets it when
//! it is complete, so that one that was begun is never taken for whole.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::known;
use crate::aws::ebs::Ebs;
use crate::aws::ec2::{
    BlockDeviceMapping, CreateTags, DescribeSnapshots, EbsBlockDevice, Ec2, Filter, Image,
    RegisterImage, Snapshot, Tag, TagSpecification,
};
use crate::bundle::content_digest;
use crate::cli::commands::bundle_image::options;
use crate::cli::commands::snapshots::until_completed;
use crate::cli::commands::upload_snapshot;
use crate::cli::failure::Failure;
use crate::cli::progress::Watcher;
use crate::cli::session::Session;
use crate::cli::{cloud, host};
use crate::manifest::{ImageKind, Mapping};
use crate::register::ROOT_DEVICE;
use crate::snapshot::{UploadOptions, UploadSummary, ZeroBlocks, upload};
use crate::units::Bytes;

/// The tag that tells what is inside.
const CONTENT: &str = "amikit:content";

/// What instances of Amazon's need that is made today.
const VIRTUALIZATION: &str = "hvm";

/// What is to be uploaded, and registered of it.
pub(super) struct Upload {
    ebs: Ebs,
    image: PathBuf,
    root_device: String,
    volume_size: Option<u32>,
    volume_type: Option<String>,
    mappings: Vec<BlockDeviceMapping>,
    kernel: Option<String>,
    ramdisk: Option<String>,
    options: UploadOptions,
    /// The tag with the image's content.
    content: Option<Tag>,
}

/// A snapshot that is complete.
#[derive(Debug)]
pub(super) struct Stored {
    /// Its id.
    pub snapshot_id: String,
    content: String,
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
        tags: &[Tag],
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
        let (root, mappings) = devices(session, configuration.block_device_mapping);
        let given = session.text("root-device-name")?;
        Ok(Self {
            ebs: Ebs::of(cloud::ebs(session, watcher)?),
            options: UploadOptions {
                image: image.clone(),
                volume_size: None,
                description: session.text("description")?,
                tags: tags
                    .iter()
                    .map(|tag| (tag.key.clone(), tag.value.clone()))
                    .collect(),
                encrypted: false,
                kms_key: None,
                timeout: None,
                zeros: ZeroBlocks::Auto,
                jobs: session
                    .parsed("upload-jobs")?
                    .unwrap_or(upload_snapshot::REQUESTS),
                resume: !session.values.flag("no-resume"),
            },
            image,
            root_device: given.or(root).unwrap_or_else(|| ROOT_DEVICE.to_owned()),
            volume_size: session.parsed("volume-size")?,
            volume_type: session.text("volume-type")?,
            mappings,
            kernel: configuration.kernel_id,
            ramdisk: configuration.ramdisk_id,
            content: None,
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
        let digest = content_digest(&self.image, host::jobs(session)?, watcher);
        let digest = watcher.end(digest)?;
        let content = Tag {
            key: CONTENT.to_owned(),
            value: format!("sha256:{}", hex::encode(digest.0)),
        };
        let content = &*self.content.insert(content);
        if let Some(image) = known::named(images, name) {
            let root = root_snapshot(ec2, image)?;
            let of_root = root.as_ref().filter(|root| root.tags.contains(content));
            if of_root.is_none() && !image.tags.contains(content) {
                return Err(known::taken(
                    image,
                    "its content is not known to be this image's",
                ));
            }
            let id = root.map(|root| root.snapshot_id).unwrap_or_default();
            return Ok(Plan::Take(
                Box::new(image.clone()),
                stored(&id, content, None),
            ));
        }
        let found = ec2.all(DescribeSnapshots {
            owners: vec!["self".to_owned()],
            filters: vec![Filter {
                name: format!("tag:{CONTENT}"),
                values: vec![content.value.clone()],
            }],
            ..DescribeSnapshots::default()
        })?;
        let is_whole = |one: &&Snapshot| one.status.as_deref() == Some("completed");
        Ok(match found.iter().find(is_whole) {
            Some(found) => Plan::Register(stored(&found.snapshot_id, content, None)),
            None => Plan::Make,
        })
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
        let summary = watcher.end(upload(&self.ebs, &self.options, watcher))?;
        for note in &summary.notes {
            session.warn(upload_snapshot::words(note));
        }
        let id = summary.snapshot.clone();
        until_completed(session, watcher, ec2, &id)?;
        let content = self.content.clone();
        ec2.call(&CreateTags {
            resource_ids: vec![id.clone()],
            tags: content.iter().cloned().collect(),
        })?;
        let content = content.map(|tag| tag.value).unwrap_or_default();
        Ok(Stored {
            snapshot_id: id,
            content,
            summary: Some(summary),
        })
    }

    /// Adds what is to be registered.
    pub(super) fn describe(&self, ec2: &Ec2, stored: &Stored, request: &mut RegisterImage) {
        let root = BlockDeviceMapping {
            device_name: self.root_device.clone(),
            ebs: Some(EbsBlockDevice {
                snapshot_id: Some(stored.snapshot_id.clone()),
                volume_size: self.volume_size,
                volume_type: self.volume_type.clone(),
                delete_on_termination: Some(true),
                ..EbsBlockDevice::default()
            }),
            ..BlockDeviceMapping::default()
        };
        request.root_device_name = Some(self.root_device.clone());
        request.block_device_mappings = vec![root];
        request
            .block_device_mappings
            .extend(self.mappings.iter().cloned());
        if ec2.is_current() {
            // Told with the image, so that one is known whose maker died a moment later.
            request.tags = vec![TagSpecification {
                resource_type: "image",
                tags: self.content.iter().cloned().collect(),
            }];
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

/// The root device that the mappings name, and the disks besides.
fn devices(
    session: &Session<'_>,
    mappings: Vec<Mapping>,
) -> (Option<String>, Vec<BlockDeviceMapping>) {
    let mut root = None;
    let mut disks = Vec::new();
    for Mapping {
        virtual_name,
        device,
    } in mappings
    {
        match virtual_name.as_str() {
            "root" => root = Some(device),
            name if name.starts_with("ephemeral") => disks.push(BlockDeviceMapping {
                device_name: device,
                virtual_name: Some(virtual_name),
                ..BlockDeviceMapping::default()
            }),
            name => session.warn(format!(
                "an image made of a snapshot has no \"{name}\": its mapping is left out"
            )),
        }
    }
    (root, disks)
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

fn stored(id: &str, content: &Tag, summary: Option<UploadSummary>) -> Stored {
    Stored {
        snapshot_id: id.to_owned(),
        content: content.value.clone(),
        summary,
    }
}

impl Stored {
    /// The result's fields.
    pub(super) fn as_json(&self) -> Value {
        let mut value = json!({
            "snapshot_id": self.snapshot_id,
            "content": self.content,
            "blocks_sent": 0,
            "blocks_skipped": 0,
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
