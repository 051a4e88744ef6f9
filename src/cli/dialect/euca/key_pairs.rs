//! Key pairs.

use crate::cli::dialect::{DialectCommand, EC2_EUCA, Edit};

/// The commands.
pub(super) const COMMANDS: &[DialectCommand] = &[
    DialectCommand {
        name: "euca-create-keypair",
        aliases: &["euca-add-keypair"],
        command: "create-keypair",
        edits: CREATE,
        example: "euca-create-keypair web -f web.pem",
    },
    DialectCommand {
        name: "euca-import-keypair",
        aliases: &[],
        command: "import-keypair",
        edits: UNTAGGED,
        example: "euca-import-keypair laptop -f id_rsa.pub",
    },
    DialectCommand {
        name: "euca-delete-keypair",
        aliases: &[],
        command: "delete-keypair",
        edits: EC2_EUCA,
        example: "euca-delete-keypair web",
    },
    DialectCommand {
        name: "euca-describe-keypairs",
        aliases: &[],
        command: "describe-keypairs",
        edits: DESCRIBE,
        example: "euca-describe-keypairs",
    },
    DialectCommand {
        name: "euca-fingerprint-key",
        aliases: &[],
        command: "fingerprint-key",
        edits: &[],
        example: "euca-fingerprint-key web.pem",
    },
];

const CREATE: &[Edit] = &[
    Edit::All(EC2_EUCA),
    Edit::Remove("key-type"),
    Edit::Remove("key-format"),
    Edit::Remove("tag"),
];

const UNTAGGED: &[Edit] = &[Edit::All(EC2_EUCA), Edit::Remove("tag")];

const DESCRIBE: &[Edit] = &[
    Edit::All(EC2_EUCA),
    Edit::Remove("include-public-key"),
    Edit::Short("filter", None),
];
