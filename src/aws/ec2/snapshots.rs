//! Snapshots of volumes, as EC2 knows them. Their blocks are another service's.
//!
//! ```text
//! pending ──► completed          recoverable, recovering: in the recycle bin
//!    └──────► error
//! ```

use serde::Serialize;

use super::{
    Done, Ec2Request, Fields, Filter, FromFields, Page, Paged, Parameters, Tag, TagSpecification,
    Unreadable,
};

/// `DescribeSnapshots`. Without owners and users, all that may be used, public ones too.
#[derive(Debug, Clone, Default)]
pub struct DescribeSnapshots {
    /// Their ids; all if empty.
    pub snapshot_ids: Vec<String>,
    /// Accounts that own them; `self`, `amazon`.
    pub owners: Vec<String>,
    /// Accounts that may make volumes of them; `self`, `all`.
    pub restorable_by: Vec<String>,
    /// Conditions.
    pub filters: Vec<Filter>,
    /// Where the page begins.
    pub next_token: Option<String>,
}

/// A snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Snapshot {
    /// Its id.
    pub snapshot_id: String,
    /// The volume it was made of. One that was uploaded has a volume that never was.
    pub volume_id: Option<String>,
    /// `pending`, `completed`, `error`.
    pub status: Option<String>,
    /// Why it failed.
    pub status_message: Option<String>,
    /// When it was begun.
    pub start_time: Option<String>,
    /// How far it is: `42%`. Eucalyptus may leave it out at the end.
    pub progress: Option<String>,
    /// The account it belongs to.
    pub owner_id: Option<String>,
    /// The account's name, if it has one: `amazon`.
    pub owner_alias: Option<String>,
    /// Size of the volume, in GiB.
    pub volume_size: Option<u64>,
    /// What its maker says of it.
    pub description: Option<String>,
    /// Whether it is encrypted.
    pub encrypted: Option<bool>,
    /// The key that it is encrypted with.
    pub kms_key_id: Option<String>,
    /// `standard` or `archive`.
    pub storage_tier: Option<String>,
    /// Its tags.
    pub tags: Vec<Tag>,
}

impl Ec2Request for DescribeSnapshots {
    const ACTION: &'static str = "DescribeSnapshots";
    const REPEATABLE: bool = true;
    type Response = Page<Snapshot>;

    fn write(&self, parameters: &mut Parameters) {
        parameters.list("SnapshotId", &self.snapshot_ids);
        parameters.list("Owner", &self.owners);
        parameters.list("RestorableBy", &self.restorable_by);
        parameters.filters(&self.filters);
        parameters.set_some("NextToken", self.next_token.as_ref());
    }
}

impl Paged for DescribeSnapshots {
    type Item = Snapshot;
    const SET: &'static str = "snapshotSet";

    fn set_next_token(&mut self, token: String) {
        self.next_token = Some(token);
    }
}

impl FromFields for Page<Snapshot> {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Self::read(fields, DescribeSnapshots::SET)
    }
}

impl FromFields for Snapshot {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            snapshot_id: fields.required("snapshotId")?,
            volume_id: fields.text("volumeId"),
            status: fields.text("status"),
            status_message: fields.text("statusMessage"),
            start_time: fields.text("startTime"),
            progress: fields.text("progress"),
            owner_id: fields.text("ownerId"),
            owner_alias: fields.text("ownerAlias"),
            volume_size: fields.number("volumeSize")?,
            description: fields.text("description"),
            encrypted: fields.flag("encrypted")?,
            kms_key_id: fields.text("kmsKeyId"),
            storage_tier: fields.text("storageTier"),
            tags: fields.list("tagSet")?,
        })
    }
}

/// `CreateSnapshot`, of a volume.
#[derive(Debug, Clone, Default)]
pub struct CreateSnapshot {
    /// The volume.
    pub volume_id: String,
    /// What is said of it.
    pub description: Option<String>,
    /// Its tags. Clouds of before 2018 refuse a snapshot with tags.
    pub tags: Vec<Tag>,
}

impl Ec2Request for CreateSnapshot {
    const ACTION: &'static str = "CreateSnapshot";
    /// The API has no client token for it.
    const REPEATABLE: bool = false;
    type Response = Snapshot;

    fn write(&self, parameters: &mut Parameters) {
        parameters.set("VolumeId", &self.volume_id);
        parameters.set_some("Description", self.description.as_ref());
        parameters.tag_specifications(&[TagSpecification {
            resource_type: "snapshot",
            tags: self.tags.clone(),
        }]);
    }
}

/// `DeleteSnapshot`.
#[derive(Debug, Clone)]
pub struct DeleteSnapshot {
    /// The snapshot.
    pub snapshot_id: String,
}

impl Ec2Request for DeleteSnapshot {
    const ACTION: &'static str = "DeleteSnapshot";
    const REPEATABLE: bool = true;
    type Response = Done;

    fn write(&self, parameters: &mut Parameters) {
        parameters.set("SnapshotId", &self.snapshot_id);
    }
}
