//! Bundle tasks.

use crate::cli::dialect::{DialectCommand, EC2_OF_API};

/// The commands.
pub(super) const COMMANDS: &[DialectCommand] = &[
    DialectCommand {
        name: "ec2-bundle-instance",
        aliases: &["ec2bundle"],
        command: "bundle-instance",
        edits: EC2_OF_API,
        example: "ec2-bundle-instance i-1a2b3c4d -b images -p winter -o KEY_ID -w KEY",
    },
    DialectCommand {
        name: "ec2-describe-bundle-tasks",
        aliases: &["ec2dbun"],
        command: "describe-bundle-tasks",
        edits: EC2_OF_API,
        example: "ec2-describe-bundle-tasks",
    },
    DialectCommand {
        name: "ec2-cancel-bundle-task",
        aliases: &["ec2cbun"],
        command: "cancel-bundle-task",
        edits: EC2_OF_API,
        example: "ec2-cancel-bundle-task bun-1a2b3c4d",
    },
];
