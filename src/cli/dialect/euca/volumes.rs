//! Volumes.

use crate::cli::dialect::{DialectCommand, EC2_EUCA, Edit};

/// The commands.
pub(super) const COMMANDS: &[DialectCommand] = &[
    DialectCommand {
        name: "euca-create-volume",
        aliases: &[],
        command: "create-volume",
        edits: CREATE_VOLUME,
        example: "euca-create-volume -z us-east-1a -s 10",
    },
    DialectCommand {
        name: "euca-describe-volumes",
        aliases: &[],
        command: "describe-volumes",
        edits: READING,
        example: "euca-describe-volumes vol-1A2B3C4D",
    },
    DialectCommand {
        name: "euca-attach-volume",
        aliases: &[],
        command: "attach-volume",
        edits: PLAIN,
        example: "euca-attach-volume vol-1A2B3C4D -i i-1A2B3C4D -d /dev/sdf",
    },
    DialectCommand {
        name: "euca-detach-volume",
        aliases: &[],
        command: "detach-volume",
        edits: PLAIN,
        example: "euca-detach-volume vol-1A2B3C4D",
    },
    DialectCommand {
        name: "euca-delete-volume",
        aliases: &[],
        command: "delete-volume",
        edits: PLAIN,
        example: "euca-delete-volume vol-1A2B3C4D",
    },
];

const PLAIN: &[Edit] = &[Edit::All(EC2_EUCA)];

const READING: &[Edit] = &[Edit::All(EC2_EUCA), Edit::Short("filter", None)];

const CREATE_VOLUME: &[Edit] = &[
    Edit::All(EC2_EUCA),
    Edit::Remove("throughput"),
    Edit::Remove("encrypted"),
    Edit::Remove("kms-key-id"),
    Edit::Remove("client-token"),
    Edit::Remove("tag"),
];
