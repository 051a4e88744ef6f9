//! `release-address`.

use clap::Arg;

use super::{Changed, address, address_arg};
use crate::aws::ec2::{Address, AddressName, ReleaseAddress};
use crate::cli::ec2::{change, connect, must_be_done, show_one, writing_args};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, option};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "release-address",
    about: "Give an elastic address back",
    details: "Others may get it at once.",
    examples: &["amikit release-address -a eipalloc-0a1b2c3d4e5f60718"],
    args,
    sources: &[],
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        address_arg("Address to give back, where there are no allocations"),
        option("allocation-id", "ALLOC", "Its allocation, in a VPC").short('a'),
    ];
    args.extend(writing_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let request = ReleaseAddress(address(session, "allocation-id", "eipalloc-")?);
    let connected = connect(session)?;
    if let Some(done) = change(session, &connected.ec2, &request)? {
        must_be_done(done, "releasing the address")?;
        let address = match request.0 {
            AddressName::PublicIp(ip) => Address {
                public_ip: Some(ip),
                ..Address::default()
            },
            AddressName::Id(id) => Address {
                allocation_id: Some(id),
                ..Address::default()
            },
        };
        let fields = vec![address.public_ip.clone(), address.allocation_id.clone()];
        show_one(session, &Changed { address, fields })?;
    }
    Ok(Outcome::Done)
}
