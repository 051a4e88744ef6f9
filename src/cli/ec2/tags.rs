//! `--tag KEY=VALUE`, and the lines of tags.

use clap::Arg;

use super::output::Line;
use crate::aws::ec2::Tag;
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::list;

/// The option, of a command that makes something.
#[must_use]
pub fn tag_arg() -> Arg {
    list("tag", "KEY=VALUE", "Tag of what is made")
}

/// The tags that were given. Without an equals sign the value is empty.
///
/// # Errors
/// When a key is empty or given twice.
pub fn tags(session: &Session<'_>, id: &str) -> Result<Vec<Tag>, Failure> {
    let mut tags: Vec<Tag> = Vec::new();
    for text in session.values.each(id) {
        let (key, value) = text.split_once('=').unwrap_or((&text, ""));
        if key.is_empty() || tags.iter().any(|tag| tag.key == key) {
            let why = format!("\"{text}\" is no tag: expected KEY=VALUE, each key once");
            return Err(session.invalid(id, &text, &why));
        }
        tags.push(Tag {
            key: key.to_owned(),
            value: value.to_owned(),
        });
    }
    Ok(tags)
}

/// What the beginnings of ids tell about what has them. Ids of Eucalyptus are among them.
const RESOURCE_TYPES: &[(&str, &str)] = &[
    ("aki", "image"),
    ("ami", "image"),
    ("ari", "image"),
    ("eki", "image"),
    ("emi", "image"),
    ("eri", "image"),
    ("i", "instance"),
    ("key", "key-pair"),
    ("sg", "security-group"),
    ("snap", "snapshot"),
    ("vol", "volume"),
    ("eipalloc", "elastic-ip"),
    ("acl", "network-acl"),
    ("cgw", "customer-gateway"),
    ("dopt", "dhcp-options"),
    ("eni", "network-interface"),
    ("igw", "internet-gateway"),
    ("rtb", "route-table"),
    ("sir", "spot-instances-request"),
    ("subnet", "subnet"),
    ("vgw", "vpn-gateway"),
    ("vpc", "vpc"),
    ("vpn", "vpn-connection"),
];

/// What an id is one of: `volume`; none if it does not tell.
#[must_use]
pub fn resource_type(id: &str) -> Option<&'static str> {
    let (prefix, _) = id.split_once('-')?;
    let found = RESOURCE_TYPES.iter().find(|(known, _)| *known == prefix);
    found.map(|(_, kind)| *kind)
}

/// The old tools' lines of the tags that something has.
pub fn tag_lines(id: &str, tags: &[Tag]) -> impl Iterator<Item = Line> {
    tags.iter().map(move |tag| {
        let fields = [
            resource_type(id),
            Some(id),
            Some(&tag.key),
            Some(&tag.value),
        ];
        Line::new("TAG", &fields)
    })
}
