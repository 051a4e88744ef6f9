//! What the old tools print of instances, column by column.
//!
//! ```text
//! RESERVATION  id owner groups
//! INSTANCE     33 columns, in ec2-api-tools the first 32
//! BLOCKDEVICE  device volume attached deleted-with-it type iops
//! NETWORKINTERFACE …  ATTACHMENT …     ASSOCIATION …     GROUP …  PRIVATEIPADDRESS …  in euca2ools
//! NIC …               NICATTACHMENT …  NICASSOCIATION …  GROUP …  PRIVATEIPADDRESS …  in the other
//! TAG          instance id key value
//! ```
//!
//! Where euca2ools leaves a column empty because it looks for a misspelled element (spot request,
//! attachment), the value stands in it here. ec2-api-tools know no architecture, tell when an
//! instance was launched to the second, and of an address inside the name that it has outside,
//! euca2ools whether it is the first one.

use std::borrow::Cow;

use crate::aws::ec2::{AttachedDevice, Instance, NetworkInterface, Reservation};
use crate::cli::dialect::Family;
use crate::cli::ec2::Line;

/// The line of a reservation.
pub(super) fn reservation(reservation: &Reservation) -> Line {
    let groups = reservation.group_set.iter();
    let names = groups.map(|group| group.group_name.as_deref().or(group.group_id.as_deref()));
    let names: Vec<_> = names.map(Option::unwrap_or_default).collect();
    let fields = [
        Some(reservation.reservation_id.as_str()),
        reservation.owner_id.as_deref(),
        Some(&names.join(", ")),
    ];
    Line::new("RESERVATION", &fields)
}

/// The lines of an instance.
pub(super) fn instance(instance: &Instance, family: Family) -> Vec<Line> {
    let mut lines = vec![own(instance, family)];
    lines.extend(instance.block_device_mapping.iter().map(block_device));
    let interfaces = instance.network_interface_set.iter();
    lines.extend(interfaces.flat_map(|one| interface(one, family)));
    lines.extend(instance.tag_set.iter().map(|tag| {
        let fields = [
            Some("instance"),
            Some(instance.instance_id.as_str()),
            Some(&tag.key),
            Some(&tag.value),
        ];
        Line::new("TAG", &fields)
    }));
    lines
}

fn own(instance: &Instance, family: Family) -> Line {
    let is_api = family == Family::Ec2Api;
    let state = instance.instance_state.as_ref();
    let codes = instance.product_codes.join(",");
    let place = &instance.placement;
    let monitoring = instance.monitoring.as_ref().map(|monitoring| {
        let state = monitoring.state.as_deref().unwrap_or_default();
        format!("monitoring-{state}")
    });
    let groups = instance.group_set.iter();
    let groups: Vec<_> = groups
        .filter_map(|group| group.group_id.as_deref())
        .collect();
    let groups = groups.join(",");
    let profile = instance.iam_instance_profile.as_ref();
    let launch_time = instance.launch_time.as_deref().map(|time| {
        if is_api {
            to_the_second(time)
        } else {
            Cow::Borrowed(time)
        }
    });
    let mut fields = vec![
        Some(instance.instance_id.as_str()),
        instance.image_id.as_deref(),
        instance.dns_name.as_deref(),
        instance.private_dns_name.as_deref(),
        state.and_then(|state| state.name.as_deref()),
        instance.key_name.as_deref(),
        instance.ami_launch_index.as_deref(),
        Some(codes.as_str()),
        instance.instance_type.as_deref(),
        launch_time.as_deref(),
        place.availability_zone.as_deref(),
        instance.kernel_id.as_deref(),
        instance.ramdisk_id.as_deref(),
        instance.platform.as_deref(),
        monitoring.as_deref(),
        instance.ip_address.as_deref(),
        instance.private_ip_address.as_deref(),
        instance.vpc_id.as_deref(),
        instance.subnet_id.as_deref(),
        instance.root_device_type.as_deref(),
        instance.instance_lifecycle.as_deref(),
        instance.spot_instance_request_id.as_deref(),
        None, // a licence, which the API tells no more
        place.group_name.as_deref(),
        instance.virtualization_type.as_deref(),
        instance.hypervisor.as_deref(),
        instance.client_token.as_deref(),
        Some(groups.as_str()),
        place.tenancy.as_deref(),
        instance.ebs_optimized.as_deref(),
        profile.and_then(|profile| profile.arn.as_deref()),
    ];
    if !is_api {
        fields.push(instance.architecture.as_deref());
    }
    Line::new("INSTANCE", &fields)
}

