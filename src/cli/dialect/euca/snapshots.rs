//! Snapshots of volumes.

use crate::cli::dialect::{DialectCommand, EC2_EUCA, Edit};

/// The commands.
pub(super) const COMMANDS: &[DialectCommand] = &[
    DialectCommand {
        name: "euca-create-snapshot",
        aliases: &[],
        command: "create-snapshot",
        edits: CREATE_SNAPSHOT,
        example: "euca-create-snapshot vol-1A2B3C4D -d \"before the update\"",
    },
    DialectCommand {
        name: "euca-describe-snapshots",
        aliases: &[],
        command: "describe-snapshots",
        edits: READING,
        example: "euca-describe-snapshots -o self",
    },
    DialectCommand {
        name: "euca-delete-snapshot",
        aliases: &[],
        command: "delete-snapshot",
        edits: PLAIN,
        example: "euca-delete-snapshot snap-1A2B3C4D",
    },
    DialectCommand {
        name: "euca-modify-snapshot-attribute",
        aliases: &[],
        command: "modify-snapshot-attribute",
        edits: PERMISSION,
        example: "euca-modify-snapshot-attribute snap-1A2B3C4D -c -a 123456789012",
    },
    DialectCommand {
        name: "euca-describe-snapshot-attribute",
        aliases: &[],
        command: "describe-snapshot-attribute",
        edits: PLAIN,
        example: "euca-describe-snapshot-attribute snap-1A2B3C4D -c",
    },
    DialectCommand {
        name: "euca-reset-snapshot-attribute",
        aliases: &[],
        command: "reset-snapshot-attribute",
        edits: PERMISSION,
        example: "euca-reset-snapshot-attribute snap-1A2B3C4D -c",
    },
];

const PLAIN: &[Edit] = &[Edit::All(EC2_EUCA)];

const READING: &[Edit] = &[Edit::All(EC2_EUCA), Edit::Short("filter", None)];

const CREATE_SNAPSHOT: &[Edit] = &[Edit::All(EC2_EUCA), Edit::Remove("tag")];

const PERMISSION: &[Edit] = &[
    Edit::All(EC2_EUCA),
    Edit::Require("create-volume-permission"),
];
