//! Volumes, and their attachments to instances.
//!
//! ```text
//! creating ──► available ──attach──► in-use ──detach──► available ──► deleting ──► gone
//!    └───────► error (Eucalyptus: failed)
//! ```

use serde::Serialize;

use super::{
    Done, Ec2Request, Fields, Filter, FromFields, Page, Paged, Parameters, Tag, TagSpecification,
    Unreadable,
};

/// `DescribeVolumes`.
#[derive(Debug, Clone, Default)]
pub struct DescribeVolumes {
    /// Their ids; all if empty.
    pub volume_ids: Vec<String>,
    /// Conditions.
    pub filters: Vec<Filter>,
    /// Where the page begins.
    pub next_token: Option<String>,
}

/// A volume.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Volume {
    /// Its id.
    pub volume_id: String,
    /// Its size, in GiB.
    pub size: Option<u64>,
    /// The snapshot it was made of.
    pub snapshot_id: Option<String>,
    /// Where it is.
    pub availability_zone: Option<String>,
    /// `creating`, `available`, `in-use`, `deleting`, `error`, …
    pub status: Option<String>,
    /// When it was made.
    pub create_time: Option<String>,
    /// `gp3`, `io2`, `standard`, …; none where there is one type only.
    pub volume_type: Option<String>,
    /// Operations a second that it is to do.
    pub iops: Option<u64>,
    /// MiB a second that it is to do.
    pub throughput: Option<u64>,
    /// Whether it is encrypted.
    pub encrypted: Option<bool>,
    /// The key that it is encrypted with.
    pub kms_key_id: Option<String>,
    /// Where it is attached.
    pub attachments: Vec<Attachment>,
    /// Its tags.
    pub tags: Vec<Tag>,
}

/// A volume at an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attachment {
    /// The volume.
    pub volume_id: Option<String>,
    /// The instance.
    pub instance_id: Option<String>,
    /// What the instance calls it: `/dev/sdf`.
    pub device: Option<String>,
    /// `attaching`, `attached`, `detaching`, `detached`, `busy`.
    pub status: Option<String>,
    /// When it was attached.
    pub attach_time: Option<String>,
    /// Whether it goes with the instance.
    pub delete_on_termination: Option<bool>,
}

impl Ec2Request for DescribeVolumes {
    const ACTION: &'static str = "DescribeVolumes";
    const REPEATABLE: bool = true;
    type Response = Page<Volume>;

    fn write(&self, parameters: &mut Parameters) {
        parameters.list("VolumeId", &self.volume_ids);
        parameters.filters(&self.filters);
        parameters.set_some("NextToken", self.next_token.as_ref());
    }
}

impl Paged for DescribeVolumes {
    type Item = Volume;
    const SET: &'static str = "volumeSet";

    fn set_next_token(&mut self, token: String) {
        self.next_token = Some(token);
    }
}

impl FromFields for Page<Volume> {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Self::read(fields, DescribeVolumes::SET)
    }
}

impl FromFields for Volume {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            volume_id: fields.required("volumeId")?,
            size: fields.number("size")?,
            snapshot_id: fields.text("snapshotId"),
            availability_zone: fields.text("availabilityZone"),
            status: fields.text("status"),
            create_time: fields.text("createTime"),
            volume_type: fields.text("volumeType"),
            iops: fields.number("iops")?,
            throughput: fields.number("throughput")?,
            encrypted: fields.flag("encrypted")?,
            kms_key_id: fields.text("kmsKeyId"),
            attachments: fields.list("attachmentSet")?,
            tags: fields.list("tagSet")?,
        })
    }
}

impl FromFields for Attachment {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            volume_id: fields.text("volumeId"),
            instance_id: fields.text("instanceId"),
            device: fields.text("device"),
            status: fields.text("status"),
            attach_time: fields.text("attachTime"),
            delete_on_termination: fields.flag("deleteOnTermination")?,
        })
    }
}

