//! How the old tools spell the options of [`cloud::ec2_args`](crate::cli::cloud::ec2_args).
//!
//! A command that talks to EC2 has `Edit::All(EC2_EUCA)` or `Edit::All(EC2_OF_API)` in its table.

use clap::Arg;

use super::Edit;
use crate::cli::spec::{flag, path};

/// euca2ools 3: amikit's letters are theirs.
pub const EC2_EUCA: &[Edit] = &[
    Edit::Remove("insecure"),
    Edit::Remove("ca-bundle"),
    Edit::Remove("timeout"),
    Edit::Remove("connect-timeout"),
    Edit::Remove("retries"),
    Edit::Remove("signature"),
    Edit::Add(show_empty_fields),
];

/// ec2-api-tools.
pub const EC2_OF_API: &[Edit] = &[
    Edit::Remove("insecure"),
    Edit::Remove("ca-bundle"),
    Edit::Remove("retries"),
    Edit::Remove("signature"),
    Edit::Long("access-key-id", "aws-access-key"),
    Edit::Short("access-key-id", Some('O')),
    Edit::Long("secret-key", "aws-secret-key"),
    Edit::Short("secret-key", Some('W')),
    Edit::Short("security-token", Some('T')),
    Edit::Long("timeout", "request-timeout"),
    Edit::Long("connect-timeout", "connection-timeout"),
    Edit::Add(private_key),
    Edit::Add(certificate),
    Edit::Add(show_empty_fields),
    Edit::Add(hide_tags),
    Edit::Add(headers),
];

/// `--show-empty-fields`.
pub(super) fn show_empty_fields() -> Arg {
    flag("show-empty-fields", "Show (nil) where a field has no value")
}

fn hide_tags() -> Arg {
    flag("hide-tags", "Show no tags of what is listed")
}

/// The tools signed with them before there were access keys.
fn private_key() -> Arg {
    path("private-key", "FILE", "Accepted, without effect").short('K')
}

fn certificate() -> Arg {
    path("cert", "FILE", "Accepted, without effect").short('C')
}

/// No public text tells the words of those lines, so there are none.
fn headers() -> Arg {
    flag("headers", "Accepted, without effect").short('H')
}
