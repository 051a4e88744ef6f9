//! Elastic addresses.

mod allocate_address;
mod associate_address;
mod describe_addresses;
mod disassociate_address;
mod release_address;

use clap::Arg;
use serde::Serialize;

use crate::aws::ec2::{Address, AddressName};
use crate::cli::dialect::Family;
use crate::cli::ec2::{Line, Row};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::CommandSpec;

/// The commands.
pub(super) const COMMANDS: &[&CommandSpec] = &[
    &allocate_address::SPEC,
    &associate_address::SPEC,
    &disassociate_address::SPEC,
    &release_address::SPEC,
    &describe_addresses::SPEC,
];

/// The argument that names an address.
fn address_arg(help: &'static str) -> Arg {
    Arg::new("address").value_name("ADDRESS").help(help)
}

/// The address that is named by the argument, or by the id of this option. An id may stand as
/// the argument, too.
fn address(session: &Session<'_>, option: &str, prefix: &str) -> Result<AddressName, Failure> {
    let long = session.values.long(option);
    match (session.text("address")?, session.text(option)?) {
        (Some(_), Some(_)) => Err(Failure::usage(format!(
            "ADDRESS and --{long} name an address twice: expected one of them"
        ))),
        (None, None) => Err(Failure::usage(format!("ADDRESS or --{long} is needed"))),
        (None, Some(id)) => Ok(AddressName::Id(id)),
        (Some(text), None) if text.starts_with(prefix) => Ok(AddressName::Id(text)),
        (Some(text), None) => Ok(AddressName::PublicIp(text)),
    }
}

/// An address that was changed, and what the old tools say of it.
#[derive(Serialize)]
struct Changed {
    #[serde(flatten)]
    address: Address,
    #[serde(skip)]
    fields: Vec<Option<String>>,
}

impl Row for Changed {
    const HEADS: &'static [&'static str] = Address::HEADS;

    fn cells(&self) -> Vec<Option<String>> {
        self.address.cells()
    }

    fn lines(&self, _family: Family) -> Vec<Line> {
        let fields: Vec<_> = self.fields.iter().map(Option::as_deref).collect();
        vec![Line::new("ADDRESS", &fields)]
    }
}

impl Row for Address {
    const HEADS: &'static [&'static str] = &[
        "address",
        "domain",
        "instance",
        "private address",
        "allocation",
        "association",
    ];

    fn cells(&self) -> Vec<Option<String>> {
        vec![
            self.public_ip.clone(),
            self.domain.clone(),
            self.instance_id.clone(),
            self.private_ip_address.clone(),
            self.allocation_id.clone(),
            self.association_id.clone(),
        ]
    }

    fn lines(&self, _family: Family) -> Vec<Line> {
        let domain = self.domain.as_deref().unwrap_or("standard");
        let fields = [
            self.public_ip.as_deref(),
            self.instance_id.as_deref(),
            Some(domain),
            self.allocation_id.as_deref(),
            self.association_id.as_deref(),
            self.network_interface_id.as_deref(),
            self.private_ip_address.as_deref(),
        ];
        vec![Line::new("ADDRESS", &fields)]
    }
}
