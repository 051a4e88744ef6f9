//! The rules of a group: what they are, and how they are added and taken away.
//!
//! ```text
//! today   IpPermissions.1.IpProtocol=tcp  .FromPort  .ToPort  .IpRanges.1.CidrIp  .Groups.1.…
//! flat    IpProtocol=tcp  FromPort  ToPort  CidrIp             SourceSecurityGroupName  …OwnerId
//! ```
//!
//! The flat form is that of the API before 2011, which Eucalyptus 1.5 and 2.0 know: it has one
//! IPv4 range in a request, or one group, from which everything is let in.

use serde::Serialize;

use super::super::{Done, Ec2Request, Fields, FromFields, Parameters, Unreadable};
use super::GroupName;

/// Traffic that may pass.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct IpPermission {
    /// `tcp`, `udp`, `icmp`, `icmpv6`, a number, or `-1` for all.
    pub ip_protocol: Option<String>,
    /// First port, or type of ICMP; -1 stands for all types.
    pub from_port: Option<i64>,
    /// Last port, or code of ICMP; -1 stands for all codes.
    pub to_port: Option<i64>,
    /// From or to these IPv4 addresses.
    pub ip_ranges: Vec<IpRange>,
    /// From or to these IPv6 addresses.
    pub ipv6_ranges: Vec<Ipv6Range>,
    /// From or to instances in these groups.
    pub groups: Vec<UserIdGroupPair>,
    /// From or to these services of the cloud.
    pub prefix_list_ids: Vec<PrefixList>,
}

/// IPv4 addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct IpRange {
    /// The addresses: `10.0.0.0/8`.
    pub cidr_ip: String,
    /// What the rule is for.
    pub description: Option<String>,
}

/// IPv6 addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Ipv6Range {
    /// The addresses: `2001:db8::/32`.
    pub cidr_ipv6: String,
    /// What the rule is for.
    pub description: Option<String>,
}

/// Another group, or the same.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct UserIdGroupPair {
    /// Its owner's account.
    pub user_id: Option<String>,
    /// Its id.
    pub group_id: Option<String>,
    /// Its name.
    pub group_name: Option<String>,
    /// What the rule is for.
    pub description: Option<String>,
}

/// A service of the cloud.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PrefixList {
    /// Its list of addresses: `pl-…`.
    pub prefix_list_id: String,
}

/// Rules to add to a group, or to take away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRules {
    /// The group.
    pub group: GroupName,
    /// The rules.
    pub permissions: Vec<IpPermission>,
    /// How they are written.
    pub form: RuleForm,
}

/// How rules are written in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleForm {
    /// Today's.
    Numbered,
    /// That of old services.
    Flat,
}

impl GroupRules {
    /// The same rules in as many requests as the flat form needs; none if it has no words for
    /// one of them: it knows three protocols from IPv4 addresses, and all of them from a group.
    #[must_use]
    pub fn flat(&self) -> Option<Vec<Self>> {
        let mut all = Vec::new();
        for permission in &self.permissions {
            if !permission.ipv6_ranges.is_empty() || !permission.prefix_list_ids.is_empty() {
                return None;
            }
            let protocol = permission.ip_protocol.as_deref().unwrap_or("-1");
            for range in &permission.ip_ranges {
                all.push(IpPermission {
                    ip_ranges: vec![range.clone()],
                    groups: Vec::new(),
                    ip_protocol: Some(flat_protocol(protocol)?.to_owned()),
                    ..permission.clone()
                });
            }
            for group in &permission.groups {
                if protocol != "-1" || group.group_name.is_none() {
                    return None;
                }
                all.push(IpPermission {
                    groups: vec![group.clone()],
                    ..IpPermission::default()
                });
            }
        }
        let one = |permission| Self {
            permissions: vec![permission],
            form: RuleForm::Flat,
            ..self.clone()
        };
        Some(all.into_iter().map(one).collect())
    }

    fn write(&self, parameters: &mut Parameters) {
        self.group.write(parameters);
        for (index, permission) in self.permissions.iter().enumerate() {
            match self.form {
                RuleForm::Numbered => {
                    let prefix = format!("IpPermissions.{}", index + 1);
                    permission.write_numbered(parameters, &prefix);
                }
                RuleForm::Flat => permission.write_flat(parameters),
            }
        }
    }
}

/// Old services know three, by name.
fn flat_protocol(protocol: &str) -> Option<&'static str> {
    match protocol {
        "tcp" | "6" => Some("tcp"),
        "udp" | "17" => Some("udp"),
        "icmp" | "1" => Some("icmp"),
        _ => None,
    }
}

