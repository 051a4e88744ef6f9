//! What `authorize` and `revoke` have in common: their options, and the requests they lead to.
//!
//! ```text
//! API before 2011 ─────────────────────────────► flat requests, one for each range or group
//! API of today ─► numbered ─┬─► done
//!                           └─► "parameter missing or unknown" ─► flat ─► done
//! ```
//!
//! The flat form has fewer words. What it cannot say exactly is never said in it: from a group,
//! it lets everything in.

use std::net::IpAddr;

use clap::Arg;
use serde::Serialize;

use super::ports::packets;
use crate::aws::ec2::{
    AuthorizeSecurityGroupEgress, AuthorizeSecurityGroupIngress, Done, Ec2, Ec2Request, GroupName,
    GroupRules, IpPermission, IpRange, Ipv6Range, RevokeSecurityGroupEgress,
    RevokeSecurityGroupIngress, RuleForm, UserIdGroupPair,
};
use crate::cli::dialect::Family;
use crate::cli::ec2::{Line, Row, change, connect, must_be_done, show, writing_args};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{Outcome, flag, list, option};

/// The first year of the API whose services know numbered rules.
const FIRST_NUMBERED: &str = "2011";

/// What services say to parameters that they do not know.
const NOT_UNDERSTOOD: [&str; 4] = [
    "MissingParameter",
    "UnknownParameter",
    "InvalidParameterCombination",
    "InvalidRequest",
];

/// What is done with rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// They are added.
    Authorize,
    /// They are taken away.
    Revoke,
}

/// The options.
pub fn args() -> Vec<Arg> {
    let mut args = vec![
        Arg::new("group")
            .value_name("GROUP")
            .required(true)
            .help("Name or id of the group"),
        flag("egress", "The rule is for traffic that leaves, in a VPC"),
        option(
            "protocol",
            "PROTOCOL",
            "tcp, udp, icmp, icmpv6, all or a number (default: tcp, with -t icmp)",
        )
        .short('P')
        .allow_hyphen_values(true),
        option(
            "port-range",
            "RANGE",
            "PORT, FROM-TO, a service's name, or -1 for all",
        )
        .short('p')
        .allow_hyphen_values(true),
        option(
            "icmp-type-code",
            "TYPE:CODE",
            "ICMP's type and code, -1 for all (default: -1:-1)",
        )
        .short('t')
        .allow_hyphen_values(true),
        list(
            "cidr",
            "CIDR",
            "Addresses, IPv4 or IPv6 (default: 0.0.0.0/0, where there is no --source-group)",
        )
        .short('s')
        .alias("source-subnet"),
        list(
            "source-group",
            "GROUP",
            "Name or id of a group whose instances are at the other end",
        )
        .short('o')
        .alias("source-or-dest-group"),
        list(
            "source-group-user",
            "ACCOUNT",
            "Account that owns --source-group: one for all of them, or one for each",
        )
        .short('u')
        .alias("source-or-dest-group-user"),
        option("rule-description", "TEXT", "What the rule is for"),
    ];
    args.extend(writing_args());
    args
}

/// A rule that was added or taken away.
#[derive(Serialize)]
struct Rule {
    group: String,
    egress: bool,
    #[serde(flatten)]
    permission: IpPermission,
}

/// Adds the rules that the options tell, or takes them away.
pub fn run(session: &Session<'_>, verb: Verb) -> Result<Outcome, Failure> {
    let name = session.text("group")?.unwrap_or_default();
    let egress = session.values.flag("egress");
    if egress {
        must_be_ids(session, &name)?;
    }
    let rules = GroupRules {
        group: GroupName::of(&name),
        permissions: vec![permission(session)?],
        form: RuleForm::Numbered,
    };
    let ec2 = connect(session)?.ec2;
    let done = match (verb, egress) {
        (Verb::Authorize, false) => send(session, &ec2, &rules, AuthorizeSecurityGroupIngress),
        (Verb::Authorize, true) => send(session, &ec2, &rules, AuthorizeSecurityGroupEgress),
        (Verb::Revoke, false) => send(session, &ec2, &rules, RevokeSecurityGroupIngress),
        (Verb::Revoke, true) => send(session, &ec2, &rules, RevokeSecurityGroupEgress),
    }?;
    if done {
        let rule = |permission| Rule {
            group: name.clone(),
            egress,
            permission,
        };
        let rows: Vec<_> = rules.permissions.into_iter().map(rule).collect();
        show(session, "permissions", &rows)?;
    }
    Ok(Outcome::Done)
}

