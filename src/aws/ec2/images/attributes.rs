//! Single attributes of an image, above all: who may run it.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::{BlockDeviceMapping, ProductCode};
use crate::aws::ec2::{Done, Ec2Request, Fields, FromFields, Parameters, Unreadable};

/// An attribute that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageAttribute {
    /// Who may run it.
    LaunchPermission,
    /// Codes that its use is charged by.
    ProductCodes,
    /// Its disks.
    BlockDeviceMapping,
    /// What has one value only.
    Value(&'static str),
}

/// Who may run an image.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LaunchPermission {
    /// A group; there is only `all`.
    Group(String),
    /// An account.
    UserId(String),
    /// An organisation.
    OrganizationArn(String),
    /// A part of one.
    OrganizationalUnitArn(String),
}

/// `DescribeImageAttribute`.
#[derive(Debug, Clone)]
pub struct DescribeImageAttribute {
    /// Which image.
    pub image_id: String,
    /// Which attribute.
    pub attribute: ImageAttribute,
}

/// What the service says about an attribute; what it was not asked for is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ImageAttributeAnswer {
    /// Which image.
    pub image_id: Option<String>,
    /// Who may run it.
    pub launch_permissions: Vec<LaunchPermission>,
    /// Codes that its use is charged by.
    pub product_codes: Vec<ProductCode>,
    /// Its disks.
    pub block_device_mappings: Vec<BlockDeviceMapping>,
    /// What has one value, under the API's name for it: `description`, `bootMode`.
    pub values: BTreeMap<&'static str, String>,
}

/// `ModifyImageAttribute`.
#[derive(Debug, Clone)]
pub struct ModifyImageAttribute {
    /// Which image.
    pub image_id: String,
    /// What becomes of it.
    pub change: ImageChange,
}

/// A change of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageChange {
    /// It is described otherwise.
    Description(String),
    /// Codes are added, which cannot be taken away again.
    ProductCodes(Vec<String>),
    /// Who may run it changes.
    LaunchPermission {
        /// These may from now on.
        add: Vec<LaunchPermission>,
        /// These may no longer.
        remove: Vec<LaunchPermission>,
    },
    /// Its instances have version 2 of the metadata service only: `v2.0`. There is no way back.
    ImdsSupport(String),
}

/// `ResetImageAttribute`: only the owner may run it. There is no other attribute to reset.
#[derive(Debug, Clone)]
pub struct ResetImageAttribute {
    /// Which image.
    pub image_id: String,
}

impl ImageAttribute {
    /// Attributes with one value, by the API's names.
    pub const VALUES: [&'static str; 10] = [
        "description",
        "kernel",
        "ramdisk",
        "sriovNetSupport",
        "bootMode",
        "tpmSupport",
        "uefiData",
        "imdsSupport",
        "lastLaunchedTime",
        "deregistrationProtection",
    ];

    /// The API's name for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LaunchPermission => "launchPermission",
            Self::ProductCodes => "productCodes",
            Self::BlockDeviceMapping => "blockDeviceMapping",
            Self::Value(name) => name,
        }
    }
}

impl LaunchPermission {
    /// Everyone.
    #[must_use]
    pub fn all() -> Self {
        Self::Group("all".to_owned())
    }

    /// The API's name for its kind, and who it is.
    #[must_use]
    pub fn parts(&self) -> (&'static str, &str) {
        match self {
            Self::Group(name) => ("Group", name),
            Self::UserId(id) => ("UserId", id),
            Self::OrganizationArn(arn) => ("OrganizationArn", arn),
            Self::OrganizationalUnitArn(arn) => ("OrganizationalUnitArn", arn),
        }
    }
}

impl fmt::Display for LaunchPermission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.parts().1)
    }
}

impl Ec2Request for DescribeImageAttribute {
    const ACTION: &'static str = "DescribeImageAttribute";
    const REPEATABLE: bool = true;
    type Response = ImageAttributeAnswer;

    fn write(&self, parameters: &mut Parameters) {
        parameters.set("ImageId", self.image_id.clone());
        parameters.set("Attribute", self.attribute.name());
    }
}

impl FromFields for ImageAttributeAnswer {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        let values = ImageAttribute::VALUES.into_iter();
        let values = values.filter_map(|name| {
            let value = fields.part(name)?.part("value")?;
            Some((name, value.own_text().to_owned()))
        });
        Ok(Self {
            image_id: fields.text("imageId"),
            launch_permissions: fields.list("launchPermission")?,
            product_codes: fields.list("productCodes")?,
            block_device_mappings: fields.list("blockDeviceMapping")?,
            values: values.collect(),
        })
    }
}

impl FromFields for LaunchPermission {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        let group = fields.text("group").map(Self::Group);
        group
            .or_else(|| fields.text("userId").map(Self::UserId))
            .or_else(|| fields.text("organizationArn").map(Self::OrganizationArn))
            .or_else(|| {
                let arn = fields.text("organizationalUnitArn");
                arn.map(Self::OrganizationalUnitArn)
            })
            .ok_or_else(|| Unreadable {
                found: "a launch permission for nobody".to_owned(),
                expected: "a group, an account or an organisation",
            })
    }
}

/// Repeatable: each change tells a state, and adding who is there already changes nothing.
impl Ec2Request for ModifyImageAttribute {
    const ACTION: &'static str = "ModifyImageAttribute";
    const REPEATABLE: bool = true;
    type Response = Done;

    fn write(&self, parameters: &mut Parameters) {
        parameters.set("ImageId", self.image_id.clone());
        match &self.change {
            ImageChange::Description(text) => parameters.set("Description.Value", text.clone()),
            ImageChange::ProductCodes(codes) => parameters.list("ProductCode", codes),
            ImageChange::LaunchPermission { add, remove } => {
                permissions(parameters, "LaunchPermission.Add", add);
                permissions(parameters, "LaunchPermission.Remove", remove);
            }
            ImageChange::ImdsSupport(version) => {
                parameters.set("ImdsSupport.Value", version.clone());
            }
        }
    }
}

fn permissions(parameters: &mut Parameters, prefix: &str, permissions: &[LaunchPermission]) {
    for (index, permission) in permissions.iter().enumerate() {
        let (kind, who) = permission.parts();
        parameters.set(format!("{prefix}.{}.{kind}", index + 1), who);
    }
}

impl Ec2Request for ResetImageAttribute {
    const ACTION: &'static str = "ResetImageAttribute";
    const REPEATABLE: bool = true;
    type Response = Done;

    fn write(&self, parameters: &mut Parameters) {
        parameters.set("ImageId", self.image_id.clone());
        parameters.set("Attribute", ImageAttribute::LaunchPermission.name());
    }
}
