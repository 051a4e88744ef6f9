//! Instances and their reservations, as answers have them.

use serde::Serialize;

use super::super::{Fields, FromFields, StateReason, Tag, Unreadable};
use super::NetworkInterface;

/// What one call of `RunInstances` made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reservation {
    /// Its id: `r-…`.
    pub reservation_id: String,
    /// The account that it belongs to.
    pub owner_id: Option<String>,
    /// Security groups, outside of a VPC.
    pub group_set: Vec<SecurityGroupName>,
    /// The instances.
    pub instances_set: Vec<Instance>,
}

/// An instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Instance {
    /// Its id: `i-…`.
    pub instance_id: String,
    /// The image that it runs.
    pub image_id: Option<String>,
    /// Where it is in its life.
    pub instance_state: Option<InstanceState>,
    /// Name inside of the cloud.
    pub private_dns_name: Option<String>,
    /// Name outside; old clouds have the address here.
    pub dns_name: Option<String>,
    /// Why it is in its state, in words: `User initiated (2026-11-21 09:00:00 GMT)`.
    pub reason: Option<String>,
    /// The key pair whose public half it got.
    pub key_name: Option<String>,
    /// Its place among the instances of its reservation.
    pub ami_launch_index: Option<String>,
    /// Product codes.
    pub product_codes: Vec<String>,
    /// Its type: `m1.small`.
    pub instance_type: Option<String>,
    /// When it was run.
    pub launch_time: Option<String>,
    /// Where it runs.
    pub placement: Placement,
    /// Its kernel.
    pub kernel_id: Option<String>,
    /// Its ramdisk.
    pub ramdisk_id: Option<String>,
    /// `windows`, or nothing.
    pub platform: Option<String>,
    /// Whether it is watched closely.
    pub monitoring: Option<Monitoring>,
    /// Its subnet.
    pub subnet_id: Option<String>,
    /// Its network.
    pub vpc_id: Option<String>,
    /// Address inside of the cloud.
    pub private_ip_address: Option<String>,
    /// Address outside.
    pub ip_address: Option<String>,
    /// Security groups.
    pub group_set: Vec<SecurityGroupName>,
    /// Why it is in its state.
    pub state_reason: Option<StateReason>,
    /// Processor architecture.
    pub architecture: Option<String>,
    /// `ebs` or `instance-store`.
    pub root_device_type: Option<String>,
    /// Device of the root file system: `/dev/sda1`.
    pub root_device_name: Option<String>,
    /// The volumes that are attached to it.
    pub block_device_mapping: Vec<AttachedDevice>,
    /// `hvm` or `paravirtual`.
    pub virtualization_type: Option<String>,
    /// `kvm`, `xen`, `nitro`.
    pub hypervisor: Option<String>,
    /// `spot`, or nothing.
    pub instance_lifecycle: Option<String>,
    /// The spot request that it comes from.
    pub spot_instance_request_id: Option<String>,
    /// The token that it was run with.
    pub client_token: Option<String>,
    /// Whether its way to volumes is its own.
    pub ebs_optimized: Option<String>,
    /// The role it has.
    pub iam_instance_profile: Option<IamInstanceProfile>,
    /// Its network interfaces.
    pub network_interface_set: Vec<NetworkInterface>,
    /// Its tags.
    pub tag_set: Vec<Tag>,
    /// How its metadata may be asked for.
    pub metadata_options: Option<MetadataOptions>,
    /// Firmware that it began with: `uefi`, `legacy-bios`.
    pub boot_mode: Option<String>,
}

/// Where an instance is in its life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InstanceState {
    /// 0 pending, 16 running, 32 shutting-down, 48 terminated, 64 stopping, 80 stopped.
    pub code: Option<String>,
    /// The same in a word.
    pub name: Option<String>,
}

/// Where an instance runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Placement {
    /// The zone.
    pub availability_zone: Option<String>,
    /// Placement group.
    pub group_name: Option<String>,
    /// `default`, `dedicated` or `host`.
    pub tenancy: Option<String>,
}

/// Whether an instance is watched closely.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Monitoring {
    /// `enabled`, `disabled`; Eucalyptus: `false`.
    pub state: Option<String>,
}

/// A security group by its names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SecurityGroupName {
    /// Its id: `sg-…`; old clouds have the name here.
    pub group_id: Option<String>,
    /// Its name.
    pub group_name: Option<String>,
}

/// The role of an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IamInstanceProfile {
    /// Its ARN.
    pub arn: Option<String>,
    /// Its id.
    pub id: Option<String>,
}

/// How an instance's metadata may be asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MetadataOptions {
    /// `required`: only with a token.
    pub http_tokens: Option<String>,
    /// `enabled` or `disabled`.
    pub http_endpoint: Option<String>,
}

/// A device of an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AttachedDevice {
    /// `/dev/sda1`.
    pub device_name: Option<String>,
    /// The volume that it is.
    pub ebs: Option<AttachedVolume>,
}

