//! Regions and availability zones.

use serde::Serialize;

use super::{Ec2Request, Fields, Filter, FromFields, Parameters, Unreadable};

/// `DescribeRegions`.
#[derive(Debug, Clone, Default)]
pub struct DescribeRegions {
    /// Their names; all if empty.
    pub names: Vec<String>,
    /// Conditions.
    pub filters: Vec<Filter>,
}

/// A region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Region {
    /// Its name.
    pub region_name: String,
    /// Host or URL of its EC2.
    pub region_endpoint: Option<String>,
}

impl Ec2Request for DescribeRegions {
    const ACTION: &'static str = "DescribeRegions";
    const REPEATABLE: bool = true;
    type Response = Vec<Region>;

    fn write(&self, parameters: &mut Parameters) {
        parameters.list("RegionName", &self.names);
        parameters.filters(&self.filters);
    }
}

impl FromFields for Vec<Region> {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        fields.list("regionInfo")
    }
}

impl FromFields for Region {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            region_name: fields.required("regionName")?,
            region_endpoint: fields.text("regionEndpoint"),
        })
    }
}

/// `DescribeAvailabilityZones`. Eucalyptus knows the zone `verbose`, whose answer has the
/// capacities for each instance type as rows that look like zones.
#[derive(Debug, Clone, Default)]
pub struct DescribeAvailabilityZones {
    /// Their names; all if empty.
    pub names: Vec<String>,
    /// Conditions.
    pub filters: Vec<Filter>,
}

/// An availability zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AvailabilityZone {
    /// Its name.
    pub zone_name: String,
    /// `available`; Eucalyptus 2: the cluster controller's host.
    pub zone_state: Option<String>,
    /// The region it is in.
    pub region_name: Option<String>,
    /// What there is to say about it.
    pub messages: Vec<String>,
}

impl Ec2Request for DescribeAvailabilityZones {
    const ACTION: &'static str = "DescribeAvailabilityZones";
    const REPEATABLE: bool = true;
    type Response = Vec<AvailabilityZone>;

    fn write(&self, parameters: &mut Parameters) {
        parameters.list("ZoneName", &self.names);
        parameters.filters(&self.filters);
    }
}

impl FromFields for Vec<AvailabilityZone> {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        fields.list("availabilityZoneInfo")
    }
}

impl FromFields for AvailabilityZone {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        let messages = fields.items("messageSet");
        Ok(Self {
            zone_name: fields.required("zoneName")?,
            zone_state: fields.text("zoneState"),
            region_name: fields.text("regionName"),
            messages: messages
                .filter_map(|message| message.text("message"))
                .collect(),
        })
    }
}
