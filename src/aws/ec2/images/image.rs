//! An image, as services describe it.

use serde::Serialize;

use super::BlockDeviceMapping;
use crate::aws::ec2::{Fields, FromFields, StateReason, Tag, Unreadable};

/// An image: a machine's, a kernel or a ramdisk. Times are as the service wrote them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "the API's own fields under their own names; those with more to say say it"
)]
pub struct Image {
    /// `ami-…`; Eucalyptus: `emi-…`, `eki-…`, `eri-…`, version 2 with upper-case digits.
    pub image_id: String,
    /// `BUCKET/NAME.manifest.xml`; of a snapshot's image `OWNER/NAME`.
    pub image_location: Option<String>,
    /// `pending`, `available`, `failed`, `deregistered`, …
    pub image_state: Option<String>,
    pub image_owner_id: Option<String>,
    /// `self`, `amazon`, `aws-marketplace`; Eucalyptus: the account's name.
    pub image_owner_alias: Option<String>,
    pub is_public: Option<bool>,
    pub product_codes: Vec<ProductCode>,
    pub architecture: Option<String>,
    /// `machine`, `kernel` or `ramdisk`.
    pub image_type: Option<String>,
    pub kernel_id: Option<String>,
    pub ramdisk_id: Option<String>,
    /// `windows`, or nothing.
    pub platform: Option<String>,
    pub platform_details: Option<String>,
    pub usage_operation: Option<String>,
    /// Why it failed.
    pub state_reason: Option<StateReason>,
    pub name: Option<String>,
    pub description: Option<String>,
    /// `ebs` or `instance-store`.
    pub root_device_type: Option<String>,
    pub root_device_name: Option<String>,
    pub block_device_mappings: Vec<BlockDeviceMapping>,
    /// `paravirtual` or `hvm`.
    pub virtualization_type: Option<String>,
    pub hypervisor: Option<String>,
    pub tags: Vec<Tag>,
    pub creation_date: Option<String>,
    pub deprecation_time: Option<String>,
    pub last_launched_time: Option<String>,
    /// `enabled`, `disabled`, `enabled-with-cooldown`.
    pub deregistration_protection: Option<String>,
    /// `legacy-bios`, `uefi` or `uefi-preferred`.
    pub boot_mode: Option<String>,
    /// `v2.0`, or nothing.
    pub tpm_support: Option<String>,
    /// `v2.0`, or nothing.
    pub imds_support: Option<String>,
    pub ena_support: Option<bool>,
    /// `simple`, or nothing.
    pub sriov_net_support: Option<String>,
    pub source_instance_id: Option<String>,
    pub source_image_id: Option<String>,
    pub source_image_region: Option<String>,
    pub image_allowed: Option<bool>,
    pub free_tier_eligible: Option<bool>,
}

/// A code that using an image is charged by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProductCode {
    /// The code.
    pub product_code: String,
    /// `devpay` or `marketplace`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
}

impl Image {
    /// Why it is in its state, in the service's words.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.state_reason.as_ref()?.words()
    }

    /// The snapshots that its volumes are made from.
    pub fn snapshot_ids(&self) -> impl Iterator<Item = &str> {
        let volumes = self.block_device_mappings.iter();
        volumes.filter_map(|mapping| mapping.ebs.as_ref()?.snapshot_id.as_deref())
    }
}

impl FromFields for Image {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            image_id: fields.required("imageId")?,
            image_location: fields.text("imageLocation"),
            image_state: fields.text("imageState"),
            image_owner_id: fields.text("imageOwnerId"),
            image_owner_alias: fields.text("imageOwnerAlias"),
            is_public: fields.flag("isPublic")?,
            product_codes: fields.list("productCodes")?,
            architecture: fields.text("architecture"),
            image_type: fields.text("imageType"),
            kernel_id: fields.text("kernelId"),
            ramdisk_id: fields.text("ramdiskId"),
            platform: fields.text("platform"),
            platform_details: fields.text("platformDetails"),
            usage_operation: fields.text("usageOperation"),
            state_reason: fields
                .part("stateReason")
                .map(StateReason::from_fields)
                .transpose()?,
            name: fields.text("name"),
            description: fields.text("description"),
            root_device_type: fields.text("rootDeviceType"),
            root_device_name: fields.text("rootDeviceName"),
            block_device_mappings: fields.list("blockDeviceMapping")?,
            virtualization_type: fields.text("virtualizationType"),
            hypervisor: fields.text("hypervisor"),
            tags: fields.list("tagSet")?,
            creation_date: fields.text("creationDate"),
            deprecation_time: fields.text("deprecationTime"),
            last_launched_time: fields.text("lastLaunchedTime"),
            deregistration_protection: fields.text("deregistrationProtection"),
            boot_mode: fields.text("bootMode"),
            tpm_support: fields.text("tpmSupport"),
            imds_support: fields.text("imdsSupport"),
            ena_support: fields.flag("enaSupport")?,
            sriov_net_support: fields.text("sriovNetSupport"),
            source_instance_id: fields.text("sourceInstanceId"),
            source_image_id: fields.text("sourceImageId"),
            source_image_region: fields.text("sourceImageRegion"),
            image_allowed: fields.flag("imageAllowed")?,
            free_tier_eligible: fields.flag("freeTierEligible")?,
        })
    }
}

impl FromFields for ProductCode {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            product_code: fields.required("productCode")?,
            kind: fields.text("type"),
        })
    }
}