/// The rule that the options tell.
fn permission(session: &Session<'_>) -> Result<IpPermission, Failure> {
    let groups = groups(session)?;
    if session.manner.family == Family::Euca {
        check_as_euca2ools(session, &groups)?;
    }
    let packets = packets(session, !groups.is_empty())?;
    let description = session.text("rule-description")?;
    let mut permission = IpPermission {
        ip_protocol: Some(packets.protocol),
        from_port: packets.from,
        to_port: packets.to,
        ..IpPermission::default()
    };
    let mut cidrs = session.values.each("cidr");
    if cidrs.is_empty() && groups.is_empty() {
        cidrs.push("0.0.0.0/0".to_owned());
    }
    for text in cidrs {
        let (cidr, is_ipv6) = cidr(&text).ok_or_else(|| {
            let why = format!("\"{text}\" is no range of addresses: expected such as 10.0.0.0/8");
            session.invalid("cidr", &text, &why)
        })?;
        let description = description.clone();
        if is_ipv6 {
            permission.ipv6_ranges.push(Ipv6Range {
                cidr_ipv6: cidr,
                description,
            });
        } else {
            permission.ip_ranges.push(IpRange {
                cidr_ip: cidr,
                description,
            });
        }
    }
    permission.groups = groups
        .into_iter()
        .map(|group| UserIdGroupPair {
            description: description.clone(),
            ..group
        })
        .collect();
    Ok(permission)
}

/// A range of addresses, and whether it is of IPv6. A single address becomes a range of one.
fn cidr(text: &str) -> Option<(String, bool)> {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits.parse::<u8>().ok()?)),
        None => (text, None),
    };
    let parsed: IpAddr = address.parse().ok()?;
    let most = if parsed.is_ipv6() { 128 } else { 32 };
    let bits = bits.unwrap_or(most);
    (bits <= most).then(|| (format!("{address}/{bits}"), parsed.is_ipv6()))
}

/// Names are those of groups outside a VPC, which have no rules for what leaves.
fn must_be_ids(session: &Session<'_>, group: &str) -> Result<(), Failure> {
    let ends = session.values.each("source-group");
    let mut all = std::iter::once(group).chain(ends.iter().map(String::as_str));
    match all.find(|text| matches!(GroupName::of(text), GroupName::Name(_))) {
        None => Ok(()),
        Some(name) => Err(Failure::usage(format!(
            "--egress: \"{name}\" is not the id of a group: expected sg-…, for groups with such \
             rules are in a VPC"
        ))),
    }
}

/// What euca2ools refuses: two kinds of sources, and groups by name whose owner is not told.
fn check_as_euca2ools(session: &Session<'_>, groups: &[UserIdGroupPair]) -> Result<(), Failure> {
    if !groups.is_empty() && !session.values.each("cidr").is_empty() {
        let message = "-o is not allowed with -s/--cidr: expected one of them";
        return Err(Failure::usage(message));
    }
    let unowned = |group: &UserIdGroupPair| group.group_id.is_none() && group.user_id.is_none();
    if groups.iter().any(unowned) {
        let message = "-u is needed where -o names a group by its name: the group's account";
        return Err(Failure::usage(message));
    }
    Ok(())
}

/// The groups at the other end, each with its owner.
fn groups(session: &Session<'_>) -> Result<Vec<UserIdGroupPair>, Failure> {
    let names = session.values.each("source-group");
    let users = session.values.each("source-group-user");
    if users.len() > 1 && users.len() != names.len() || names.is_empty() && !users.is_empty() {
        let message = format!(
            "there are {} accounts (-u) for {} groups (-o): expected one, or one for each",
            users.len(),
            names.len()
        );
        return Err(Failure::usage(message));
    }
    let pair = |(index, name): (usize, &String)| {
        let user_id = users.get(index).or(users.first()).cloned();
        let (group_id, group_name) = match GroupName::of(name) {
            GroupName::Id(id) => (Some(id), None),
            GroupName::Name(name) => (None, Some(name)),
        };
        UserIdGroupPair {
            user_id,
            group_id,
            group_name,
            description: None,
        }
    };
    Ok(names.iter().enumerate().map(pair).collect())
}

