//! Instances and changes of them as rows.

use serde::Serialize;

use super::lines;
use crate::aws::ec2::{Instance, InstanceState, Reservation, StateChange};
use crate::cli::dialect::Family;
use crate::cli::ec2::{Line, Row};

/// An instance with its reservation, as a row.
#[derive(Debug, Serialize)]
pub(super) struct InstanceRow {
    reservation_id: String,
    owner_id: Option<String>,
    #[serde(flatten)]
    instance: Instance,
    /// The line of its reservation, before its first instance.
    #[serde(skip)]
    heading: Option<Line>,
}

/// The instances of reservations. In each of them the one that was run first stands first.
pub(super) fn rows(reservations: Vec<Reservation>) -> Vec<InstanceRow> {
    let mut rows = Vec::new();
    for mut reservation in reservations {
        let mut heading = Some(lines::reservation(&reservation));
        let mut instances = std::mem::take(&mut reservation.instances_set);
        instances.sort_by(|one, other| one.launch_time.cmp(&other.launch_time));
        rows.extend(instances.into_iter().map(|instance| InstanceRow {
            reservation_id: reservation.reservation_id.clone(),
            owner_id: reservation.owner_id.clone(),
            instance,
            heading: heading.take(),
        }));
    }
    rows
}

impl Row for InstanceRow {
    const HEADS: &'static [&'static str] = &[
        "instance",
        "state",
        "type",
        "image",
        "zone",
        "address",
        "private address",
        "launched",
        "name",
    ];

    fn cells(&self) -> Vec<Option<String>> {
        let instance = &self.instance;
        let name = instance.tag_set.iter().find(|tag| tag.key == "Name");
        vec![
            Some(instance.instance_id.clone()),
            instance
                .instance_state
                .as_ref()
                .and_then(|s| s.name.clone()),
            instance.instance_type.clone(),
            instance.image_id.clone(),
            instance.placement.availability_zone.clone(),
            address([&instance.ip_address, &instance.dns_name]),
            address([&instance.private_ip_address, &instance.private_dns_name]),
            instance.launch_time.clone(),
            name.map(|tag| tag.value.clone()),
        ]
    }

    fn lines(&self, family: Family) -> Vec<Line> {
        let heading = self.heading.iter().cloned();
        let instance = lines::instance(&self.instance, family);
        heading.chain(instance).collect()
    }
}

/// The first of these that there is: the address, or the name that old clouds have the address
/// in. Eucalyptus has zeros where there is none yet.
fn address(places: [&Option<String>; 2]) -> Option<String> {
    let mut known = places.into_iter().flatten();
    known.find(|text| *text != "0.0.0.0").cloned()
}

impl Row for StateChange {
    const HEADS: &'static [&'static str] = &["instance", "before", "now"];

    fn cells(&self) -> Vec<Option<String>> {
        let name = |state: &Option<InstanceState>| state.as_ref().and_then(|s| s.name.clone());
        vec![
            Some(self.instance_id.clone()),
            name(&self.previous_state),
            name(&self.current_state),
        ]
    }

    fn lines(&self, _family: Family) -> Vec<Line> {
        let cells = self.cells();
        let fields: Vec<_> = cells.iter().map(Option::as_deref).collect();
        vec![Line::new("INSTANCE", &fields)]
    }
}
