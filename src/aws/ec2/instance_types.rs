//! Types of instances: how many processors, how much memory.
//!
//! ```text
//! AWS          instanceTypeSet/item      instanceType  vCpuInfo  memoryInfo  …        in pages
//! Eucalyptus   instanceTypeDetails/item  name  cpu  memory  disk  availability/item
//! ```

use serde::Serialize;

use super::{Ec2Request, Fields, Filter, FromFields, Page, Paged, Parameters, Unreadable};

/// `DescribeInstanceTypes`.
#[derive(Debug, Clone, Default)]
pub struct DescribeInstanceTypes {
    /// Their names; all if empty.
    pub instance_types: Vec<String>,
    /// Eucalyptus: also how many can still be run, in each zone.
    pub availability: bool,
    /// Conditions.
    pub filters: Vec<Filter>,
    /// Where the page begins.
    pub next_token: Option<String>,
}

/// A type of instances.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InstanceType {
    /// Its name: `m1.small`.
    pub instance_type: String,
    /// Processors.
    pub vcpus: Option<u32>,
    /// Memory in MiB.
    pub memory_mib: Option<u64>,
    /// Disks of its own, in GB (AWS) or GiB (Eucalyptus).
    pub disk_gb: Option<u64>,
    /// Processor architectures that it runs.
    pub architectures: Vec<String>,
    /// Firmware that it has: `uefi`, `legacy-bios`.
    pub boot_modes: Vec<String>,
    /// `nitro`, `xen`.
    pub hypervisor: Option<String>,
    /// Whether it is still recommended.
    pub current_generation: Option<bool>,
    /// How many can still be run.
    pub availability: Vec<ZoneCapacity>,
}

/// How many instances of a type can still be run in a zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ZoneCapacity {
    /// The zone.
    pub zone_name: String,
    /// So many more.
    pub available: u64,
    /// So many if there was no other.
    pub max: u64,
}

impl Ec2Request for DescribeInstanceTypes {
    const ACTION: &'static str = "DescribeInstanceTypes";
    const REPEATABLE: bool = true;
    type Response = Page<InstanceType>;

    fn write(&self, parameters: &mut Parameters) {
        parameters.list("InstanceType", &self.instance_types);
        parameters.set_some("Availability", self.availability.then_some(true));
        parameters.filters(&self.filters);
        parameters.set_some("NextToken", self.next_token.as_ref());
    }
}

impl Paged for DescribeInstanceTypes {
    type Item = InstanceType;
    const SET: &'static str = "instanceTypeSet";

    fn set_next_token(&mut self, token: String) {
        self.next_token = Some(token);
    }
}

impl FromFields for Page<InstanceType> {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        let eucalyptus = "instanceTypeDetails";
        let set = if fields.part(eucalyptus).is_some() {
            eucalyptus
        } else {
            DescribeInstanceTypes::SET
        };
        Self::read(fields, set)
    }
}

impl FromFields for InstanceType {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        if fields.part("name").is_some() {
            return of_eucalyptus(fields);
        }
        let number = |part: &str, name| match fields.part(part) {
            Some(part) => part.number(name),
            None => Ok(None),
        };
        let processor = fields.part("processorInfo");
        let vcpus = match fields.part("vCpuInfo") {
            Some(part) => part.number("defaultVCpus")?,
            None => None,
        };
        Ok(Self {
            instance_type: fields.required("instanceType")?,
            vcpus,
            memory_mib: number("memoryInfo", "sizeInMiB")?,
            disk_gb: number("instanceStorageInfo", "totalSizeInGB")?,
            architectures: match processor {
                Some(part) => part.list("supportedArchitectures")?,
                None => Vec::new(),
            },
            boot_modes: fields.list("supportedBootModes")?,
            hypervisor: fields.text("hypervisor"),
            current_generation: fields.flag("currentGeneration")?,
            availability: Vec::new(),
        })
    }
}

fn of_eucalyptus(fields: Fields<'_>) -> Result<InstanceType, Unreadable> {
    Ok(InstanceType {
        instance_type: fields.required("name")?,
        vcpus: fields.number("cpu")?,
        memory_mib: fields.number("memory")?,
        disk_gb: fields.number("disk")?,
        architectures: Vec::new(),
        boot_modes: Vec::new(),
        hypervisor: None,
        current_generation: None,
        availability: fields.list("availability")?,
    })
}

impl FromFields for ZoneCapacity {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            zone_name: fields.required("zoneName")?,
            available: fields.number("available")?.unwrap_or(0),
            max: fields.number("max")?.unwrap_or(0),
        })
    }
}