/// A volume at an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AttachedVolume {
    /// Its id: `vol-…`.
    pub volume_id: Option<String>,
    /// `attaching`, `attached`, `detaching`.
    pub status: Option<String>,
    /// Since when.
    pub attach_time: Option<String>,
    /// Whether it ends with the instance.
    pub delete_on_termination: Option<String>,
    /// `standard`, `gp3`; few services tell.
    pub volume_type: Option<String>,
    /// Operations a second; few services tell.
    pub iops: Option<String>,
}

impl Instance {
    /// The name of its state; empty if the service tells none.
    #[must_use]
    pub fn state(&self) -> &str {
        let state = self.instance_state.as_ref();
        state.and_then(|state| state.name.as_deref()).unwrap_or("")
    }

    /// Why it is in its state, as far as the service tells.
    #[must_use]
    pub fn why(&self) -> Option<&str> {
        let reason = self.state_reason.as_ref();
        let told = reason.and_then(StateReason::words);
        told.or(self.reason.as_deref())
    }
}

impl FromFields for Reservation {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            reservation_id: fields.required("reservationId")?,
            owner_id: fields.text("ownerId"),
            group_set: fields.list("groupSet")?,
            instances_set: fields.list("instancesSet")?,
        })
    }
}

impl FromFields for Instance {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        let codes = fields.items("productCodes");
        Ok(Self {
            instance_id: fields.required("instanceId")?,
            image_id: fields.text("imageId"),
            instance_state: fields.part("instanceState").map(InstanceState::read),
            private_dns_name: fields.text("privateDnsName"),
            dns_name: fields.text("dnsName"),
            reason: fields.text("reason"),
            key_name: fields.text("keyName"),
            ami_launch_index: fields.text("amiLaunchIndex"),
            product_codes: codes.filter_map(|code| code.text("productCode")).collect(),
            instance_type: fields.text("instanceType"),
            launch_time: fields.text("launchTime"),
            placement: fields.part("placement").map(placement).unwrap_or_default(),
            kernel_id: fields.text("kernelId"),
            ramdisk_id: fields.text("ramdiskId"),
            platform: fields.text("platform"),
            monitoring: fields.part("monitoring").map(|part| Monitoring {
                state: part.text("state"),
            }),
            subnet_id: fields.text("subnetId"),
            vpc_id: fields.text("vpcId"),
            private_ip_address: fields.text("privateIpAddress"),
            ip_address: fields.text("ipAddress"),
            group_set: fields.list("groupSet")?,
            state_reason: fields
                .part("stateReason")
                .map(StateReason::from_fields)
                .transpose()?,
            architecture: fields.text("architecture"),
            root_device_type: fields.text("rootDeviceType"),
            root_device_name: fields.text("rootDeviceName"),
            block_device_mapping: fields.list("blockDeviceMapping")?,
            virtualization_type: fields.text("virtualizationType"),
            hypervisor: fields.text("hypervisor"),
            instance_lifecycle: fields.text("instanceLifecycle"),
            spot_instance_request_id: fields.text("spotInstanceRequestId"),
            client_token: fields.text("clientToken"),
            ebs_optimized: fields.text("ebsOptimized"),
            iam_instance_profile: fields.part("iamInstanceProfile").map(|part| {
                IamInstanceProfile {
                    arn: part.text("arn"),
                    id: part.text("id"),
                }
            }),
            network_interface_set: fields.list("networkInterfaceSet")?,
            tag_set: fields.list("tagSet")?,
            metadata_options: fields.part("metadataOptions").map(|part| MetadataOptions {
                http_tokens: part.text("httpTokens"),
                http_endpoint: part.text("httpEndpoint"),
            }),
            boot_mode: fields.text("bootMode"),
        })
    }
}

fn placement(fields: Fields<'_>) -> Placement {
    Placement {
        availability_zone: fields.text("availabilityZone"),
        group_name: fields.text("groupName"),
        tenancy: fields.text("tenancy"),
    }
}

impl InstanceState {
    pub(super) fn read(fields: Fields<'_>) -> Self {
        Self {
            code: fields.text("code"),
            name: fields.text("name"),
        }
    }
}

impl FromFields for SecurityGroupName {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        // Eucalyptus 2 has <entry>, or the name as the item's own text.
        let own = fields.own_text();
        let own = (!own.is_empty()).then(|| own.to_owned());
        Ok(Self {
            group_id: fields.text("groupId"),
            group_name: fields.text("groupName").or(fields.text("entry")).or(own),
        })
    }
}

impl FromFields for AttachedDevice {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            device_name: fields.text("deviceName"),
            ebs: fields.part("ebs").map(|part| AttachedVolume {
                volume_id: part.text("volumeId"),
                status: part.text("status"),
                attach_time: part.text("attachTime"),
                delete_on_termination: part.text("deleteOnTermination"),
                volume_type: part.text("volumeType"),
                iops: part.text("iops"),
            }),
        })
    }
}
