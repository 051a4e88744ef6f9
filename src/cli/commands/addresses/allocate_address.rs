//! `allocate-address`.

use clap::Arg;

use super::Changed;
use crate::aws::ec2::AllocateAddress;
use crate::cli::dialect::Family;
use crate::cli::ec2::{change, connect, show_one, tag_arg, tags, writing_args};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, option};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "allocate-address",
    about: "Get an elastic address",
    details: "",
    examples: &["amikit allocate-address --tag Name=web"],
    args,
    sources: &[],
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        option("domain", "DOMAIN", "vpc: for instances in a VPC").short('d'),
        option(
            "wanted-address",
            "ADDRESS",
            "This address, which was released a short time ago",
        ),
        tag_arg(),
    ];
    args.extend(writing_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let request = AllocateAddress {
        domain: session.text("domain")?,
        address: session.text("wanted-address")?,
        tags: tags(session, "tag")?,
    };
    let connected = connect(session)?;
    if let Some(address) = change(session, &connected.ec2, &request)? {
        let domain = address.domain.clone();
        let mut fields = vec![
            address.public_ip.clone(),
            Some(domain.unwrap_or("standard".to_owned())),
            address.allocation_id.clone(),
        ];
        if session.manner.family == Family::Ec2Api {
            fields.insert(1, None); // the instance, as in the list of addresses
        }
        show_one(session, &Changed { address, fields })?;
    }
    Ok(Outcome::Done)
}
