//! Regions and availability zones.

use crate::cli::dialect::{DialectCommand, EC2_OF_API, Edit};

/// The commands.
pub(super) const COMMANDS: &[DialectCommand] = &[
    DialectCommand {
        name: "ec2-describe-regions",
        aliases: &["ec2dre"],
        command: "describe-regions",
        edits: READING,
        example: "ec2-describe-regions",
    },
    DialectCommand {
        name: "ec2-describe-availability-zones",
        aliases: &["ec2daz"],
        command: "describe-availability-zones",
        edits: READING,
        example: "ec2-describe-availability-zones --region us-east-1",
    },
];

const READING: &[Edit] = &[Edit::All(EC2_OF_API)];
