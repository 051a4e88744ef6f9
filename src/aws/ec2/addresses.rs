//! Elastic addresses.

use serde::Serialize;

use super::{
    Done, Ec2Request, Fields, Filter, FromFields, Parameters, Tag, TagSpecification, Unreadable,
};

/// `AllocateAddress`.
#[derive(Debug, Clone, Default)]
pub struct AllocateAddress {
    /// `vpc`; old services know no other than their own.
    pub domain: Option<String>,
    /// An address that was released a short time ago, and is wanted back.
    pub address: Option<String>,
    /// Its tags.
    pub tags: Vec<Tag>,
}

/// How an address is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddressName {
    /// By itself.
    PublicIp(String),
    /// By its allocation or association: `eipalloc-…`, `eipassoc-…`.
    Id(String),
}

/// `ReleaseAddress`: by itself or its allocation.
#[derive(Debug, Clone)]
pub struct ReleaseAddress(
    /// Which one.
    pub AddressName,
);

/// `AssociateAddress`: by itself or its allocation.
#[derive(Debug, Clone)]
pub struct AssociateAddress {
    /// Which one.
    pub address: AddressName,
    /// The instance that gets it.
    pub instance_id: Option<String>,
    /// Or the network interface.
    pub network_interface_id: Option<String>,
    /// The private address behind it (default: the primary one).
    pub private_ip_address: Option<String>,
    /// Whether it may be taken away from where it is.
    pub allow_reassociation: Option<bool>,
}

/// `DisassociateAddress`: by itself or its association.
#[derive(Debug, Clone)]
pub struct DisassociateAddress(
    /// Which one.
    pub AddressName,
);

/// `DescribeAddresses`.
#[derive(Debug, Clone, Default)]
pub struct DescribeAddresses {
    /// Addresses; all if there are no ids either.
    pub public_ips: Vec<String>,
    /// Allocations.
    pub allocation_ids: Vec<String>,
    /// Conditions.
    pub filters: Vec<Filter>,
}

/// An elastic address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Address {
    /// The address.
    pub public_ip: Option<String>,
    /// The instance that has it. Eucalyptus tells administrators more here: `available (admin)`.
    pub instance_id: Option<String>,
    /// `vpc` or `standard`.
    pub domain: Option<String>,
    /// Its allocation.
    pub allocation_id: Option<String>,
    /// Its association with an instance or interface.
    pub association_id: Option<String>,
    /// The network interface that has it.
    pub network_interface_id: Option<String>,
    /// The private address behind it.
    pub private_ip_address: Option<String>,
    /// Its tags.
    pub tags: Vec<Tag>,
}

/// The answer to `AssociateAddress`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Associated {
    /// The association, where there are such.
    pub association_id: Option<String>,
    /// Whether it was done.
    pub done: Done,
}

/// Writes an address, whose id has this name.
fn write(parameters: &mut Parameters, address: &AddressName, id: &str) {
    match address {
        AddressName::PublicIp(ip) => parameters.set("PublicIp", ip),
        AddressName::Id(value) => parameters.set(id, value),
    }
}

impl Ec2Request for AllocateAddress {
    const ACTION: &'static str = "AllocateAddress";
    const REPEATABLE: bool = false;
    type Response = Address;

    fn write(&self, parameters: &mut Parameters) {
        parameters.set_some("Domain", self.domain.as_ref());
        parameters.set_some("Address", self.address.as_ref());
        parameters.tag_specifications(&[TagSpecification {
            resource_type: "elastic-ip",
            tags: self.tags.clone(),
        }]);
    }
}

impl Ec2Request for ReleaseAddress {
    const ACTION: &'static str = "ReleaseAddress";
    const REPEATABLE: bool = true;
    type Response = Done;

    fn write(&self, parameters: &mut Parameters) {
        write(parameters, &self.0, "AllocationId");
    }
}

impl Ec2Request for AssociateAddress {
    const ACTION: &'static str = "AssociateAddress";
    const REPEATABLE: bool = true;
    type Response = Associated;

    fn write(&self, parameters: &mut Parameters) {
        write(parameters, &self.address, "AllocationId");
        parameters.set_some("InstanceId", self.instance_id.as_ref());
        parameters.set_some("NetworkInterfaceId", self.network_interface_id.as_ref());
        parameters.set_some("PrivateIpAddress", self.private_ip_address.as_ref());
        parameters.set_some("AllowReassociation", self.allow_reassociation);
    }
}

impl Ec2Request for DisassociateAddress {
    const ACTION: &'static str = "DisassociateAddress";
    const REPEATABLE: bool = true;
    type Response = Done;

    fn write(&self, parameters: &mut Parameters) {
        write(parameters, &self.0, "AssociationId");
    }
}

impl Ec2Request for DescribeAddresses {
    const ACTION: &'static str = "DescribeAddresses";
    const REPEATABLE: bool = true;
    type Response = Vec<Address>;

    fn write(&self, parameters: &mut Parameters) {
        parameters.list("PublicIp", &self.public_ips);
        parameters.list("AllocationId", &self.allocation_ids);
        parameters.filters(&self.filters);
    }
}

impl FromFields for Vec<Address> {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        fields.list("addressesSet")
    }
}

impl FromFields for Address {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            public_ip: fields.text("publicIp"),
            instance_id: fields.text("instanceId"),
            domain: fields.text("domain"),
            allocation_id: fields.text("allocationId"),
            association_id: fields.text("associationId"),
            network_interface_id: fields.text("networkInterfaceId"),
            private_ip_address: fields.text("privateIpAddress"),
            tags: fields.list("tagSet")?,
        })
    }
}

impl FromFields for Associated {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            association_id: fields.text("associationId"),
            done: Done::from_fields(fields)?,
        })
    }
}