/// A time as ec2-api-tools write it: `2016-02-12T22:03:22+0000`.
fn to_the_second(time: &str) -> Cow<'_, str> {
    let Some(time) = time.strip_suffix('Z') else {
        return Cow::Borrowed(time);
    };
    let whole = time.split_once('.').map_or(time, |(whole, _)| whole);
    Cow::Owned(format!("{whole}+0000"))
}

fn block_device(device: &AttachedDevice) -> Line {
    let ebs = device.ebs.as_ref();
    let fields = [
        device.device_name.as_deref(),
        ebs.and_then(|ebs| ebs.volume_id.as_deref()),
        ebs.and_then(|ebs| ebs.attach_time.as_deref()),
        ebs.and_then(|ebs| ebs.delete_on_termination.as_deref()),
        ebs.and_then(|ebs| ebs.volume_type.as_deref()),
        ebs.and_then(|ebs| ebs.iops.as_deref()),
    ];
    Line::new("BLOCKDEVICE", &fields)
}

fn interface(interface: &NetworkInterface, family: Family) -> Vec<Line> {
    let is_api = family == Family::Ec2Api;
    let (own, attachment) = if is_api {
        ("NIC", "NICATTACHMENT")
    } else {
        ("NETWORKINTERFACE", "ATTACHMENT")
    };
    let fields = [
        interface.network_interface_id.as_deref(),
        interface.subnet_id.as_deref(),
        interface.vpc_id.as_deref(),
        interface.owner_id.as_deref(),
        interface.status.as_deref(),
        interface.private_ip_address.as_deref(),
        interface.private_dns_name.as_deref(),
        interface.source_dest_check.as_deref(),
    ];
    let mut lines = vec![Line::new(own, &fields)];
    lines.extend(interface.attachment.as_ref().map(|attached| {
        let fields = [
            attached.attachment_id.as_deref(),
            attached.device_index.as_deref(),
            attached.status.as_deref(),
            attached.attach_time.as_deref(),
            attached.delete_on_termination.as_deref(),
        ];
        Line::new(attachment, &fields)
    }));
    lines.extend(association(interface, is_api));
    lines.extend(interface.group_set.iter().map(|group| {
        let fields = [group.group_id.as_deref(), group.group_name.as_deref()];
        Line::new("GROUP", &fields)
    }));
    lines.extend(interface.private_ip_addresses_set.iter().map(|address| {
        let outside = address.association.as_ref();
        let fields = [
            address.private_ip_address.as_deref(),
            address.private_dns_name.as_deref(),
            if is_api {
                outside.and_then(|outside| outside.public_dns_name.as_deref())
            } else {
                (address.primary == Some(true)).then_some("primary")
            },
        ];
        Line::new("PRIVATEIPADDRESS", &fields)
    }));
    lines
}

/// The address outside, with the one inside that it belongs to.
fn association(interface: &NetworkInterface, is_api: bool) -> Option<Line> {
    let association = interface.association.as_ref()?;
    let inside = interface.private_ip_addresses_set.iter().find(|address| {
        let public = address.association.as_ref();
        public.is_some_and(|public| public.public_ip == association.public_ip)
    });
    let fields = [
        association.public_ip.as_deref(),
        association.ip_owner_id.as_deref(),
        inside.and_then(|address| address.private_ip_address.as_deref()),
    ];
    let word = if is_api {
        "NICASSOCIATION"
    } else {
        "ASSOCIATION"
    };
    Some(Line::new(word, &fields))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_launch_is_told_to_the_second() {
        for (time, want) in [
            ("2016-02-12T22:03:22.000Z", "2016-02-12T22:03:22+0000"),
            ("2016-02-12T22:03:22Z", "2016-02-12T22:03:22+0000"),
            ("yesterday", "yesterday"),
        ] {
            assert_eq!(to_the_second(time), want);
        }
    }
}
