//! The network of instances to run: subnet and addresses, or interfaces told one by one.
//!
//! ```text
//! --subnet --private-ip-address -g                  parameters of the request
//! … and --associate-public-ip-address, --secondary-*    parameters of interface 0
//! --network-interface eni-1a2b3c4d:1                one that is there
//! --network-interface :1:SUBNET:TEXT:ADDRESS:sg-1,sg-2:true:COUNT   a new one
//! --network-interface :1:SUBNET:TEXT:ADDRESS:sg-1,sg-2:true::A1,A2  a new one
//! ```
//!
//! The service takes no parameters of the request beside interfaces.

use clap::Arg;

use crate::aws::ec2::{NetworkInterfaceSpecification, PrivateIpAddress, RunInstances};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{flag, list, option};

/// Most parts of an interface's text.
const PARTS: usize = 9;

/// The options.
pub(super) fn args() -> Vec<Arg> {
    let seldom = [
        flag(
            "associate-public-ip-address",
            "VPC: give it an address that is known outside",
        ),
        option(
            "private-ip-address",
            "ADDRESS",
            "VPC: its first address inside",
        ),
        list(
            "secondary-address",
            "ADDRESS",
            "VPC: another address inside",
        )
        .alias("secondary-private-ip-address"),
        option(
            "secondary-count",
            "COUNT",
            "VPC: so many more addresses inside",
        )
        .alias("secondary-private-ip-address-count"),
        list(
            "network-interface",
            "INTERFACE",
            "VPC: interface with its number: eni-1a2b3c4d:INDEX for one that is there, \
             :INDEX:SUBNET:[TEXT]:[ADDRESS]:[GROUP,…]:[true|false]:[COUNT|:ADDRESS,…] for a new \
             one, which ends with the instance if true",
        )
        .short('a'),
    ];
    let subnet = option("subnet", "SUBNET", "VPC: subnet to run them in").short('s');
    let seldom = seldom.map(|arg| arg.hide_short_help(true));
    std::iter::once(subnet).chain(seldom).collect()
}

/// Writes what the options say into the request.
///
/// # Errors
/// When an option makes no sense, or a group stands by its name where only ids can.
pub(super) fn place(session: &Session<'_>, request: &mut RunInstances) -> Result<(), Failure> {
    let mut interfaces = Vec::new();
    for text in session.values.each("network-interface") {
        let interface =
            interface(&text).map_err(|why| session.invalid("network-interface", &text, &why))?;
        interfaces.push(interface);
    }
    let public = public(session)?;
    let more = session.values.each("secondary-address");
    let count = session.parsed::<u32>("secondary-count")?;
    if !more.is_empty() && count.is_some() {
        let message = "only one of --secondary-address and --secondary-count may be given";
        return Err(Failure::usage(message));
    }
    let subnet = session.text("subnet")?;
    let address = session.text("private-ip-address")?;
    let plain = interfaces.is_empty() && public.is_none() && more.is_empty() && count.is_none();
    if let Some(name) = request.security_groups.first()
        && (subnet.is_some() || !plain)
    {
        let why = format!("\"{name}\" is a name: in a VPC only ids, sg-…, can be");
        return Err(session.invalid("group", name, &why));
    }
    if plain {
        request.subnet_id = subnet;
        request.private_ip_address = address;
        return Ok(());
    }
    let first = NetworkInterfaceSpecification {
        subnet_id: subnet,
        private_ip_addresses: addresses(address, more),
        secondary_private_ip_address_count: count,
        security_group_ids: std::mem::take(&mut request.security_group_ids),
        associate_public_ip_address: public,
        ..NetworkInterfaceSpecification::default()
    };
    if first != NetworkInterfaceSpecification::default() {
        if interfaces
            .iter()
            .any(|interface| interface.device_index == 0)
        {
            let message = "--network-interface has an interface 0 already, for which --subnet, \
                           --group and addresses are meant";
            return Err(Failure::usage(message));
        }
        interfaces.push(first);
    }
    request.network_interfaces = interfaces;
    Ok(())
}

/// `--associate-public-ip-address`: a flag, or with a value as the old tools have it.
fn public(session: &Session<'_>) -> Result<Option<bool>, Failure> {
    let Some(text) = session.text("associate-public-ip")? else {
        let flag = session.values.flag("associate-public-ip-address");
        return Ok(flag.then_some(true));
    };
    match text.to_ascii_lowercase().as_str() {
        "1" | "t" | "true" | "y" | "yes" => Ok(Some(true)),
        "0" | "f" | "false" | "n" | "no" => Ok(Some(false)),
        _ => {
            let why = format!("\"{text}\" is neither true nor false");
            Err(session.invalid("associate-public-ip", &text, &why))
        }
    }
}

