//! Elastic addresses.

use crate::cli::dialect::{DialectCommand, EC2_OF_API, Edit};

/// The commands.
pub(super) const COMMANDS: &[DialectCommand] = &[
    DialectCommand {
        name: "ec2-allocate-address",
        aliases: &["ec2allocaddr"],
        command: "allocate-address",
        edits: ALLOCATE,
        example: "ec2-allocate-address -d vpc",
    },
    DialectCommand {
        name: "ec2-associate-address",
        aliases: &["ec2assocaddr"],
        command: "associate-address",
        edits: ASSOCIATE,
        example: "ec2-associate-address 192.0.2.7 -i i-4e8a2c10",
    },
    DialectCommand {
        name: "ec2-disassociate-address",
        aliases: &["ec2disaddr"],
        command: "disassociate-address",
        edits: EC2_OF_API,
        example: "ec2-disassociate-address 192.0.2.7",
    },
    DialectCommand {
        name: "ec2-release-address",
        aliases: &["ec2reladdr"],
        command: "release-address",
        edits: EC2_OF_API,
        example: "ec2-release-address 192.0.2.7",
    },
    DialectCommand {
        name: "ec2-describe-addresses",
        aliases: &["ec2daddr"],
        command: "describe-addresses",
        edits: EC2_OF_API,
        example: "ec2-describe-addresses",
    },
];

const ASSOCIATE: &[Edit] = &[
    Edit::All(EC2_OF_API),
    Edit::Remove("no-allow-reassociation"),
];

const ALLOCATE: &[Edit] = &[
    Edit::All(EC2_OF_API),
    Edit::Remove("wanted-address"),
    Edit::Remove("tag"),
];
