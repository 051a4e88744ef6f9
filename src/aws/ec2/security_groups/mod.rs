//! Security groups, and the traffic that they let pass.

mod rules;

use serde::Serialize;

use super::{
    Done, Ec2Request, Fields, Filter, FromFields, Page, Paged, Parameters, Tag, TagSpecification,
    Unreadable,
};

pub use rules::{
    AuthorizeSecurityGroupEgress, AuthorizeSecurityGroupIngress, GroupRules, IpPermission, IpRange,
    Ipv6Range, PrefixList, RevokeSecurityGroupEgress, RevokeSecurityGroupIngress, RuleForm,
    UserIdGroupPair,
};

/// How a group is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupName {
    /// By its id: `sg-…`.
    Id(String),
    /// By its name, which is one of the account's default VPC, or of no VPC.
    Name(String),
}

impl GroupName {
    /// What a user wrote: an id if it looks like one.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let id = text.strip_prefix("sg-");
        let digits = |id: &str| matches!(id.len(), 8 | 17) && is_hex(id);
        if id.is_some_and(digits) {
            Self::Id(text.to_owned())
        } else {
            Self::Name(text.to_owned())
        }
    }

    /// The id or name.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Id(text) | Self::Name(text) => text,
        }
    }

    fn write(&self, parameters: &mut Parameters) {
        match self {
            Self::Id(id) => parameters.set("GroupId", id),
            Self::Name(name) => parameters.set("GroupName", name),
        }
    }
}

/// Eucalyptus 3 writes its ids in upper case.
fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// `CreateSecurityGroup`.
#[derive(Debug, Clone, Default)]
pub struct CreateSecurityGroup {
    /// Its name.
    pub group_name: String,
    /// What it is for; every service demands it.
    pub group_description: String,
    /// The VPC it is for.
    pub vpc_id: Option<String>,
    /// Its tags.
    pub tags: Vec<Tag>,
}

/// The answer to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedSecurityGroup {
    /// Its id; Eucalyptus 2 has none.
    pub group_id: Option<String>,
}

/// `DeleteSecurityGroup`.
#[derive(Debug, Clone)]
pub struct DeleteSecurityGroup {
    /// Which one.
    pub group: GroupName,
}

/// `DescribeSecurityGroups`.
#[derive(Debug, Clone, Default)]
pub struct DescribeSecurityGroups {
    /// Groups; all if empty.
    pub groups: Vec<GroupName>,
    /// Conditions.
    pub filters: Vec<Filter>,
    /// Where the page begins.
    pub next_token: Option<String>,
}

/// A security group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SecurityGroup {
    /// Its id; Eucalyptus 2 has none.
    pub group_id: Option<String>,
    /// Its name.
    pub group_name: String,
    /// What it is for.
    pub group_description: Option<String>,
    /// Its owner's account.
    pub owner_id: Option<String>,
    /// The VPC it is for.
    pub vpc_id: Option<String>,
    /// What may come in.
    pub ip_permissions: Vec<IpPermission>,
    /// What may go out.
    pub ip_permissions_egress: Vec<IpPermission>,
    /// Its tags.
    pub tags: Vec<Tag>,
}

impl Ec2Request for CreateSecurityGroup {
    const ACTION: &'static str = "CreateSecurityGroup";
    // The second one is refused although the first was done.
    const REPEATABLE: bool = false;
    type Response = CreatedSecurityGroup;

    fn write(&self, parameters: &mut Parameters) {
        parameters.set("GroupName", &self.group_name);
        parameters.set("GroupDescription", &self.group_description);
        parameters.set_some("VpcId", self.vpc_id.as_ref());
        parameters.tag_specifications(&[TagSpecification {
            resource_type: "security-group",
            tags: self.tags.clone(),
        }]);
    }
}

impl FromFields for CreatedSecurityGroup {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            group_id: fields.text("groupId"),
        })
    }
}

impl Ec2Request for DeleteSecurityGroup {
    const ACTION: &'static str = "DeleteSecurityGroup";
    const REPEATABLE: bool = true;
    type Response = Done;

    fn write(&self, parameters: &mut Parameters) {
        self.group.write(parameters);
    }
}

impl Ec2Request for DescribeSecurityGroups {
    const ACTION: &'static str = "DescribeSecurityGroups";
    const REPEATABLE: bool = true;
    type Response = Page<SecurityGroup>;

    fn write(&self, parameters: &mut Parameters) {
        let (mut ids, mut names) = (Vec::new(), Vec::new());
        for group in &self.groups {
            match group {
                GroupName::Id(id) => ids.push(id),
                GroupName::Name(name) => names.push(name),
            }
        }
        parameters.list("GroupId", &ids);
        parameters.list("GroupName", &names);
        parameters.filters(&self.filters);
        parameters.set_some("NextToken", self.next_token.as_ref());
    }
}

impl Paged for DescribeSecurityGroups {
    type Item = SecurityGroup;
    const SET: &'static str = "securityGroupInfo";

    fn set_next_token(&mut self, token: String) {
        self.next_token = Some(token);
    }
}

impl FromFields for Page<SecurityGroup> {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Self::read(fields, DescribeSecurityGroups::SET)
    }
}

impl FromFields for SecurityGroup {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            group_id: fields.text("groupId"),
            group_name: fields.required("groupName")?,
            group_description: fields.text("groupDescription"),
            owner_id: fields.text("ownerId"),
            vpc_id: fields.text("vpcId"),
            ip_permissions: fields.list("ipPermissions")?,
            ip_permissions_egress: fields.list("ipPermissionsEgress")?,
            tags: fields.list("tagSet")?,
        })
    }
}
