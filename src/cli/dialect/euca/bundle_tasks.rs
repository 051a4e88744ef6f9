//! Bundle tasks.

use crate::cli::dialect::{DialectCommand, EC2_EUCA, Edit};

/// The commands.
pub(super) const COMMANDS: &[DialectCommand] = &[
    DialectCommand {
        name: "euca-bundle-instance",
        aliases: &[],
        command: "bundle-instance",
        edits: EC2_EUCA,
        example: "euca-bundle-instance i-1A2B3C4D -b images -p winter",
    },
    DialectCommand {
        name: "euca-describe-bundle-tasks",
        aliases: &[],
        command: "describe-bundle-tasks",
        edits: READING,
        example: "euca-describe-bundle-tasks",
    },
    DialectCommand {
        name: "euca-cancel-bundle-task",
        aliases: &[],
        command: "cancel-bundle-task",
        edits: EC2_EUCA,
        example: "euca-cancel-bundle-task bun-1A2B3C4D",
    },
];

const READING: &[Edit] = &[Edit::All(EC2_EUCA), Edit::Short("filter", None)];
