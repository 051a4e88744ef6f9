//! Tags.

use crate::cli::dialect::{DialectCommand, EC2_EUCA, Edit};

/// The commands.
pub(super) const COMMANDS: &[DialectCommand] = &[
    DialectCommand {
        name: "euca-create-tags",
        aliases: &[],
        command: "create-tags",
        edits: PLAIN,
        example: "euca-create-tags ami-1A2B3C4D --tag Release=12",
    },
    DialectCommand {
        name: "euca-describe-tags",
        aliases: &[],
        command: "describe-tags",
        edits: READING,
        example: "euca-describe-tags --filter resource-type=image",
    },
    DialectCommand {
        name: "euca-delete-tags",
        aliases: &[],
        command: "delete-tags",
        edits: PLAIN,
        example: "euca-delete-tags ami-1A2B3C4D --tag Release",
    },
];

const PLAIN: &[Edit] = &[Edit::All(EC2_EUCA)];

const READING: &[Edit] = &[Edit::All(EC2_EUCA), Edit::Short("filter", None)];
