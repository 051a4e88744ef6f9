//! Volumes.

use crate::cli::dialect::{DialectCommand, EC2_OF_API, Edit};

/// The commands.
pub(super) const COMMANDS: &[DialectCommand] = &[
    DialectCommand {
        name: "ec2-create-volume",
        aliases: &["ec2addvol"],
        command: "create-volume",
        edits: CREATE_VOLUME,
        example: "ec2-create-volume -z us-east-1a -s 10",
    },
    DialectCommand {
        name: "ec2-describe-volumes",
        aliases: &["ec2dvol"],
        command: "describe-volumes",
        edits: READING,
        example: "ec2-describe-volumes vol-1A2B3C4D",
    },
    DialectCommand {
        name: "ec2-attach-volume",
        aliases: &["ec2attvol"],
        command: "attach-volume",
        edits: PLAIN,
        example: "ec2-attach-volume vol-1A2B3C4D -i i-1A2B3C4D -d /dev/sdf",
    },
    DialectCommand {
        name: "ec2-detach-volume",
        aliases: &["ec2detvol"],
        command: "detach-volume",
        edits: PLAIN,
        example: "ec2-detach-volume vol-1A2B3C4D",
    },
    DialectCommand {
        name: "ec2-delete-volume",
        aliases: &["ec2delvol"],
        command: "delete-volume",
        edits: PLAIN,
        example: "ec2-delete-volume vol-1A2B3C4D",
    },
];

const PLAIN: &[Edit] = &[Edit::All(EC2_OF_API)];

const READING: &[Edit] = &[Edit::All(EC2_OF_API)];

const CREATE_VOLUME: &[Edit] = &[
    Edit::All(EC2_OF_API),
    Edit::Remove("throughput"),
    Edit::Remove("kms-key-id"),
    Edit::Remove("client-token"),
    Edit::Remove("tag"),
];
