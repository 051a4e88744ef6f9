//! Snapshots of volumes.

use crate::cli::dialect::{DialectCommand, EC2_OF_API, Edit};

/// The commands.
pub(super) const COMMANDS: &[DialectCommand] = &[
    DialectCommand {
        name: "ec2-create-snapshot",
        aliases: &["ec2addsnap"],
        command: "create-snapshot",
        edits: CREATE_SNAPSHOT,
        example: "ec2-create-snapshot vol-1A2B3C4D -d \"before the update\"",
    },
    DialectCommand {
        name: "ec2-describe-snapshots",
        aliases: &["ec2dsnap"],
        command: "describe-snapshots",
        edits: READING,
        example: "ec2-describe-snapshots -o self",
    },
    DialectCommand {
        name: "ec2-delete-snapshot",
        aliases: &["ec2delsnap"],
        command: "delete-snapshot",
        edits: PLAIN,
        example: "ec2-delete-snapshot snap-1A2B3C4D",
    },
    DialectCommand {
        name: "ec2-modify-snapshot-attribute",
        aliases: &["ec2msnapatt"],
        command: "modify-snapshot-attribute",
        edits: PERMISSION,
        example: "ec2-modify-snapshot-attribute snap-1A2B3C4D -c -a 123456789012",
    },
    DialectCommand {
        name: "ec2-describe-snapshot-attribute",
        aliases: &["ec2dsnapatt"],
        command: "describe-snapshot-attribute",
        edits: PLAIN,
        example: "ec2-describe-snapshot-attribute snap-1A2B3C4D -c",
    },
    DialectCommand {
        name: "ec2-reset-snapshot-attribute",
        aliases: &["ec2rsnapatt"],
        command: "reset-snapshot-attribute",
        edits: PERMISSION,
        example: "ec2-reset-snapshot-attribute snap-1A2B3C4D -c",
    },
];

const PLAIN: &[Edit] = &[Edit::All(EC2_OF_API)];

const READING: &[Edit] = &[Edit::All(EC2_OF_API)];

const CREATE_SNAPSHOT: &[Edit] = &[Edit::All(EC2_OF_API), Edit::Remove("tag")];

const PERMISSION: &[Edit] = &[
    Edit::All(EC2_OF_API),
    Edit::Require("create-volume-permission"),
];
