//! How the old tools spell the options of [`cloud::s3_args`](crate::cli::cloud::s3_args).
//!
//! A command that talks to S3 has `Edit::All(S3_EUCA)` or `Edit::All(S3_EC2)` in its table.

use clap::Arg;

use super::Edit;
use crate::cli::spec::option;

/// What neither tool has.
const NEWER: &[Edit] = &[
    Edit::Remove("insecure"),
    Edit::Remove("ca-bundle"),
    Edit::Remove("timeout"),
    Edit::Remove("connect-timeout"),
    Edit::Remove("retries"),
];

/// euca2ools 3: amikit's letters are theirs.
pub const S3_EUCA: &[Edit] = &[Edit::All(NEWER), Edit::Remove("signature")];

/// ec2-ami-tools.
pub const S3_EC2: &[Edit] = &[
    Edit::All(NEWER),
    Edit::Short("url", None),
    Edit::Long("access-key-id", "access-key"),
    Edit::Short("access-key-id", Some('a')),
    Edit::Short("secret-key", Some('s')),
    Edit::Long("security-token", "delegation-token"),
    Edit::Short("security-token", Some('t')),
    Edit::Long("signature", "sigv"),
    Edit::Help("signature", "Signature version, 2 or 4 [default: 4]"),
    Edit::Add(region),
];

/// The table of the other commands takes `--region` away.
fn region() -> Arg {
    option(
        "region",
        "REGION",
        "Region of the service [default: us-east-1]",
    )
}