/// `CreateVolume`.
#[derive(Debug, Clone, Default)]
pub struct CreateVolume {
    /// Where it is to be.
    pub availability_zone: String,
    /// Its size, in GiB; that of the snapshot if left out.
    pub size: Option<u64>,
    /// What it is made of; empty if left out.
    pub snapshot_id: Option<String>,
    /// `gp3`, `io2`, …
    pub volume_type: Option<String>,
    /// Operations a second.
    pub iops: Option<u64>,
    /// MiB a second.
    pub throughput: Option<u64>,
    /// Whether it is encrypted; the account's default decides if not.
    pub encrypted: bool,
    /// The key to encrypt it with.
    pub kms_key_id: Option<String>,
    /// A second request with the same token makes no second volume. Clouds that are not
    /// Amazon's refuse it: see [`Ec2::is_current`](super::Ec2::is_current).
    pub client_token: Option<String>,
    /// Its tags.
    pub tags: Vec<Tag>,
}

impl Ec2Request for CreateVolume {
    const ACTION: &'static str = "CreateVolume";
    const REPEATABLE: bool = false;
    type Response = Volume;

    fn is_repeatable(&self) -> bool {
        self.client_token.is_some()
    }

    fn client_token(&self) -> Option<&str> {
        self.client_token.as_deref()
    }

    fn write(&self, parameters: &mut Parameters) {
        parameters.set("AvailabilityZone", &self.availability_zone);
        parameters.set_some("Size", self.size);
        parameters.set_some("SnapshotId", self.snapshot_id.as_ref());
        parameters.set_some("VolumeType", self.volume_type.as_ref());
        parameters.set_some("Iops", self.iops);
        parameters.set_some("Throughput", self.throughput);
        parameters.set_some("Encrypted", self.encrypted.then_some("true"));
        parameters.set_some("KmsKeyId", self.kms_key_id.as_ref());
        parameters.set_some("ClientToken", self.client_token.as_ref());
        parameters.tag_specifications(&[TagSpecification {
            resource_type: "volume",
            tags: self.tags.clone(),
        }]);
    }
}

/// `DeleteVolume`.
#[derive(Debug, Clone)]
pub struct DeleteVolume {
    /// The volume.
    pub volume_id: String,
}

impl Ec2Request for DeleteVolume {
    const ACTION: &'static str = "DeleteVolume";
    const REPEATABLE: bool = true;
    type Response = Done;

    fn write(&self, parameters: &mut Parameters) {
        parameters.set("VolumeId", &self.volume_id);
    }
}

/// `AttachVolume`.
#[derive(Debug, Clone)]
pub struct AttachVolume {
    /// The volume.
    pub volume_id: String,
    /// The instance, in the same zone.
    pub instance_id: String,
    /// What the instance is to call it.
    pub device: String,
}

impl Ec2Request for AttachVolume {
    const ACTION: &'static str = "AttachVolume";
    const REPEATABLE: bool = true;
    type Response = Attachment;

    fn write(&self, parameters: &mut Parameters) {
        parameters.set("VolumeId", &self.volume_id);
        parameters.set("InstanceId", &self.instance_id);
        parameters.set("Device", &self.device);
    }
}

/// `DetachVolume`.
#[derive(Debug, Clone, Default)]
pub struct DetachVolume {
    /// The volume.
    pub volume_id: String,
    /// The instance, if the volume is at several.
    pub instance_id: Option<String>,
    /// What the instance calls it.
    pub device: Option<String>,
    /// Whether the instance is not asked; what it has not written is lost.
    pub force: bool,
}

impl Ec2Request for DetachVolume {
    const ACTION: &'static str = "DetachVolume";
    const REPEATABLE: bool = true;
    type Response = Attachment;

    fn write(&self, parameters: &mut Parameters) {
        parameters.set("VolumeId", &self.volume_id);
        parameters.set_some("InstanceId", self.instance_id.as_ref());
        parameters.set_some("Device", self.device.as_ref());
        parameters.set_some("Force", self.force.then_some("true"));
    }
}
