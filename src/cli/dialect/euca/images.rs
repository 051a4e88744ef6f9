//! Images.

use crate::cli::dialect::{DialectCommand, EC2_EUCA, Edit};

/// The commands.
pub(super) const COMMANDS: &[DialectCommand] = &[
    DialectCommand {
        name: "euca-register",
        aliases: &[],
        command: "register",
        edits: REGISTER,
        example: "euca-register images/debian.manifest.xml -n debian -a x86_64",
    },
    DialectCommand {
        name: "euca-deregister",
        aliases: &[],
        command: "deregister",
        edits: &[Edit::All(EC2_EUCA), Edit::Remove("delete-snapshots")],
        example: "euca-deregister emi-0a1b2c3d",
    },
    DialectCommand {
        name: "euca-describe-images",
        aliases: &[],
        command: "describe-images",
        edits: &[
            Edit::All(EC2_EUCA),
            Edit::Short("filter", None),
            Edit::Remove("include-deprecated"),
            Edit::Remove("include-disabled"),
        ],
        example: "euca-describe-images -o self --filter image-type=kernel",
    },
    DialectCommand {
        name: "euca-describe-image-attribute",
        aliases: &[],
        command: "describe-image-attribute",
        edits: DESCRIBE_ATTRIBUTE,
        example: "euca-describe-image-attribute emi-0a1b2c3d -l",
    },
    DialectCommand {
        name: "euca-modify-image-attribute",
        aliases: &[],
        command: "modify-image-attribute",
        edits: &[Edit::All(EC2_EUCA), Edit::Remove("imds-support")],
        example: "euca-modify-image-attribute emi-0a1b2c3d -l -a all",
    },
    DialectCommand {
        name: "euca-reset-image-attribute",
        aliases: &[],
        command: "reset-image-attribute",
        edits: &[Edit::All(EC2_EUCA)],
        example: "euca-reset-image-attribute emi-0a1b2c3d -l",
    },
    DialectCommand {
        name: "euca-copy-image",
        aliases: &[],
        command: "copy-image",
        edits: &[
            Edit::All(EC2_EUCA),
            Edit::Remove("encrypted"),
            Edit::Remove("kms-key-id"),
            Edit::Remove("copy-tags"),
            Edit::Remove("tag"),
            Edit::Remove("tag-snapshots"),
        ],
        example: "euca-copy-image -r us-east-1 -s ami-0a1b2c3d -n debian",
    },
    DialectCommand {
        name: "euca-create-image",
        aliases: &[],
        command: "create-image",
        edits: &[
            Edit::All(EC2_EUCA),
            Edit::Remove("tag"),
            Edit::Remove("tag-snapshots"),
        ],
        example: "euca-create-image i-0a1b2c3d -n web",
    },
];

const REGISTER: &[Edit] = &[
    Edit::All(EC2_EUCA),
    Edit::Require("name"),
    Edit::Remove("boot-mode"),
    Edit::Remove("ena"),
    Edit::Remove("sriov"),
    Edit::Remove("tpm-support"),
    Edit::Remove("uefi-data"),
    Edit::Remove("imds-support"),
    Edit::Remove("billing-product"),
    Edit::Remove("tag"),
];

const DESCRIBE_ATTRIBUTE: &[Edit] = &[
    Edit::All(EC2_EUCA),
    Edit::Remove("sriov"),
    Edit::Remove("boot-mode"),
    Edit::Remove("tpm-support"),
    Edit::Remove("uefi-data"),
    Edit::Remove("imds-support"),
    Edit::Remove("last-launched-time"),
    Edit::Remove("deregistration-protection"),
];
