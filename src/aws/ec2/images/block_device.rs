//! Block device mappings: which disks an instance of an image has.

use serde::Serialize;

use crate::aws::ec2::{Fields, FromFields, Parameters, Unreadable};

/// What a device of an instance is: a volume, an ephemeral disk, or nothing. The same in
/// requests and answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct BlockDeviceMapping {
    /// The device: `/dev/sda1`. Empty where an answer has none.
    pub device_name: String,
    /// An ephemeral disk: `ephemeral0`; Eucalyptus and old manifests: `ami`, `root`, `swap`.
    pub virtual_name: Option<String>,
    /// Whether there is no such device, even if the image has one.
    pub no_device: bool,
    /// A volume.
    pub ebs: Option<EbsBlockDevice>,
}

/// The volume of a mapping.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct EbsBlockDevice {
    /// The snapshot it is made from; empty if none.
    pub snapshot_id: Option<String>,
    /// GiB; the snapshot's if none.
    pub volume_size: Option<u32>,
    /// Whether it ends with the instance.
    pub delete_on_termination: Option<bool>,
    /// `standard`, `gp2`, `gp3`, `io1`, `io2`, `st1`, `sc1`.
    pub volume_type: Option<String>,
    /// Input and output operations a second.
    pub iops: Option<u32>,
    /// MiB a second; of `gp3` only.
    pub throughput: Option<u32>,
    /// Whether it is encrypted.
    pub encrypted: Option<bool>,
    /// The key it is encrypted with: id, alias or ARN.
    pub kms_key_id: Option<String>,
}

impl FromFields for BlockDeviceMapping {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            device_name: fields.text("deviceName").unwrap_or_default(),
            virtual_name: fields.text("virtualName"),
            // Amazon's is empty, Eucalyptus' says true.
            no_device: fields
                .part("noDevice")
                .is_some_and(|part| !part.own_text().eq_ignore_ascii_case("false")),
            ebs: fields
                .part("ebs")
                .map(EbsBlockDevice::from_fields)
                .transpose()?,
        })
    }
}

impl FromFields for EbsBlockDevice {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            snapshot_id: fields.text("snapshotId"),
            volume_size: fields.number("volumeSize")?,
            delete_on_termination: fields.flag("deleteOnTermination")?,
            volume_type: fields.text("volumeType"),
            iops: fields.number("iops")?,
            throughput: fields.number("throughput")?,
            encrypted: fields.flag("encrypted")?,
            kms_key_id: fields.text("kmsKeyId"),
        })
    }
}

impl Parameters {
    /// The mappings of an image or of instances: `BlockDeviceMapping.N.…`.
    pub fn block_device_mappings(&mut self, mappings: &[BlockDeviceMapping]) {
        for (index, mapping) in mappings.iter().enumerate() {
            let prefix = format!("BlockDeviceMapping.{}", index + 1);
            self.set(format!("{prefix}.DeviceName"), mapping.device_name.clone());
            self.set_some(
                format!("{prefix}.VirtualName"),
                mapping.virtual_name.as_ref(),
            );
            if mapping.no_device {
                // The value that every service so far takes for yes.
                self.set(format!("{prefix}.NoDevice"), "true");
            }
            if let Some(ebs) = &mapping.ebs {
                self.ebs(&format!("{prefix}.Ebs"), ebs);
            }
        }
    }

    fn ebs(&mut self, prefix: &str, ebs: &EbsBlockDevice) {
        self.set_some(format!("{prefix}.SnapshotId"), ebs.snapshot_id.as_ref());
        self.set_some(format!("{prefix}.VolumeSize"), ebs.volume_size);
        self.set_some(
            format!("{prefix}.DeleteOnTermination"),
            ebs.delete_on_termination,
        );
        self.set_some(format!("{prefix}.VolumeType"), ebs.volume_type.as_ref());
        self.set_some(format!("{prefix}.Iops"), ebs.iops);
        self.set_some(format!("{prefix}.Throughput"), ebs.throughput);
        self.set_some(format!("{prefix}.Encrypted"), ebs.encrypted);
        self.set_some(format!("{prefix}.KmsKeyId"), ebs.kms_key_id.as_ref());
    }
}