/// An interface as the tools write it.
fn interface(text: &str) -> Result<NetworkInterfaceSpecification, String> {
    let mut parts = text.splitn(PARTS + 1, ':');
    let mut next = || parts.next().filter(|part| !part.is_empty());
    let (id, index, subnet, description) = (next(), next(), next(), next());
    let (address, groups, ends, count, more) = (next(), next(), next(), next(), next());
    let fault = |why: &str| Err(format!("\"{text}\" is no network interface: {why}"));
    if parts.next().is_some() {
        return fault("it has more than nine parts");
    }
    let Some(device_index) = index.and_then(|index| index.parse().ok()) else {
        return fault("its second part must be its number at the instance");
    };
    if id.is_some_and(|id| !id.starts_with("eni-")) {
        return fault("its first part must be the id of an interface, eni-…, or nothing");
    }
    if subnet.is_some_and(|subnet| !subnet.starts_with("subnet-")) {
        return fault("its third part must be the id of a subnet, subnet-…");
    }
    let groups: Vec<_> = listed(groups);
    if groups.iter().any(|group| !group.starts_with("sg-")) {
        return fault("its sixth part must be ids of security groups, sg-…");
    }
    let delete_on_termination = match ends {
        None => None,
        Some("true") => Some(true),
        Some("false") => Some(false),
        Some(_) => return fault("its seventh part must be true or false"),
    };
    let secondary_private_ip_address_count = match count.map(str::parse) {
        None => None,
        Some(Ok(count)) => Some(count),
        Some(Err(_)) => return fault("its eighth part must be a number of addresses"),
    };
    if count.is_some() && more.is_some() {
        return fault("it has a number of addresses and addresses: only one of them can be");
    }
    Ok(NetworkInterfaceSpecification {
        network_interface_id: id.map(str::to_owned),
        device_index,
        subnet_id: subnet.map(str::to_owned),
        description: description.map(str::to_owned),
        private_ip_addresses: addresses(address.map(str::to_owned), listed(more)),
        secondary_private_ip_address_count,
        security_group_ids: groups,
        delete_on_termination,
        associate_public_ip_address: None,
    })
}

/// What stands between commas.
fn listed(text: Option<&str>) -> Vec<String> {
    let parts = text.unwrap_or_default().split(',');
    parts
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The first address, and others.
fn addresses(first: Option<String>, more: Vec<String>) -> Vec<PrivateIpAddress> {
    let first = first.map(|address| (address, true));
    let more = more.into_iter().map(|address| (address, false));
    let all = first.into_iter().chain(more);
    all.map(|(private_ip_address, primary)| PrivateIpAddress {
        private_ip_address,
        primary,
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interface_that_is_there_has_an_id_and_a_number() {
        let found = interface("eni-1a2b3c4d:1").unwrap();

        assert_eq!(found.network_interface_id.as_deref(), Some("eni-1a2b3c4d"));
        assert_eq!(found.device_index, 1);
    }

    #[test]
    fn a_new_interface_has_up_to_nine_parts() {
        let found = interface(":2:subnet-1:text:10.0.0.4:sg-1,sg-2:true::10.0.0.5,10.0.0.6");

        let want = NetworkInterfaceSpecification {
            device_index: 2,
            subnet_id: Some("subnet-1".to_owned()),
            description: Some("text".to_owned()),
            private_ip_addresses: addresses(
                Some("10.0.0.4".to_owned()),
                vec!["10.0.0.5".to_owned(), "10.0.0.6".to_owned()],
            ),
            security_group_ids: vec!["sg-1".to_owned(), "sg-2".to_owned()],
            delete_on_termination: Some(true),
            ..NetworkInterfaceSpecification::default()
        };
        assert_eq!(found.unwrap(), want);
    }

    #[test]
    fn what_is_no_interface_is_refused_with_the_part_that_is_wrong() {
        for (text, part) in [
            ("", "second"),
            ("eni-1", "second"),
            ("vol-1:1", "first"),
            (":1:net", "third"),
            (":1::::web", "sixth"),
            (":1:::::maybe", "seventh"),
            (":1::::::many", "eighth"),
            (":1::::::2:10.0.0.1", "only one"),
            (":1::::::::", "nine"),
        ] {
            let why = interface(text).unwrap_err();
            assert!(why.contains(part), "{text}: {why}");
        }
    }
}
