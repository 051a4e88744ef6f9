//! Tags.

use crate::cli::dialect::{DialectCommand, EC2_OF_API, Edit};

/// The commands.
pub(super) const COMMANDS: &[DialectCommand] = &[
    DialectCommand {
        name: "ec2-create-tags",
        aliases: &["ec2addtag", "ec2ctag", "ec2tag"],
        command: "create-tags",
        edits: CHANGING,
        example: "ec2-create-tags ami-1A2B3C4D --tag Release=12",
    },
    DialectCommand {
        name: "ec2-describe-tags",
        aliases: &["ec2dtag"],
        command: "describe-tags",
        edits: READING,
        example: "ec2-describe-tags --filter resource-type=image",
    },
    DialectCommand {
        name: "ec2-delete-tags",
        aliases: &["ec2deltag"],
        command: "delete-tags",
        edits: CHANGING,
        example: "ec2-delete-tags ami-1A2B3C4D --tag Release",
    },
];

const CHANGING: &[Edit] = &[Edit::All(EC2_OF_API), Edit::Short("tag", Some('t'))];

const READING: &[Edit] = &[Edit::All(EC2_OF_API)];
