//! Instances and their types.

use clap::Arg;

use crate::cli::dialect::{DialectCommand, EC2_EUCA, Edit};
use crate::cli::spec::option;

/// The commands.
pub(super) const COMMANDS: &[DialectCommand] = &[
    DialectCommand {
        name: "euca-run-instances",
        aliases: &[],
        command: "run-instances",
        edits: RUN,
        example: "euca-run-instances emi-1A2B3C4D -n 1-5 -k mykey -t m1.small",
    },
    DialectCommand {
        name: "euca-describe-instances",
        aliases: &[],
        command: "describe-instances",
        edits: READING,
        example: "euca-describe-instances --filter instance-state-name=running",
    },
    DialectCommand {
        name: "euca-describe-instance-status",
        aliases: &[],
        command: "describe-instance-status",
        edits: READING,
        example: "euca-describe-instance-status --hide-healthy",
    },
    DialectCommand {
        name: "euca-terminate-instances",
        aliases: &[],
        command: "terminate-instances",
        edits: EC2_EUCA,
        example: "euca-terminate-instances i-1A2B3C4D",
    },
    DialectCommand {
        name: "euca-reboot-instances",
        aliases: &[],
        command: "reboot-instances",
        edits: EC2_EUCA,
        example: "euca-reboot-instances i-1A2B3C4D",
    },
    DialectCommand {
        name: "euca-start-instances",
        aliases: &[],
        command: "start-instances",
        edits: EC2_EUCA,
        example: "euca-start-instances i-1A2B3C4D",
    },
    DialectCommand {
        name: "euca-stop-instances",
        aliases: &[],
        command: "stop-instances",
        edits: STOP,
        example: "euca-stop-instances i-1A2B3C4D",
    },
    DialectCommand {
        name: "euca-get-console-output",
        aliases: &[],
        command: "get-console-output",
        edits: CONSOLE,
        example: "euca-get-console-output i-1A2B3C4D",
    },
    DialectCommand {
        name: "euca-get-password",
        aliases: &[],
        command: "get-password",
        edits: EC2_EUCA,
        example: "euca-get-password -k mykey.pem i-1A2B3C4D",
    },
    DialectCommand {
        name: "euca-get-password-data",
        aliases: &[],
        command: "get-password",
        edits: PASSWORD_DATA,
        example: "euca-get-password-data i-1A2B3C4D",
    },
    DialectCommand {
        name: "euca-describe-instance-types",
        aliases: &[],
        command: "describe-instance-types",
        edits: TYPES,
        example: "euca-describe-instance-types --show-capacity",
    },
];

const READING: &[Edit] = &[Edit::All(EC2_EUCA), Edit::Short("filter", None)];

const RUN: &[Edit] = &[
    Edit::All(EC2_EUCA),
    Edit::Remove("tag"),
    Edit::Remove("http-tokens"),
    Edit::Add(user_data_force),
    Edit::Remove("associate-public-ip-address"),
    Edit::Add(associate_public_ip),
];

const STOP: &[Edit] = &[Edit::All(EC2_EUCA), Edit::Remove("hibernate")];

const CONSOLE: &[Edit] = &[Edit::All(EC2_EUCA), Edit::Remove("latest")];

const PASSWORD_DATA: &[Edit] = &[Edit::All(EC2_EUCA), Edit::Remove("privatekey")];

const TYPES: &[Edit] = &[Edit::All(EC2_EUCA), Edit::Remove("filter")];

/// The tool takes no text that is also the name of a file without it.
fn user_data_force() -> Arg {
    option(
        "user-data-force",
        "TEXT",
        "The same as --user-data, even if it is the name of a file",
    )
}

/// The option has a value since euca2ools 3.3; before, it had none.
fn associate_public_ip() -> Arg {
    option(
        "associate-public-ip",
        "true|false",
        "VPC: whether it gets an address that is known outside",
    )
    .long("associate-public-ip-address")
    .num_args(0..=1)
    .default_missing_value("true")
    .hide_short_help(true)
}
