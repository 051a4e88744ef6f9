//! `describe-groups`.

use clap::{Arg, ArgAction};

use crate::aws::ec2::{
    DescribeSecurityGroups, GroupName, IpPermission, SecurityGroup, UserIdGroupPair,
};
use crate::cli::dialect::Family;
use crate::cli::ec2::{Line, Row, connect, filter_arg, filters, ids, reading_args, show};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "describe-groups",
    about: "List security groups and their rules",
    details: "Filters compare texts: ip-permission.from-port=22 does not find a range of ports \
              that has 22 in it.",
    examples: &["amikit describe-groups default --output json"],
    args,
    sources: &[],
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        Arg::new("group")
            .value_name("GROUP")
            .action(ArgAction::Append)
            .num_args(0..)
            .help("Names or ids of the groups to show (default: all)"),
        filter_arg(),
    ];
    args.extend(reading_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let groups = ids(session, "group")?;
    let request = DescribeSecurityGroups {
        groups: groups.iter().map(|group| GroupName::of(group)).collect(),
        filters: filters(session)?,
        next_token: None,
    };
    let connected = connect(session)?;
    let groups = connected.ec2.all(request)?;
    show(session, "security_groups", &groups)?;
    Ok(Outcome::Done)
}

/// The two ways of traffic, as lines tell them.
const INGRESS: [&str; 2] = ["FROM", "ingress"];
const EGRESS: [&str; 2] = ["TO", "egress"];

impl Row for SecurityGroup {
    const HEADS: &'static [&'static str] = &["id", "name", "vpc", "lets in", "description"];

    fn cells(&self) -> Vec<Option<String>> {
        let rules: Vec<_> = self.ip_permissions.iter().map(in_words).collect();
        vec![
            self.group_id.clone(),
            Some(self.group_name.clone()),
            self.vpc_id.clone(),
            Some(rules.join("; ")),
            self.group_description.clone(),
        ]
    }

    fn lines(&self, family: Family) -> Vec<Line> {
        let group = [
            self.group_id.as_deref(),
            self.owner_id.as_deref(),
            Some(&*self.group_name),
            self.group_description.as_deref(),
            self.vpc_id.as_deref(),
        ];
        let mut lines = vec![Line::new("GROUP", &group)];
        for (permissions, way) in [
            (&self.ip_permissions, INGRESS),
            (&self.ip_permissions_egress, EGRESS),
        ] {
            for permission in permissions {
                let ends = ends(permission, family);
                lines.extend(ends.iter().map(|end| self.rule(permission, way, end)));
            }
        }
        let id = self.group_id.as_ref().unwrap_or(&self.group_name);
        lines.extend(self.tags.iter().map(|tag| {
            let fields = ["security-group", id, &tag.key, &tag.value];
            Line::new("TAG", &fields.map(Some))
        }));
        lines
    }
}

impl SecurityGroup {
    /// The line of a rule. `end` is who is at the other end.
    fn rule(&self, permission: &IpPermission, way: [&str; 2], end: &[String]) -> Line {
        let ports = [permission.from_port, permission.to_port];
        let [from, to] = ports.map(|port| port.map(|port| port.to_string()));
        let mut fields = vec![
            self.owner_id.as_deref(),
            Some(&*self.group_name),
            Some("ALLOWS"),
            permission.ip_protocol.as_deref(),
            from.as_deref(),
            to.as_deref(),
            Some(way[0]),
        ];
        fields.extend(end.iter().map(|word| Some(&**word)));
        fields.push(Some(way[1]));
        Line::new("PERMISSION", &fields)
    }
}

/// Who is at the other end of a rule, in the fields of an old tool.
fn ends(permission: &IpPermission, family: Family) -> Vec<Vec<String>> {
    let cidr = |text: &str| vec!["CIDR".to_owned(), text.to_owned()];
    let ipv4 = permission
        .ip_ranges
        .iter()
        .map(|range| cidr(&range.cidr_ip));
    let ipv6 = permission
        .ipv6_ranges
        .iter()
        .map(|range| cidr(&range.cidr_ipv6));
    let lists = permission.prefix_list_ids.iter();
    let lists = lists.map(|list| vec!["PREFIXLIST".to_owned(), list.prefix_list_id.clone()]);
    let groups = permission
        .groups
        .iter()
        .map(|group| of_group(group, family));
    ipv4.chain(ipv6).chain(lists).chain(groups).collect()
}

/// Name and id of a group with a word before each: in the same field as it in Amazon's tools,
/// which knew another word before there were ids, and in one of its own in euca2ools.
fn of_group(group: &UserIdGroupPair, family: Family) -> Vec<String> {
    let mut fields = vec!["USER".to_owned(), group.user_id.clone().unwrap_or_default()];
    if let (None, Some(name), Family::Ec2Api) = (&group.group_id, &group.group_name, family) {
        fields.extend(["GRPNAME".to_owned(), name.clone()]);
        return fields;
    }
    for (word, value) in [("NAME", &group.group_name), ("ID", &group.group_id)] {
        match value {
            Some(value) if family == Family::Ec2Api => fields.push(format!("{word} {value}")),
            Some(value) => fields.extend([word.to_owned(), value.clone()]),
            None => {}
        }
    }
    fields
}

/// A rule for people: `tcp 22 from 10.0.0.0/8`.
fn in_words(permission: &IpPermission) -> String {
    let protocol = match permission.ip_protocol.as_deref() {
        Some("-1") | None => "all",
        Some(protocol) => protocol,
    };
    let ports = match (permission.from_port, permission.to_port) {
        (Some(-1), _) => String::new(), // all types of ICMP
        (Some(from), Some(to)) if from == to => format!(" {from}"),
        (Some(from), Some(to)) => format!(" {from}-{to}"),
        _ => String::new(),
    };
    let groups = permission.groups.iter();
    let groups = groups.filter_map(|group| group.group_id.as_ref().or(group.group_name.as_ref()));
    let ipv4 = permission.ip_ranges.iter().map(|range| &range.cidr_ip);
    let ipv6 = permission.ipv6_ranges.iter().map(|range| &range.cidr_ipv6);
    let lists = permission.prefix_list_ids.iter();
    let lists = lists.map(|list| &list.prefix_list_id);
    let ends: Vec<_> = ipv4
        .chain(ipv6)
        .chain(lists)
        .chain(groups)
        .cloned()
        .collect();
    format!("{protocol}{ports} from {}", ends.join(", "))
}
