//! `RunInstances`.

use std::fmt;

use base64ct::{Base64, Encoding as _};
use zeroize::Zeroizing;

use super::super::{BlockDeviceMapping, Ec2Request, Parameters, TagSpecification};
use super::{NetworkInterfaceSpecification, Placement, Reservation};

/// Most bytes of user data that EC2 takes, before they are made base64.
const MOST_USER_DATA: usize = 16 << 10;

/// `RunInstances`, with a client token: made twice, it runs once.
#[derive(Debug, Clone, Default)]
pub struct RunInstances {
    /// The image.
    pub image_id: String,
    /// Fewest instances; with less room there will be none.
    pub min_count: u32,
    /// Most instances.
    pub max_count: u32,
    /// The key pair whose public half they get.
    pub key_name: Option<String>,
    /// Security groups by name.
    pub security_groups: Vec<String>,
    /// Security groups by id.
    pub security_group_ids: Vec<String>,
    /// What they can read of their metadata.
    pub user_data: Option<UserData>,
    /// Eucalyptus: `public`, or `private` for none outside.
    pub addressing_type: Option<String>,
    /// Their type: `m1.small`.
    pub instance_type: Option<String>,
    /// Where they run.
    pub placement: Placement,
    /// Their kernel, if not the image's.
    pub kernel_id: Option<String>,
    /// Their ramdisk, if not the image's.
    pub ramdisk_id: Option<String>,
    /// Their disks, where others than the image's.
    pub block_device_mappings: Vec<BlockDeviceMapping>,
    /// Whether they are watched closely.
    pub monitoring: bool,
    /// Their subnet.
    pub subnet_id: Option<String>,
    /// Their address inside, of one instance.
    pub private_ip_address: Option<String>,
    /// Their network interfaces; then subnet, address and groups belong to these.
    pub network_interfaces: Vec<NetworkInterfaceSpecification>,
    /// What a shutdown from inside does: `stop` or `terminate`.
    pub instance_initiated_shutdown_behavior: Option<String>,
    /// Whether they cannot be ended before that is allowed again.
    pub disable_api_termination: bool,
    /// Whether their way to volumes is their own.
    pub ebs_optimized: bool,
    /// Their role, by name or ARN.
    pub iam_instance_profile: Option<String>,
    /// How their metadata may be asked for: `optional` or `required` tokens.
    pub http_tokens: Option<String>,
    /// What makes a repeated request the same one.
    pub client_token: String,
    /// Their tags.
    pub tags: Vec<TagSpecification>,
}

/// The same request for services that know no client tokens: it is not made twice.
#[derive(Debug, Clone)]
pub struct RunInstancesOnce(
    /// The request, whose token is not sent.
    pub RunInstances,
);

/// What instances can read of their metadata. It often has passwords in it.
#[derive(Clone, PartialEq, Eq)]
pub struct UserData(Zeroizing<Vec<u8>>);

/// User data are longer than EC2 takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("user data of {found} bytes: EC2 takes at most {MOST_USER_DATA}")]
pub struct UserDataTooLong {
    /// Their length.
    pub found: usize,
}

impl UserData {
    /// Most bytes that are taken.
    pub const MOST: usize = MOST_USER_DATA;

    /// These bytes.
    ///
    /// # Errors
    /// When there are more than 16 KiB.
    pub fn new(bytes: Vec<u8>) -> Result<Self, UserDataTooLong> {
        let bytes = Zeroizing::new(bytes);
        if bytes.len() > MOST_USER_DATA {
            return Err(UserDataTooLong { found: bytes.len() });
        }
        Ok(Self(bytes))
    }
}

impl fmt::Debug for UserData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserData({} bytes, hidden)", self.0.len())
    }
}

impl Ec2Request for RunInstances {
    const ACTION: &'static str = "RunInstances";
    const REPEATABLE: bool = true;
    type Response = Reservation;

    fn client_token(&self) -> Option<&str> {
        Some(&self.client_token)
    }

    fn write(&self, parameters: &mut Parameters) {
        self.write_without_token(parameters);
        parameters.set("ClientToken", &self.client_token);
    }
}

impl Ec2Request for RunInstancesOnce {
    const ACTION: &'static str = "RunInstances";
    const REPEATABLE: bool = false;
    type Response = Reservation;

    fn write(&self, parameters: &mut Parameters) {
        self.0.write_without_token(parameters);
    }
}

impl RunInstances {
    fn write_without_token(&self, parameters: &mut Parameters) {
        parameters.set("ImageId", &self.image_id);
        parameters.set("MinCount", self.min_count.to_string());
        parameters.set("MaxCount", self.max_count.to_string());
        parameters.set_some("KeyName", self.key_name.as_ref());
        parameters.list("SecurityGroup", &self.security_groups);
        parameters.list("SecurityGroupId", &self.security_group_ids);
        if let Some(data) = self.user_data.as_ref().filter(|data| !data.0.is_empty()) {
            parameters.set_secret("UserData", Base64::encode_string(&data.0));
        }
        parameters.set_some("AddressingType", self.addressing_type.as_ref());
        parameters.set_some("InstanceType", self.instance_type.as_ref());
        let place = &self.placement;
        parameters.set_some(
            "Placement.AvailabilityZone",
            place.availability_zone.as_ref(),
        );
        parameters.set_some("Placement.GroupName", place.group_name.as_ref());
        parameters.set_some("Placement.Tenancy", place.tenancy.as_ref());
        parameters.set_some("KernelId", self.kernel_id.as_ref());
        parameters.set_some("RamdiskId", self.ramdisk_id.as_ref());
        parameters.block_device_mappings(&self.block_device_mappings);
        parameters.set_some("Monitoring.Enabled", self.monitoring.then_some(true));
        parameters.set_some("SubnetId", self.subnet_id.as_ref());
        parameters.set_some("PrivateIpAddress", self.private_ip_address.as_ref());
        for (index, interface) in self.network_interfaces.iter().enumerate() {
            interface.write(&format!("NetworkInterface.{}", index + 1), parameters);
        }
        parameters.set_some(
            "InstanceInitiatedShutdownBehavior",
            self.instance_initiated_shutdown_behavior.as_ref(),
        );
        parameters.set_some(
            "DisableApiTermination",
            self.disable_api_termination.then_some(true),
        );
        parameters.set_some("EbsOptimized", self.ebs_optimized.then_some(true));
        if let Some(profile) = &self.iam_instance_profile {
            let kind = if profile.starts_with("arn:") {
                "Arn"
            } else {
                "Name"
            };
            parameters.set(format!("IamInstanceProfile.{kind}"), profile);
        }
        parameters.set_some("MetadataOptions.HttpTokens", self.http_tokens.as_ref());
        parameters.tag_specifications(&self.tags);
    }
}
