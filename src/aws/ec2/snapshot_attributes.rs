//! Who may make volumes of a snapshot, and its product codes.
//!
//! Who is to copy an image needs the permission for its snapshots besides that for the image.

use serde::Serialize;

use super::{Done, Ec2Request, Fields, FromFields, Parameters, ProductCode, Unreadable};

/// Who is permitted something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Grantee {
    /// A group; `all` is the only one.
    Group(String),
    /// An account.
    UserId(String),
}

impl Grantee {
    /// A name as users write it: `all` is the group of everyone, anything else an account.
    #[must_use]
    pub fn of(name: &str) -> Self {
        match name {
            "all" => Self::Group(name.to_owned()),
            account => Self::UserId(account.to_owned()),
        }
    }

    /// Name of the parameter that has it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Group(_) => "Group",
            Self::UserId(_) => "UserId",
        }
    }

    /// The account or group.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Group(name) | Self::UserId(name) => name,
        }
    }
}

impl FromFields for Grantee {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        match fields.text("group") {
            Some(group) => Ok(Self::Group(group)),
            None => fields.required("userId").map(Self::UserId),
        }
    }
}

/// `ModifySnapshotAttribute`: grants and takes back. Amazon does one of them in a request.
#[derive(Debug, Clone, Default)]
pub struct ModifySnapshotAttribute {
    /// The snapshot.
    pub snapshot_id: String,
    /// Who may make volumes of it from now on.
    pub add: Vec<Grantee>,
    /// Who may no longer.
    pub remove: Vec<Grantee>,
}

impl Ec2Request for ModifySnapshotAttribute {
    const ACTION: &'static str = "ModifySnapshotAttribute";
    const REPEATABLE: bool = true;
    type Response = Done;

    fn write(&self, parameters: &mut Parameters) {
        parameters.set("SnapshotId", &self.snapshot_id);
        for (change, grantees) in [("Add", &self.add), ("Remove", &self.remove)] {
            for (index, grantee) in grantees.iter().enumerate() {
                let index = index + 1;
                let kind = grantee.kind();
                parameters.set(
                    format!("CreateVolumePermission.{change}.{index}.{kind}"),
                    grantee.name(),
                );
            }
        }
    }
}

/// An attribute of a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SnapshotAttribute {
    /// Who may make volumes of it.
    CreateVolumePermission,
    /// Product codes of the marketplace.
    ProductCodes,
}

impl SnapshotAttribute {
    /// Its name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CreateVolumePermission => "createVolumePermission",
            Self::ProductCodes => "productCodes",
        }
    }
}

/// `DescribeSnapshotAttribute`.
#[derive(Debug, Clone)]
pub struct DescribeSnapshotAttribute {
    /// The snapshot.
    pub snapshot_id: String,
    /// What is asked for.
    pub attribute: SnapshotAttribute,
}

/// What the attribute of a snapshot is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotAttributes {
    /// Who may make volumes of it.
    pub create_volume_permissions: Vec<Grantee>,
    /// Product codes.
    pub product_codes: Vec<ProductCode>,
}

impl Ec2Request for DescribeSnapshotAttribute {
    const ACTION: &'static str = "DescribeSnapshotAttribute";
    const REPEATABLE: bool = true;
    type Response = SnapshotAttributes;

    fn write(&self, parameters: &mut Parameters) {
        parameters.set("SnapshotId", &self.snapshot_id);
        parameters.set("Attribute", self.attribute.name());
    }
}

impl FromFields for SnapshotAttributes {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            create_volume_permissions: fields.list("createVolumePermission")?,
            product_codes: fields.list("productCodes")?,
        })
    }
}

/// `ResetSnapshotAttribute`: nobody but its owner may make volumes of the snapshot.
#[derive(Debug, Clone)]
pub struct ResetSnapshotAttribute {
    /// The snapshot.
    pub snapshot_id: String,
}

impl Ec2Request for ResetSnapshotAttribute {
    const ACTION: &'static str = "ResetSnapshotAttribute";
    const REPEATABLE: bool = true;
    type Response = Done;

    fn write(&self, parameters: &mut Parameters) {
        parameters.set("SnapshotId", &self.snapshot_id);
        let attribute = SnapshotAttribute::CreateVolumePermission;
        parameters.set("Attribute", attribute.name());
    }
}