/// Sends rules in the form that the service knows; tells whether they were not only asked about.
fn send<R: Ec2Request<Response = Done>>(
    session: &Session<'_>,
    ec2: &Ec2,
    rules: &GroupRules,
    request: fn(GroupRules) -> R,
) -> Result<bool, Failure> {
    let one = |rules: &GroupRules| -> Result<bool, Failure> {
        let done = change(session, ec2, &request(rules.clone()))?;
        match done {
            Some(done) => must_be_done(done, R::ACTION).map(|()| true),
            None => Ok(false),
        }
    };
    let each = |all: Vec<GroupRules>| all.iter().try_fold(true, |_, rules| one(rules));
    if ec2.version() < FIRST_NUMBERED {
        let flat = rules.flat().ok_or_else(|| inexpressible(ec2.version()))?;
        return each(flat);
    }
    let refusal = match one(rules) {
        Err(failure) if is_not_understood(&failure) => failure,
        result => return result,
    };
    match rules.flat() {
        Some(flat) => {
            tracing::info!("the service does not know numbered rules: asking in the old form");
            // What the service says to the form of today is more to the point.
            each(flat).map_err(|_| refusal)
        }
        None => Err(refusal),
    }
}

fn is_not_understood(failure: &Failure) -> bool {
    let said = failure.service.as_ref();
    said.is_some_and(|said| NOT_UNDERSTOOD.contains(&&*said.code))
}

fn inexpressible(version: &str) -> Failure {
    let message = format!(
        "the API of {version} has no words for this rule: expected tcp, udp or icmp with IPv4 \
         addresses, or all protocols with groups by name"
    );
    Failure::usage(message)
}

impl Row for Rule {
    const HEADS: &'static [&'static str] = &["group", "way", "protocol", "from", "to", "other end"];

    fn cells(&self) -> Vec<Option<String>> {
        let permission = &self.permission;
        let port = |port: Option<i64>| port.map(|port| port.to_string());
        let ends: Vec<_> = self
            .cidrs()
            .chain(self.groups().map(|(_, _, name)| name))
            .collect();
        vec![
            Some(self.group.clone()),
            Some(if self.egress { "egress" } else { "ingress" }.to_owned()),
            permission.ip_protocol.clone(),
            port(permission.from_port),
            port(permission.to_port),
            Some(ends.join(", ")),
        ]
    }

    /// Both tools print the group as it was named, not as the service knows it. Amazon's leave
    /// room for what they do not know of it.
    fn lines(&self, family: Family) -> Vec<Line> {
        let api = family == Family::Ec2Api;
        let name = Some(&*self.group);
        let mut lines = vec![match GroupName::of(&self.group) {
            GroupName::Id(_) if api => Line::new("GROUP", &[name, None, None, None, None]),
            GroupName::Name(_) if api => Line::new("GROUP", &[None, None, name, None, None]),
            _ => Line::new("GROUP", &[name]),
        }];
        let ports = [self.permission.from_port, self.permission.to_port];
        let [from, to] = ports.map(|port| port.map(|port| port.to_string()));
        let protocol = self.permission.ip_protocol.as_deref();
        let mut begin = vec![
            name,
            Some("ALLOWS"),
            protocol,
            from.as_deref(),
            to.as_deref(),
        ];
        let mut end = Vec::new();
        if api {
            begin.insert(0, None);
            end.push(Some(if self.egress { "egress" } else { "ingress" }));
        }
        let way = if api && self.egress { "TO" } else { "FROM" };
        let mut line = |words: &[&str]| {
            let words = words.iter().map(|word| Some(*word));
            let fields = begin
                .iter()
                .copied()
                .chain(words)
                .chain(end.iter().copied());
            lines.push(Line::new("PERMISSION", &fields.collect::<Vec<_>>()));
        };
        for (user, kind, group) in self.groups() {
            match &*user {
                "" if api => line(&[way, kind, &group]),
                user if api => line(&[way, "USER", user, kind, &group]),
                "" => line(&[kind, &group]),
                user => line(&["USER", user, kind, &group]),
            }
        }
        for cidr in self.cidrs() {
            line(&[way, "CIDR", &cidr]);
        }
        lines
    }
}

impl Rule {
    fn cidrs(&self) -> impl Iterator<Item = String> {
        let ipv4 = self.permission.ip_ranges.iter().map(|range| &range.cidr_ip);
        let ipv6 = self.permission.ipv6_ranges.iter();
        ipv4.chain(ipv6.map(|range| &range.cidr_ipv6)).cloned()
    }

    /// Owner, what the name is, and name of each group.
    fn groups(&self) -> impl Iterator<Item = (String, &'static str, String)> {
        self.permission.groups.iter().map(|group| {
            let user = group.user_id.clone().unwrap_or_default();
            match (&group.group_id, &group.group_name) {
                (Some(id), _) => (user, "GRPID", id.clone()),
                (None, name) => (user, "GRPNAME", name.clone().unwrap_or_default()),
            }
        })
    }
}
