//! Elastic addresses.

use crate::cli::dialect::{DialectCommand, EC2_EUCA, Edit};

/// The commands.
pub(super) const COMMANDS: &[DialectCommand] = &[
    DialectCommand {
        name: "euca-allocate-address",
        aliases: &[],
        command: "allocate-address",
        edits: ALLOCATE,
        example: "euca-allocate-address",
    },
    DialectCommand {
        name: "euca-associate-address",
        aliases: &[],
        command: "associate-address",
        edits: ASSOCIATE,
        example: "euca-associate-address 192.0.2.7 -i i-4E8A2C10",
    },
    DialectCommand {
        name: "euca-disassociate-address",
        aliases: &[],
        command: "disassociate-address",
        edits: EC2_EUCA,
        example: "euca-disassociate-address 192.0.2.7",
    },
    DialectCommand {
        name: "euca-release-address",
        aliases: &[],
        command: "release-address",
        edits: EC2_EUCA,
        example: "euca-release-address 192.0.2.7",
    },
    DialectCommand {
        name: "euca-describe-addresses",
        aliases: &[],
        command: "describe-addresses",
        edits: DESCRIBE,
        example: "euca-describe-addresses",
    },
];

const ASSOCIATE: &[Edit] = &[Edit::All(EC2_EUCA), Edit::Remove("no-allow-reassociation")];

const ALLOCATE: &[Edit] = &[
    Edit::All(EC2_EUCA),
    Edit::Remove("wanted-address"),
    Edit::Remove("tag"),
];

const DESCRIBE: &[Edit] = &[Edit::All(EC2_EUCA), Edit::Short("filter", None)];
