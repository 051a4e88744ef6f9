//! Images from images, and from instances.

use super::{BlockDeviceMapping, NewImage};
use crate::aws::ec2::{Ec2Request, Parameters, TagSpecification};

/// `CopyImage`: asked of the region that the copy is to be in.
#[derive(Debug, Clone, Default)]
pub struct CopyImage {
    /// The region that the image is in.
    pub source_region: String,
    /// The image.
    pub source_image_id: String,
    /// The copy's name. Amazon wants one; Eucalyptus takes the image's.
    pub name: Option<String>,
    /// What it is, in words.
    pub description: Option<String>,
    /// Makes the request one that can be made again without making a second copy.
    pub client_token: String,
    /// Whether the copy is encrypted.
    pub encrypted: Option<bool>,
    /// With which key: id, alias or ARN.
    pub kms_key_id: Option<String>,
    /// Whether the image's own tags go with it.
    pub copy_image_tags: bool,
    /// Its tags, and those of its snapshots.
    pub tags: Vec<TagSpecification>,
}

impl Ec2Request for CopyImage {
    const ACTION: &'static str = "CopyImage";
    const REPEATABLE: bool = true;
    type Response = NewImage;

    fn client_token(&self) -> Option<&str> {
        Some(&self.client_token)
    }

    fn write(&self, parameters: &mut Parameters) {
        parameters.set("SourceRegion", self.source_region.clone());
        parameters.set("SourceImageId", self.source_image_id.clone());
        parameters.set_some("Name", self.name.as_ref());
        parameters.set_some("Description", self.description.as_ref());
        parameters.set("ClientToken", self.client_token.clone());
        parameters.set_some("Encrypted", self.encrypted);
        parameters.set_some("KmsKeyId", self.kms_key_id.as_ref());
        if self.copy_image_tags {
            parameters.set("CopyImageTags", "true");
        }
        parameters.tag_specifications(&self.tags);
    }
}

/// `CreateImage`: snapshots of an instance's volumes, and an image of them.
#[derive(Debug, Clone, Default)]
pub struct CreateImage {
    /// The instance.
    pub instance_id: String,
    /// The image's name, unique among those of the account.
    pub name: String,
    /// What it is, in words.
    pub description: Option<String>,
    /// Whether the instance goes on running, at the risk of a file system in motion.
    pub no_reboot: bool,
    /// Disks that differ from the instance's.
    pub block_device_mappings: Vec<BlockDeviceMapping>,
    /// The image's tags, and those of its snapshots.
    pub tags: Vec<TagSpecification>,
}

/// Not repeatable: there is no client token, and the instance would be stopped twice.
impl Ec2Request for CreateImage {
    const ACTION: &'static str = "CreateImage";
    const REPEATABLE: bool = false;
    type Response = NewImage;

    fn write(&self, parameters: &mut Parameters) {
        parameters.set("InstanceId", self.instance_id.clone());
        parameters.set("Name", self.name.clone());
        parameters.set_some("Description", self.description.as_ref());
        if self.no_reboot {
            parameters.set("NoReboot", "true");
        }
        parameters.block_device_mappings(&self.block_device_mappings);
        parameters.tag_specifications(&self.tags);
    }
}
