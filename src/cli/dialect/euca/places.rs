//! Regions and availability zones.

use crate::cli::dialect::{DialectCommand, EC2_EUCA, Edit};

/// The commands.
pub(super) const COMMANDS: &[DialectCommand] = &[
    DialectCommand {
        name: "euca-describe-regions",
        aliases: &[],
        command: "describe-regions",
        edits: READING,
        example: "euca-describe-regions",
    },
    DialectCommand {
        name: "euca-describe-availability-zones",
        aliases: &[],
        command: "describe-availability-zones",
        edits: READING,
        example: "euca-describe-availability-zones verbose",
    },
];

const READING: &[Edit] = &[Edit::All(EC2_EUCA), Edit::Short("filter", None)];
