//! Making an image known, and unknown again.

use serde::Serialize;

use super::BlockDeviceMapping;
use crate::aws::ec2::{Ec2Request, Fields, FromFields, Parameters, TagSpecification, Unreadable};

/// `RegisterImage`. Of a bundle, the location of its manifest says where; of snapshots, the
/// mappings do.
#[derive(Debug, Clone, Default)]
pub struct RegisterImage {
    /// `BUCKET/[PREFIX/]NAME.manifest.xml`.
    pub image_location: Option<String>,
    /// Its name, unique among those of the account. Old clouds need none.
    pub name: Option<String>,
    /// What it is, in words.
    pub description: Option<String>,
    /// `i386`, `x86_64`, `arm64`, …; Eucalyptus: also `armhf`.
    pub architecture: Option<String>,
    /// `paravirtual` or `hvm`.
    pub virtualization_type: Option<String>,
    /// `legacy-bios`, `uefi` or `uefi-preferred`.
    pub boot_mode: Option<String>,
    /// Whether it has a driver for enhanced networking.
    pub ena_support: Option<bool>,
    /// `simple`.
    pub sriov_net_support: Option<String>,
    /// `v2.0`.
    pub tpm_support: Option<String>,
    /// UEFI variables, base64.
    pub uefi_data: Option<String>,
    /// `v2.0`.
    pub imds_support: Option<String>,
    /// `eki-…`, `aki-…`; registering a kernel itself, Eucalyptus looks into its manifest.
    pub kernel_id: Option<String>,
    /// `eri-…`, `ari-…`.
    pub ramdisk_id: Option<String>,
    /// `windows`; Eucalyptus only.
    pub platform: Option<String>,
    /// `/dev/sda1`.
    pub root_device_name: Option<String>,
    /// Codes that its use is charged by.
    pub billing_products: Vec<String>,
    /// Its disks.
    pub block_device_mappings: Vec<BlockDeviceMapping>,
    /// Its tags, of the resource type `image`.
    pub tags: Vec<TagSpecification>,
}

/// The id of an image that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewImage {
    /// `ami-…`, `emi-…`.
    pub image_id: String,
}

/// `DeregisterImage`.
#[derive(Debug, Clone)]
pub struct DeregisterImage {
    /// Which.
    pub image_id: String,
    /// Whether its snapshots go with it, those of other images excepted.
    pub delete_associated_snapshots: bool,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deregistered {
    /// What the service says: old ones say `false` where newer ones refuse.
    pub done: bool,
    /// What came of its snapshots.
    pub snapshots: Vec<DeletedSnapshot>,
}

/// A snapshot that should go with its image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeletedSnapshot {
    /// `snap-…`.
    pub snapshot_id: String,
    /// `success`, `skipped`, `missing-permissions`, `internal-error`, `client-error`.
    pub return_code: Option<String>,
}

/// Not repeatable: there is no client token, and the second of two finds its name taken by the
/// first. The journey `register` finds out what became of one whose reply was lost.
impl Ec2Request for RegisterImage {
    const ACTION: &'static str = "RegisterImage";
    const REPEATABLE: bool = false;
    type Response = NewImage;

    fn write(&self, parameters: &mut Parameters) {
        parameters.set_some("ImageLocation", self.image_location.as_ref());
        parameters.set_some("Name", self.name.as_ref());
        parameters.set_some("Description", self.description.as_ref());
        parameters.set_some("Architecture", self.architecture.as_ref());
        parameters.set_some("VirtualizationType", self.virtualization_type.as_ref());
        parameters.set_some("BootMode", self.boot_mode.as_ref());
        parameters.set_some("EnaSupport", self.ena_support);
        parameters.set_some("SriovNetSupport", self.sriov_net_support.as_ref());
        parameters.set_some("TpmSupport", self.tpm_support.as_ref());
        parameters.set_some("UefiData", self.uefi_data.as_ref());
        parameters.set_some("ImdsSupport", self.imds_support.as_ref());
        parameters.set_some("KernelId", self.kernel_id.as_ref());
        parameters.set_some("RamdiskId", self.ramdisk_id.as_ref());
        parameters.set_some("Platform", self.platform.as_ref());
        parameters.set_some("RootDeviceName", self.root_device_name.as_ref());
        parameters.list("BillingProduct", &self.billing_products);
        parameters.block_device_mappings(&self.block_device_mappings);
        parameters.tag_specifications(&self.tags);
    }
}

impl FromFields for NewImage {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            image_id: fields.required("imageId")?,
        })
    }
}

/// Not repeatable: the second of two cannot tell an image that the first took away from one that
/// never was. The journey `register` can.
impl Ec2Request for DeregisterImage {
    const ACTION: &'static str = "DeregisterImage";
    const REPEATABLE: bool = false;
    type Response = Deregistered;

    fn write(&self, parameters: &mut Parameters) {
        parameters.set("ImageId", self.image_id.clone());
        if self.delete_associated_snapshots {
            parameters.set("DeleteAssociatedSnapshots", "true");
        }
    }
}

impl FromFields for Deregistered {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            done: fields.flag("return")?.unwrap_or(true),
            snapshots: fields.list("deleteSnapshotResultSet")?,
        })
    }
}

impl FromFields for DeletedSnapshot {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            snapshot_id: fields.required("snapshotId")?,
            return_code: fields.text("returnCode"),
        })
    }
}
