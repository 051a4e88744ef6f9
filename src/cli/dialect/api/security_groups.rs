//! Security groups.

use crate::cli::dialect::{DialectCommand, EC2_OF_API, Edit};

/// The commands.
pub(super) const COMMANDS: &[DialectCommand] = &[
    DialectCommand {
        name: "ec2-create-group",
        aliases: &["ec2-add-group", "ec2addgrp"],
        command: "create-group",
        edits: CREATE,
        example: "ec2-create-group web -d 'Web servers'",
    },
    DialectCommand {
        name: "ec2-delete-group",
        aliases: &["ec2delgrp"],
        command: "delete-group",
        edits: EC2_OF_API,
        example: "ec2-delete-group web",
    },
    DialectCommand {
        name: "ec2-describe-group",
        aliases: &["ec2dgrp"],
        command: "describe-groups",
        edits: READING,
        example: "ec2-describe-group web",
    },
    DialectCommand {
        name: "ec2-authorize",
        aliases: &["ec2auth"],
        command: "authorize",
        edits: RULES,
        example: "ec2-authorize web -P tcp -p 443 -s 10.0.0.0/8",
    },
    DialectCommand {
        name: "ec2-revoke",
        aliases: &["ec2revoke"],
        command: "revoke",
        edits: RULES,
        example: "ec2-revoke web -P tcp -p 443 -s 10.0.0.0/8",
    },
];

const CREATE: &[Edit] = &[Edit::All(EC2_OF_API), Edit::Remove("tag")];

const READING: &[Edit] = &[Edit::All(EC2_OF_API)];

const RULES: &[Edit] = &[Edit::All(EC2_OF_API), Edit::Remove("rule-description")];
