//! Instances.

use clap::Arg;

use crate::cli::dialect::{DialectCommand, EC2_OF_API, Edit};
use crate::cli::spec::option;

/// The commands.
pub(super) const COMMANDS: &[DialectCommand] = &[
    DialectCommand {
        name: "ec2-run-instances",
        aliases: &["ec2run"],
        command: "run-instances",
        edits: RUN,
        example: "ec2-run-instances ami-1a2b3c4d -n 1-5 -k mykey -t m1.small",
    },
    DialectCommand {
        name: "ec2-describe-instances",
        aliases: &["ec2din"],
        command: "describe-instances",
        edits: EC2_OF_API,
        example: "ec2-describe-instances -F instance-state-name=running",
    },
    DialectCommand {
        name: "ec2-describe-instance-status",
        aliases: &["ec2dins"],
        command: "describe-instance-status",
        edits: STATUS,
        example: "ec2-describe-instance-status --hide-healthy",
    },
    DialectCommand {
        name: "ec2-terminate-instances",
        aliases: &["ec2kill"],
        command: "terminate-instances",
        edits: EC2_OF_API,
        example: "ec2-terminate-instances i-1a2b3c4d",
    },
    DialectCommand {
        name: "ec2-reboot-instances",
        aliases: &["ec2reboot"],
        command: "reboot-instances",
        edits: EC2_OF_API,
        example: "ec2-reboot-instances i-1a2b3c4d",
    },
    DialectCommand {
        name: "ec2-start-instances",
        aliases: &["ec2start"],
        command: "start-instances",
        edits: EC2_OF_API,
        example: "ec2-start-instances i-1a2b3c4d",
    },
    DialectCommand {
        name: "ec2-stop-instances",
        aliases: &["ec2stop"],
        command: "stop-instances",
        edits: STOP,
        example: "ec2-stop-instances i-1a2b3c4d --force",
    },
    DialectCommand {
        name: "ec2-get-console-output",
        aliases: &["ec2gcons"],
        command: "get-console-output",
        edits: CONSOLE,
        example: "ec2-get-console-output i-1a2b3c4d",
    },
    DialectCommand {
        name: "ec2-get-password",
        aliases: &["ec2gpass"],
        command: "get-password",
        edits: EC2_OF_API,
        example: "ec2-get-password i-1a2b3c4d -k mykey.pem",
    },
];

const RUN: &[Edit] = &[
    Edit::All(EC2_OF_API),
    Edit::Remove("tag"),
    Edit::Remove("http-tokens"),
    Edit::FlagOnly("key"),
    Edit::Long("network-interface", "network-attachment"),
    Edit::Long("secondary-address", "secondary-private-ip-address"),
    Edit::Long("secondary-count", "secondary-private-ip-address-count"),
    Edit::Remove("associate-public-ip-address"),
    Edit::Add(associate_public_ip),
];

const STATUS: &[Edit] = &[
    Edit::All(EC2_OF_API),
    Edit::Short("hide-healthy", Some('I')),
    Edit::Short("include-all-instances", Some('A')),
];

const STOP: &[Edit] = &[Edit::All(EC2_OF_API), Edit::Remove("hibernate")];

const CONSOLE: &[Edit] = &[Edit::All(EC2_OF_API), Edit::Remove("latest")];

/// The tool's flag has a value.
fn associate_public_ip() -> Arg {
    option(
        "associate-public-ip",
        "true|false",
        "VPC: whether it gets an address that is known outside",
    )
    .long("associate-public-ip-address")
    .hide_short_help(true)
}
