//! The disks of an image that is made of a snapshot: the root volume, and those besides.

use std::path::Path;

use crate::aws::ec2::{BlockDeviceMapping, EbsBlockDevice, RegisterImage};
use crate::cli::failure::Failure;
use crate::cli::host;
use crate::cli::session::Session;
use crate::disk::{Content, Scheme, inspect};
use crate::manifest::Mapping;
use crate::register::{ROOT_DEVICE, format_mapping};

/// Bytes of a GiB, which volumes are counted in.
const GIB: u64 = 1 << 30;

/// The disks.
pub(super) struct Disks {
    /// The root device.
    pub root: String,
    /// What its volume is like, but for the snapshot.
    volume: EbsBlockDevice,
    others: Vec<BlockDeviceMapping>,
}

impl Disks {
    /// Reads what was given: the mappings of bundles, those of images, and what is said of the
    /// root volume.
    ///
    /// # Errors
    /// When the root device is to be something else than the image, or smaller than it.
    pub(super) fn read(
        session: &Session<'_>,
        image: &Path,
        request: &RegisterImage,
        named: Vec<Mapping>,
    ) -> Result<Self, Failure> {
        let (root, mut others) = devices(session, named);
        let given = request.root_device_name.clone();
        let root = given.or(root).unwrap_or_else(|| ROOT_DEVICE.to_owned());
        let mut volume = EbsBlockDevice::default();
        for mapping in &request.block_device_mappings {
            if mapping.device_name != root {
                others.retain(|other| other.device_name != mapping.device_name);
                others.push(mapping.clone());
                continue;
            }
            let plain =
                |ebs: &&EbsBlockDevice| ebs.snapshot_id.is_none() && ebs.encrypted.is_none();
            let Some(ebs) = mapping.ebs.as_ref().filter(plain) else {
                let why = format!(
                    "{root} is the root device, which is made of the image: its mapping tells \
                     size, type and the like, --encrypted and --kms-key the rest"
                );
                let text = format_mapping(mapping);
                return Err(session.invalid("block-device-mapping", &text, &why));
            };
            volume = ebs.clone();
        }
        volume.delete_on_termination.get_or_insert(true);
        if let Some(size) = session.parsed("volume-size")? {
            volume.volume_size = Some(size);
        }
        if let Some(kind) = session.text("volume-type")? {
            volume.volume_type = Some(kind);
        }
        if let (Some(gib), Some(bytes)) = (volume.volume_size, host::image_size(image))
            && u64::from(gib).saturating_mul(GIB) < bytes
        {
            let why = format!("the image has {bytes} bytes, which are more than {gib} GiB");
            return Err(session.invalid("volume-size", &gib.to_string(), &why));
        }
        Ok(Self {
            root,
            volume,
            others,
        })
    }

    /// The mappings of an image whose root volume is made of this snapshot.
    pub(super) fn mappings(&self, snapshot: &str) -> Vec<BlockDeviceMapping> {
        let root = BlockDeviceMapping {
            device_name: self.root.clone(),
            ebs: Some(EbsBlockDevice {
                snapshot_id: Some(snapshot.to_owned()),
                ..self.volume.clone()
            }),
            ..BlockDeviceMapping::default()
        };
        std::iter::once(root)
            .chain(self.others.iter().cloned())
            .collect()
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

/// Tells of an image that seems to want UEFI, when nothing is said of how it boots: the service's
/// default for x86 is the BIOS. It is not guessed, since many such images boot both ways.
pub(super) fn tell_of_boot_mode(session: &Session<'_>, image: &Path, request: &RegisterImage) {
    let architecture = request.architecture.as_deref();
    if request.boot_mode.is_some() || matches!(architecture, Some("arm64" | "aarch64")) {
        return; // which has UEFI only
    }
    // What cannot be read is told by the upload.
    let Some(Content::Partitioned(table)) = inspect(image).ok().map(|report| report.content) else {
        return;
    };
    let has = |kind| {
        table
            .partitions
            .iter()
            .any(|one| one.type_name == Some(kind))
    };
    if table.scheme != Scheme::Gpt || !has("EFI system") {
        return;
    }
    if has("BIOS boot") {
        session.note(
            "the image seems to boot with UEFI and with a BIOS; instances take a BIOS unless \
             --boot-mode uefi-preferred is given",
        );
    } else {
        session.warn(
            "the image has an EFI system partition and none for a BIOS, but no --boot-mode is \
             given: instances that begin with a BIOS may not boot; --boot-mode uefi says that \
             they need UEFI",
        );
    }
}
