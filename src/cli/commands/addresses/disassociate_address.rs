//! `disassociate-address`.

use clap::Arg;

use super::{Changed, address, address_arg};
use crate::aws::ec2::{Address, AddressName, DisassociateAddress};
use crate::cli::ec2::{change, connect, must_be_done, show_one, writing_args};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, option};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "disassociate-address",
    about: "Take an elastic address from its instance",
    details: "The address stays yours.",
    examples: &["amikit disassociate-address -a eipassoc-0a1b2c3d4e5f60718"],
    args,
    sources: &[],
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        address_arg("Address to take, where there are no associations"),
        option("association-id", "ASSOC", "Its association, in a VPC").short('a'),
    ];
    args.extend(writing_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let request = DisassociateAddress(address(session, "association-id", "eipassoc-")?);
    let connected = connect(session)?;
    if let Some(done) = change(session, &connected.ec2, &request)? {
        must_be_done(done, "disassociating the address")?;
        let (name, address) = match request.0 {
            AddressName::PublicIp(ip) => {
                let public_ip = Some(ip.clone());
                let address = Address {
                    public_ip,
                    ..Address::default()
                };
                (ip, address)
            }
            AddressName::Id(id) => {
                let association_id = Some(id.clone());
                let address = Address {
                    association_id,
                    ..Address::default()
                };
                (id, address)
            }
        };
        let fields = vec![Some(name)];
        show_one(session, &Changed { address, fields })?;
    }
    Ok(Outcome::Done)
}
