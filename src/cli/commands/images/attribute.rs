//! A line about one attribute of an image: what it is, or what became of it.

use serde::Serialize;

use crate::aws::ec2::LaunchPermission;
use crate::cli::dialect::Family;
use crate::cli::ec2::{Line, Row};

/// What is told of an attribute: one of its values, or a change of it.
#[derive(Debug, Serialize)]
pub(super) struct AttributeRow {
    /// The image.
    pub image_id: String,
    /// The attribute, by the API's name.
    pub attribute: &'static str,
    /// What was done: `ADD`, `REMOVE`, `RESET`; nothing where it was only looked at.
    pub action: Option<&'static str>,
    /// What kind of value it is: `userId`.
    pub kind: Option<&'static str>,
    /// The value.
    pub value: Option<String>,
}

impl AttributeRow {
    /// A change of who may run an image.
    pub(super) fn permission(
        image_id: &str,
        action: Option<&'static str>,
        permission: &LaunchPermission,
    ) -> Self {
        let (kind, who) = permission.parts();
        let kind = match kind {
            "Group" => "group",
            "UserId" => "userId",
            "OrganizationArn" => "organizationArn",
            _ => "organizationalUnitArn",
        };
        Self {
            image_id: image_id.to_owned(),
            attribute: "launchPermission",
            action,
            kind: Some(kind),
            value: Some(who.to_owned()),
        }
    }
}

impl Row for AttributeRow {
    const HEADS: &'static [&'static str] = &["image", "attribute", "action", "kind", "value"];

    fn cells(&self) -> Vec<Option<String>> {
        vec![
            Some(self.image_id.clone()),
            Some(self.attribute.to_owned()),
            self.action.map(str::to_owned),
            self.kind.map(str::to_owned),
            self.value.clone(),
        ]
    }

    /// A permission that changed has its action, and in euca2ools its kind as the request spells
    /// it; euca2ools' word for product codes that were added is its own.
    fn lines(&self, family: Family) -> Vec<Line> {
        let (mut attribute, mut kind) = (self.attribute, self.kind);
        if family == Family::Euca && self.action == Some("ADD") && attribute == "productCodes" {
            attribute = "productcodes";
        }
        let mut fields = vec![Some(self.image_id.as_str())];
        if attribute == "launchPermission" && self.action.is_some() {
            fields.push(self.action);
            if family == Family::Euca {
                kind = kind.map(as_requested);
            }
        }
        if self.action != Some("RESET") {
            fields.extend([kind, self.value.as_deref()]);
        }
        vec![Line::new(attribute, &fields)]
    }
}

fn as_requested(kind: &'static str) -> &'static str {
    match kind {
        "group" => "Group",
        "userId" => "UserId",
        "organizationArn" => "OrganizationArn",
        _ => "OrganizationalUnitArn",
    }
}
