//! Security groups.

use crate::cli::dialect::{DialectCommand, EC2_EUCA, Edit};

/// The commands.
pub(super) const COMMANDS: &[DialectCommand] = &[
    DialectCommand {
        name: "euca-create-group",
        aliases: &["euca-add-group"],
        command: "create-group",
        edits: CREATE,
        example: "euca-create-group web -d 'Web servers'",
    },
    DialectCommand {
        name: "euca-delete-group",
        aliases: &[],
        command: "delete-group",
        edits: EC2_EUCA,
        example: "euca-delete-group web",
    },
    DialectCommand {
        name: "euca-describe-groups",
        aliases: &["euca-describe-group"],
        command: "describe-groups",
        edits: DESCRIBE,
        example: "euca-describe-groups web",
    },
    DialectCommand {
        name: "euca-authorize",
        aliases: &[],
        command: "authorize",
        edits: RULES,
        example: "euca-authorize web -P tcp -p 443 -s 10.0.0.0/8",
    },
    DialectCommand {
        name: "euca-revoke",
        aliases: &[],
        command: "revoke",
        edits: RULES,
        example: "euca-revoke web -P tcp -p 443 -s 10.0.0.0/8",
    },
];

const CREATE: &[Edit] = &[Edit::All(EC2_EUCA), Edit::Remove("tag")];

const DESCRIBE: &[Edit] = &[Edit::All(EC2_EUCA), Edit::Short("filter", None)];

const RULES: &[Edit] = &[
    Edit::All(EC2_EUCA),
    Edit::Remove("rule-description"),
    Edit::Default("protocol", "tcp"),
    Edit::Help("protocol", "tcp, udp, icmp, all or a number"),
];
