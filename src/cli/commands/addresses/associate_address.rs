//! `associate-address`.

use clap::Arg;

use super::{Changed, address, address_arg};
use crate::aws::ec2::{Address, AddressName, AssociateAddress};
use crate::cli::ec2::{change, connect, must_be_done, show_one, writing_args};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, flag, option};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "associate-address",
    about: "Give an elastic address to an instance",
    details: "",
    examples: &[
        "amikit associate-address -a eipalloc-0a1b2c3d4e5f60718 -i i-0a1b2c3d4e5f60718",
        "amikit associate-address 192.0.2.7 -i i-4E8A2C10",
    ],
    args,
    sources: &[],
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        address_arg("Address to give, where there are no allocations"),
        option("allocation-id", "ALLOC", "Its allocation, in a VPC").short('a'),
        option("instance-id", "INSTANCE", "Instance that gets it").short('i'),
        option(
            "network-interface",
            "INTERFACE",
            "Network interface that gets it, in a VPC",
        )
        .short('n')
        .conflicts_with("instance-id"),
        option(
            "private-ip-address",
            "ADDRESS",
            "Private address behind it, in a VPC (default: the primary one)",
        )
        .short('p'),
        flag(
            "allow-reassociation",
            "Take it away from where it is, in a VPC",
        ),
        flag(
            "no-allow-reassociation",
            "Fail if it is somewhere else, in a VPC",
        )
        .conflicts_with("allow-reassociation"),
    ];
    args.extend(writing_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let flag = |id| session.values.flag(id);
    let allow = flag("allow-reassociation");
    let allow_reassociation = (allow || flag("no-allow-reassociation")).then_some(allow);
    let request = AssociateAddress {
        address: address(session, "allocation-id", "eipalloc-")?,
        instance_id: session.text("instance-id")?,
        network_interface_id: session.text("network-interface")?,
        private_ip_address: session.text("private-ip-address")?,
        allow_reassociation,
    };
    if request.instance_id.is_none() && request.network_interface_id.is_none() {
        let long = session.values.long("network-interface");
        return Err(Failure::usage(format!(
            "--instance-id or --{long} is needed"
        )));
    }
    let connected = connect(session)?;
    if let Some(associated) = change(session, &connected.ec2, &request)? {
        must_be_done(associated.done, "associating the address")?;
        show_one(session, &changed(request, associated.association_id))?;
    }
    Ok(Outcome::Done)
}

/// The old tools' lines differ with how the address is named.
fn changed(request: AssociateAddress, association_id: Option<String>) -> Changed {
    let mut address = Address {
        instance_id: request.instance_id,
        association_id,
        network_interface_id: request.network_interface_id,
        private_ip_address: request.private_ip_address,
        ..Address::default()
    };
    let fields = match request.address {
        AddressName::PublicIp(ip) => {
            address.public_ip = Some(ip);
            vec![address.public_ip.clone(), address.instance_id.clone()]
        }
        AddressName::Id(id) => {
            address.allocation_id = Some(id);
            vec![
                address.instance_id.clone(),
                address.allocation_id.clone(),
                address.association_id.clone(),
                address.private_ip_address.clone(),
            ]
        }
    };
    Changed { address, fields }
}
