//! Listing images.

use super::Image;
use crate::aws::ec2::{
    Ec2Request, Fields, Filter, FromFields, Page, Paged, Parameters, Unreadable,
};

/// `DescribeImages`. Conditions of different kinds must all hold; without any, every image that
/// can be seen.
#[derive(Debug, Clone, Default)]
pub struct DescribeImages {
    /// Their ids; all if empty.
    pub image_ids: Vec<String>,
    /// Accounts that they belong to: numbers, `self`, `amazon`.
    pub owners: Vec<String>,
    /// Accounts that may run them: numbers, `self`, `all`.
    pub executable_by: Vec<String>,
    /// Conditions.
    pub filters: Vec<Filter>,
    /// Also those of others that are deprecated.
    pub include_deprecated: bool,
    /// Also those that are disabled.
    pub include_disabled: bool,
    /// Images on a page. Only for who knows pages, and not with ids.
    pub max_results: Option<u32>,
    /// Where the page begins.
    pub next_token: Option<String>,
}

impl Ec2Request for DescribeImages {
    const ACTION: &'static str = "DescribeImages";
    const REPEATABLE: bool = true;
    type Response = Page<Image>;

    fn write(&self, parameters: &mut Parameters) {
        parameters.list("ImageId", &self.image_ids);
        parameters.list("Owner", &self.owners);
        parameters.list("ExecutableBy", &self.executable_by);
        parameters.filters(&self.filters);
        if self.include_deprecated {
            parameters.set("IncludeDeprecated", "true");
        }
        if self.include_disabled {
            parameters.set("IncludeDisabled", "true");
        }
        parameters.set_some("MaxResults", self.max_results);
        parameters.set_some("NextToken", self.next_token.as_ref());
    }
}

impl Paged for DescribeImages {
    type Item = Image;
    const SET: &'static str = "imagesSet";

    fn set_next_token(&mut self, token: String) {
        self.next_token = Some(token);
    }
}

impl FromFields for Page<Image> {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Self::read(fields, DescribeImages::SET)
    }
}
