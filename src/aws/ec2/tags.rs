//! Tags, which everything has.

use serde::Serialize;

use super::{Done, Ec2Request, Fields, Filter, FromFields, Page, Paged, Parameters, Unreadable};

/// A tag of an image, an instance, a snapshot, …
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tag {
    /// Its name.
    pub key: String,
    /// Its value; may be empty.
    pub value: String,
}

impl FromFields for Tag {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            key: fields.required("key")?,
            value: fields.text("value").unwrap_or_default(),
        })
    }
}

/// The tags that something is made with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagSpecification {
    /// What gets them: `image`, `instance`, `snapshot`.
    pub resource_type: &'static str,
    /// The tags.
    pub tags: Vec<Tag>,
}

impl Parameters {
    /// The tags of what is made; those of no tags are left out.
    pub fn tag_specifications(&mut self, specifications: &[TagSpecification]) {
        let some = specifications.iter().filter(|spec| !spec.tags.is_empty());
        for (index, specification) in some.enumerate() {
            let prefix = format!("TagSpecification.{}", index + 1);
            self.set(
                format!("{prefix}.ResourceType"),
                specification.resource_type,
            );
            for (index, tag) in specification.tags.iter().enumerate() {
                let prefix = format!("{prefix}.Tag.{}", index + 1);
                self.set(format!("{prefix}.Key"), tag.key.clone());
                self.set(format!("{prefix}.Value"), tag.value.clone());
            }
        }
    }
}

/// `CreateTags`: what has such a tag gets another value for it.
#[derive(Debug, Clone, Default)]
pub struct CreateTags {
    /// Ids of what gets them.
    pub resource_ids: Vec<String>,
    /// The tags.
    pub tags: Vec<Tag>,
}

impl Ec2Request for CreateTags {
    const ACTION: &'static str = "CreateTags";
    const REPEATABLE: bool = true;
    type Response = Done;

    fn write(&self, parameters: &mut Parameters) {
        parameters.list("ResourceId", &self.resource_ids);
        for (index, tag) in self.tags.iter().enumerate() {
            let prefix = format!("Tag.{}", index + 1);
            parameters.set(format!("{prefix}.Key"), &tag.key);
            parameters.set(format!("{prefix}.Value"), &tag.value);
        }
    }
}

/// `DeleteTags`.
#[derive(Debug, Clone, Default)]
pub struct DeleteTags {
    /// Ids of what loses them.
    pub resource_ids: Vec<String>,
    /// The tags.
    pub tags: Vec<TagToDelete>,
}

/// A tag that is to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagToDelete {
    /// Its name.
    pub key: String,
    /// The value that it must have, empty ones too; any if none.
    pub value: Option<String>,
}

impl Ec2Request for DeleteTags {
    const ACTION: &'static str = "DeleteTags";
    const REPEATABLE: bool = true;
    type Response = Done;

    fn write(&self, parameters: &mut Parameters) {
        parameters.list("ResourceId", &self.resource_ids);
        for (index, tag) in self.tags.iter().enumerate() {
            let prefix = format!("Tag.{}", index + 1);
            parameters.set(format!("{prefix}.Key"), &tag.key);
            parameters.set_some(format!("{prefix}.Value"), tag.value.as_ref());
        }
    }
}

/// `DescribeTags`: the tags of everything.
#[derive(Debug, Clone, Default)]
pub struct DescribeTags {
    /// Conditions: `resource-id`, `key`, …
    pub filters: Vec<Filter>,
    /// Where the page begins.
    pub next_token: Option<String>,
}

/// A tag, and what has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TagDescription {
    /// The id of what has it.
    pub resource_id: Option<String>,
    /// What that is: `image`, `instance`, `snapshot`.
    pub resource_type: Option<String>,
    /// The tag's name.
    pub key: String,
    /// The tag's value; may be empty.
    pub value: String,
}

impl Ec2Request for DescribeTags {
    const ACTION: &'static str = "DescribeTags";
    const REPEATABLE: bool = true;
    type Response = Page<TagDescription>;

    fn write(&self, parameters: &mut Parameters) {
        parameters.filters(&self.filters);
        parameters.set_some("NextToken", self.next_token.as_ref());
    }
}

impl Paged for DescribeTags {
    type Item = TagDescription;
    const SET: &'static str = "tagSet";

    fn set_next_token(&mut self, token: String) {
        self.next_token = Some(token);
    }
}

impl FromFields for Page<TagDescription> {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Self::read(fields, DescribeTags::SET)
    }
}

impl FromFields for TagDescription {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        let tag = Tag::from_fields(fields)?;
        Ok(Self {
            resource_id: fields.text("resourceId"),
            resource_type: fields.text("resourceType"),
            key: tag.key,
            value: tag.value,
        })
    }
}
