//! Network interfaces of instances: asked for, and as answers have them.

use serde::Serialize;

use super::super::{Fields, FromFields, Parameters, Unreadable};

/// A network interface that an instance is run with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NetworkInterfaceSpecification {
    /// One that is there already: `eni-…`.
    pub network_interface_id: Option<String>,
    /// Its number at the instance; 0 is the first.
    pub device_index: u32,
    /// Where a new one is made.
    pub subnet_id: Option<String>,
    /// What is said about a new one.
    pub description: Option<String>,
    /// Its addresses; the first is the primary one if `primary` says so.
    pub private_ip_addresses: Vec<PrivateIpAddress>,
    /// So many more addresses, chosen by the service.
    pub secondary_private_ip_address_count: Option<u32>,
    /// Security groups, by id.
    pub security_group_ids: Vec<String>,
    /// Whether it ends with the instance.
    pub delete_on_termination: Option<bool>,
    /// Whether it gets an address that is known outside.
    pub associate_public_ip_address: Option<bool>,
}

/// An address that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivateIpAddress {
    /// The address.
    pub private_ip_address: String,
    /// Whether it is the first one.
    pub primary: bool,
}

impl NetworkInterfaceSpecification {
    /// Writes it as the parameters that begin with `prefix`.
    pub(super) fn write(&self, prefix: &str, parameters: &mut Parameters) {
        let name = |name: &str| format!("{prefix}.{name}");
        parameters.set_some(
            name("NetworkInterfaceId"),
            self.network_interface_id.as_ref(),
        );
        parameters.set(name("DeviceIndex"), self.device_index.to_string());
        parameters.set_some(name("SubnetId"), self.subnet_id.as_ref());
        parameters.set_some(name("Description"), self.description.as_ref());
        for (index, address) in self.private_ip_addresses.iter().enumerate() {
            let prefix = name(&format!("PrivateIpAddresses.{}", index + 1));
            parameters.set(
                format!("{prefix}.PrivateIpAddress"),
                &address.private_ip_address,
            );
            if address.primary {
                parameters.set(format!("{prefix}.Primary"), "true");
            }
        }
        parameters.set_some(
            name("SecondaryPrivateIpAddressCount"),
            self.secondary_private_ip_address_count,
        );
        parameters.list(&name("SecurityGroupId"), &self.security_group_ids);
        parameters.set_some(name("DeleteOnTermination"), self.delete_on_termination);
        parameters.set_some(
            name("AssociatePublicIpAddress"),
            self.associate_public_ip_address,
        );
    }
}

/// A network interface of an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NetworkInterface {
    /// Its id: `eni-…`.
    pub network_interface_id: Option<String>,
    /// Its subnet.
    pub subnet_id: Option<String>,
    /// Its network.
    pub vpc_id: Option<String>,
    /// What is said about it.
    pub description: Option<String>,
    /// The account that it belongs to.
    pub owner_id: Option<String>,
    /// `in-use`.
    pub status: Option<String>,
    /// Its hardware address.
    pub mac_address: Option<String>,
    /// Its first address.
    pub private_ip_address: Option<String>,
    /// The name of that.
    pub private_dns_name: Option<String>,
    /// Whether only what is from or to it passes.
    pub source_dest_check: Option<String>,
    /// How it is attached.
    pub attachment: Option<InterfaceAttachment>,
    /// Its address outside.
    pub association: Option<InterfaceAssociation>,
    /// Its security groups.
    pub group_set: Vec<super::SecurityGroupName>,
    /// All its addresses.
    pub private_ip_addresses_set: Vec<InterfaceAddress>,
}

/// How a network interface is attached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InterfaceAttachment {
    /// Its id: `eni-attach-…`.
    pub attachment_id: Option<String>,
    /// The interface's number at the instance.
    pub device_index: Option<String>,
    /// `attached`.
    pub status: Option<String>,
    /// Since when.
    pub attach_time: Option<String>,
    /// Whether the interface ends with the instance.
    pub delete_on_termination: Option<String>,
}

/// An address outside, of a network interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InterfaceAssociation {
    /// The address.
    pub public_ip: Option<String>,
    /// Its name.
    pub public_dns_name: Option<String>,
    /// Whose it is: an account, or `amazon`.
    pub ip_owner_id: Option<String>,
}

/// An address of a network interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InterfaceAddress {
    /// The address.
    pub private_ip_address: Option<String>,
    /// Its name.
    pub private_dns_name: Option<String>,
    /// Whether it is the first one.
    pub primary: Option<bool>,
    /// Its address outside.
    pub association: Option<InterfaceAssociation>,
}

impl FromFields for NetworkInterface {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            network_interface_id: fields.text("networkInterfaceId"),
            subnet_id: fields.text("subnetId"),
            vpc_id: fields.text("vpcId"),
            description: fields.text("description"),
            owner_id: fields.text("ownerId"),
            status: fields.text("status"),
            mac_address: fields.text("macAddress"),
            private_ip_address: fields.text("privateIpAddress"),
            private_dns_name: fields.text("privateDnsName"),
            source_dest_check: fields.text("sourceDestCheck"),
            attachment: fields.part("attachment").map(|part| InterfaceAttachment {
                attachment_id: part.text("attachmentId"),
                device_index: part.text("deviceIndex"),
                status: part.text("status"),
                attach_time: part.text("attachTime"),
                delete_on_termination: part.text("deleteOnTermination"),
            }),
            association: fields.part("association").map(association),
            group_set: fields.list("groupSet")?,
            private_ip_addresses_set: fields.list("privateIpAddressesSet")?,
        })
    }
}

impl FromFields for InterfaceAddress {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            private_ip_address: fields.text("privateIpAddress"),
            private_dns_name: fields.text("privateDnsName"),
            primary: fields.flag("primary")?,
            association: fields.part("association").map(association),
        })
    }
}

fn association(fields: Fields<'_>) -> InterfaceAssociation {
    InterfaceAssociation {
        public_ip: fields.text("publicIp"),
        public_dns_name: fields.text("publicDnsName"),
        ip_owner_id: fields.text("ipOwnerId"),
    }
}