impl IpPermission {
    fn write_numbered(&self, parameters: &mut Parameters, prefix: &str) {
        parameters.set_some(format!("{prefix}.IpProtocol"), self.ip_protocol.as_ref());
        parameters.set_some(format!("{prefix}.FromPort"), self.from_port);
        parameters.set_some(format!("{prefix}.ToPort"), self.to_port);
        for (index, group) in self.groups.iter().enumerate() {
            let prefix = format!("{prefix}.Groups.{}", index + 1);
            parameters.set_some(format!("{prefix}.UserId"), group.user_id.as_ref());
            parameters.set_some(format!("{prefix}.GroupId"), group.group_id.as_ref());
            parameters.set_some(format!("{prefix}.GroupName"), group.group_name.as_ref());
            let description = group.description.as_ref();
            parameters.set_some(format!("{prefix}.Description"), description);
        }
        for (index, range) in self.ip_ranges.iter().enumerate() {
            let prefix = format!("{prefix}.IpRanges.{}", index + 1);
            parameters.set(format!("{prefix}.CidrIp"), &range.cidr_ip);
            let description = range.description.as_ref();
            parameters.set_some(format!("{prefix}.Description"), description);
        }
        for (index, range) in self.ipv6_ranges.iter().enumerate() {
            let prefix = format!("{prefix}.Ipv6Ranges.{}", index + 1);
            parameters.set(format!("{prefix}.CidrIpv6"), &range.cidr_ipv6);
            let description = range.description.as_ref();
            parameters.set_some(format!("{prefix}.Description"), description);
        }
        for (index, list) in self.prefix_list_ids.iter().enumerate() {
            let name = format!("{prefix}.PrefixListIds.{}.PrefixListId", index + 1);
            parameters.set(name, &list.prefix_list_id);
        }
    }

    fn write_flat(&self, parameters: &mut Parameters) {
        for group in &self.groups {
            let name = group.group_name.as_ref();
            parameters.set_some("SourceSecurityGroupName", name);
            parameters.set_some("SourceSecurityGroupOwnerId", group.user_id.as_ref());
        }
        for range in &self.ip_ranges {
            parameters.set_some("IpProtocol", self.ip_protocol.as_ref());
            parameters.set_some("FromPort", self.from_port);
            parameters.set_some("ToPort", self.to_port);
            parameters.set("CidrIp", &range.cidr_ip);
        }
    }
}

/// Requests that differ in their names alone.
macro_rules! rule_requests {
    ($($name:ident: $what:literal,)*) => {$(
        #[doc = concat!("`", stringify!($name), "`: ", $what)]
        #[derive(Debug, Clone)]
        pub struct $name(
            /// The rules.
            pub GroupRules,
        );

        impl Ec2Request for $name {
            const ACTION: &'static str = stringify!($name);
            const REPEATABLE: bool = true;
            type Response = Done;

            fn write(&self, parameters: &mut Parameters) {
                self.0.write(parameters);
            }
        }
    )*};
}

rule_requests! {
    AuthorizeSecurityGroupIngress: "lets traffic in.",
    AuthorizeSecurityGroupEgress: "lets traffic out.",
    RevokeSecurityGroupIngress: "lets it in no longer.",
    RevokeSecurityGroupEgress: "lets it out no longer.",
}

impl FromFields for IpPermission {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            ip_protocol: fields.text("ipProtocol"),
            from_port: fields.number("fromPort")?,
            to_port: fields.number("toPort")?,
            ip_ranges: fields.list("ipRanges")?,
            ipv6_ranges: fields.list("ipv6Ranges")?,
            groups: fields.list("groups")?,
            prefix_list_ids: fields.list("prefixListIds")?,
        })
    }
}

impl FromFields for IpRange {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            cidr_ip: fields.required("cidrIp")?,
            description: fields.text("description"),
        })
    }
}

impl FromFields for Ipv6Range {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            cidr_ipv6: fields.required("cidrIpv6")?,
            description: fields.text("description"),
        })
    }
}

impl FromFields for UserIdGroupPair {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            user_id: fields.text("userId"),
            group_id: fields.text("groupId"),
            group_name: fields.text("groupName"),
            description: fields.text("description"),
        })
    }
}

impl FromFields for PrefixList {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            prefix_list_id: fields.required("prefixListId")?,
        })
    }
}
