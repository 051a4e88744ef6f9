//! Key pairs.

use crate::cli::dialect::{DialectCommand, EC2_OF_API, Edit};

/// The commands.
pub(super) const COMMANDS: &[DialectCommand] = &[
    DialectCommand {
        name: "ec2-create-keypair",
        aliases: &["ec2-add-keypair", "ec2addkey"],
        command: "create-keypair",
        edits: CREATE,
        example: "ec2-create-keypair web",
    },
    DialectCommand {
        name: "ec2-import-keypair",
        aliases: &["ec2ikey"],
        command: "import-keypair",
        edits: UNTAGGED,
        example: "ec2-import-keypair laptop -f id_rsa.pub",
    },
    DialectCommand {
        name: "ec2-delete-keypair",
        aliases: &["ec2delkey"],
        command: "delete-keypair",
        edits: EC2_OF_API,
        example: "ec2-delete-keypair web",
    },
    DialectCommand {
        name: "ec2-describe-keypairs",
        aliases: &["ec2dkey"],
        command: "describe-keypairs",
        edits: DESCRIBE,
        example: "ec2-describe-keypairs",
    },
    DialectCommand {
        name: "ec2-fingerprint-key",
        aliases: &["ec2fp"],
        command: "fingerprint-key",
        edits: &[],
        example: "ec2-fingerprint-key web.pem",
    },
];

const CREATE: &[Edit] = &[
    Edit::All(EC2_OF_API),
    Edit::Remove("filename"),
    Edit::Remove("force"),
    Edit::Remove("key-type"),
    Edit::Remove("key-format"),
    Edit::Remove("tag"),
];

const UNTAGGED: &[Edit] = &[Edit::All(EC2_OF_API), Edit::Remove("tag")];

const DESCRIBE: &[Edit] = &[Edit::All(EC2_OF_API), Edit::Remove("include-public-key")];
