//! Images.

use crate::cli::dialect::{DialectCommand, EC2_OF_API, Edit};

/// The commands.
pub(super) const COMMANDS: &[DialectCommand] = &[
    DialectCommand {
        name: "ec2-register",
        aliases: &["ec2reg"],
        command: "register",
        edits: REGISTER,
        example: "ec2-register images/debian.manifest.xml -n debian -a x86_64",
    },
    DialectCommand {
        name: "ec2-deregister",
        aliases: &["ec2dereg"],
        command: "deregister",
        edits: &[Edit::All(EC2_OF_API), Edit::Remove("delete-snapshots")],
        example: "ec2-deregister ami-0a1b2c3d",
    },
    DialectCommand {
        name: "ec2-describe-images",
        aliases: &["ec2dim"],
        command: "describe-images",
        edits: &[
            Edit::All(EC2_OF_API),
            Edit::Remove("include-deprecated"),
            Edit::Remove("include-disabled"),
        ],
        example: "ec2-describe-images -o amazon -F architecture=x86_64",
    },
    DialectCommand {
        name: "ec2-describe-image-attribute",
        aliases: &["ec2dimatt", "ec2datt"],
        command: "describe-image-attribute",
        edits: DESCRIBE_ATTRIBUTE,
        example: "ec2-describe-image-attribute ami-0a1b2c3d -l",
    },
    DialectCommand {
        name: "ec2-modify-image-attribute",
        aliases: &["ec2mimatt", "ec2matt"],
        command: "modify-image-attribute",
        edits: &[
            Edit::All(EC2_OF_API),
            Edit::Remove("imds-support"),
            Edit::Short("description", Some('d')),
        ],
        example: "ec2-modify-image-attribute ami-0a1b2c3d -l -a 123456789012",
    },
    DialectCommand {
        name: "ec2-reset-image-attribute",
        aliases: &["ec2rimatt", "ec2ratt"],
        command: "reset-image-attribute",
        edits: &[Edit::All(EC2_OF_API)],
        example: "ec2-reset-image-attribute ami-0a1b2c3d -l",
    },
    DialectCommand {
        name: "ec2-copy-image",
        aliases: &["ec2cpimg"],
        command: "copy-image",
        edits: &[
            Edit::All(EC2_OF_API),
            Edit::Remove("encrypted"),
            Edit::Remove("kms-key-id"),
            Edit::Remove("copy-tags"),
            Edit::Remove("tag"),
            Edit::Remove("tag-snapshots"),
        ],
        example: "ec2-copy-image -r us-east-1 -s ami-0a1b2c3d -n debian",
    },
    DialectCommand {
        name: "ec2-create-image",
        aliases: &["ec2cim"],
        command: "create-image",
        edits: &[
            Edit::All(EC2_OF_API),
            Edit::Remove("tag"),
            Edit::Remove("tag-snapshots"),
        ],
        example: "ec2-create-image i-0a1b2c3d -n web",
    },
];

const REGISTER: &[Edit] = &[
    Edit::All(EC2_OF_API),
    Edit::Remove("platform"),
    Edit::Remove("boot-mode"),
    Edit::Remove("ena"),
    Edit::Remove("tpm-support"),
    Edit::Remove("uefi-data"),
    Edit::Remove("imds-support"),
    Edit::Remove("billing-product"),
    Edit::Remove("tag"),
];

const DESCRIBE_ATTRIBUTE: &[Edit] = &[
    Edit::All(EC2_OF_API),
    Edit::Remove("boot-mode"),
    Edit::Remove("tpm-support"),
    Edit::Remove("uefi-data"),
    Edit::Remove("imds-support"),
    Edit::Remove("last-launched-time"),
    Edit::Remove("deregistration-protection"),
];
