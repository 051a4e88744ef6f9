//! What an inspection found: plain data, as `--json` shows it.
//!
//! Sizes and offsets are bytes. Texts from the image have their control characters replaced.

use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

/// What a disk image is and holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DiskReport {
    /// The image as it was named.
    #[serde(serialize_with = "lossy")]
    pub path: PathBuf,
    /// Whether the path is a file or a device.
    pub source: SourceKind,
    /// Bytes from its first to its last.
    pub size: u64,
    /// Bytes that a regular file occupies; unknown for a device.
    pub allocated: Option<u64>,
    /// Whether a regular file occupies less than its size, so has holes.
    pub sparse: bool,
    /// What it is.
    pub content: Content,
    /// What is odd about the image as a whole.
    pub warnings: Vec<String>,
}

/// What the path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceKind {
    /// A regular file.
    File,
    /// A block device.
    BlockDevice,
}

/// What an image is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Content {
    /// A disk with a partition table.
    Partitioned(PartitionTable),
    /// One filesystem (or swap area, LUKS container, LVM volume) without a partition table.
    Filesystem(Box<Volume>),
    /// A kernel, as a machine image names it apart (EKI, AKI).
    Kernel(Kernel),
    /// An initial ramdisk: a cpio archive (ERI, ARI).
    Ramdisk {
        /// How the archive is compressed; `None` when it is not.
        compression: Option<Compression>,
    },
    /// A compressed file of which the content is not known: a disk image, or a ramdisk.
    Compressed {
        /// How.
        compression: Compression,
    },
    /// A disk or archive in another format than raw.
    Container {
        /// Which.
        format: Container,
    },
    /// Nothing: no bytes, or zeros where anything known would begin.
    Empty,
    /// None of the above.
    Unknown,
}

/// A compression format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Compression {
    Gzip,
    Bzip2,
    Xz,
    Lzma,
    Zstd,
    Lz4,
}

/// A format that is not raw and has to be converted first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Container {
    Qcow2,
    Vmdk,
    Vdi,
    Vhd,
    Vhdx,
    Iso9660,
    Tar,
}

/// A Linux kernel or EFI program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Kernel {
    /// How it is packed.
    pub format: KernelFormat,
    /// `uname -r` and the build, where the header tells (bzImage only).
    pub version: Option<String>,
    /// EC2's name of the architecture, or the ELF/PE name where EC2 has none.
    pub architecture: Option<String>,
    /// Whether UEFI firmware can start it by itself.
    pub efi: bool,
}

/// How a kernel is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KernelFormat {
    /// x86 boot protocol.
    BzImage,
    /// arm64 `Image`.
    Arm64Image,
    /// ELF `vmlinux`.
    Vmlinux,
    /// PE program for UEFI, such as a unified kernel image.
    EfiProgram,
}

/// A partition table and its partitions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartitionTable {
    /// Which kind.
    pub scheme: Scheme,
    /// GPT disk GUID, or the MBR's disk signature as `0x1234abcd`.
    pub id: Option<String>,
    /// Bytes in a sector, as the table counts them.
    pub sector_size: u32,
    /// In the order of their numbers.
    pub partitions: Vec<Partition>,
    /// What is wrong with the table.
    pub warnings: Vec<String>,
}

/// A kind of partition table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// Master boot record.
    Mbr,
    /// GUID partition table.
    Gpt,
}

/// One partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Partition {
    /// As Linux numbers it: from 1; logical partitions from 5.
    pub number: u32,
    /// Where it stands in the table.
    pub role: PartitionRole,
    /// First byte.
    pub start: u64,
    /// Bytes.
    pub size: u64,
    /// MBR type as `0x83`, or GPT type GUID.
    pub type_code: String,
    /// What the type is called, where it is a common one.
    pub type_name: Option<&'static str>,
    /// GPT partition name.
    pub name: Option<String>,
    /// GPT partition GUID.
    pub guid: Option<String>,
    /// MBR active flag, or GPT legacy-BIOS-bootable attribute.
    pub bootable: bool,
    /// GPT attributes but the bootable one.
    pub attributes: Vec<String>,
    /// What the partition holds, where it is recognised.
    pub volume: Option<Volume>,
}

/// Where a partition stands in its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PartitionRole {
    /// An entry of the table itself.
    Primary,
    /// The MBR entry that holds the logical ones.
    Extended,
    /// Inside the extended one.
    Logical,
}

/// A filesystem, or what takes its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Volume {
    /// Which.
    pub filesystem: FilesystemKind,
    /// Its name; of an LVM volume, the volume group.
    pub label: Option<String>,
    /// UUID, or what the filesystem has for it (FAT: `1234-ABCD`).
    pub uuid: Option<String>,
    /// Bytes that it manages.
    pub size: Option<u64>,
    /// Bytes of it that are free.
    pub free: Option<u64>,
    /// Bytes in its block (FAT: cluster).
    pub block_size: Option<u64>,
    /// Notable features, by their tools' names.
    pub features: Vec<String>,
    /// How it was left.
    pub state: Option<VolumeState>,
    /// Where it was mounted last.
    pub last_mounted_on: Option<String>,
    /// When it was mounted last, in Unix seconds.
    pub last_mounted_at: Option<u64>,
    /// The operating system inside; only ext filesystems are looked into.
    pub system: Option<System>,
    /// What is wrong with it, or could not be read.
    pub warnings: Vec<String>,
}

/// A kind of filesystem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum FilesystemKind {
    Ext2,
    Ext3,
    Ext4,
    Xfs,
    Btrfs,
    Fat12,
    Fat16,
    Fat32,
    Swap,
    Squashfs,
    Iso9660,
    Luks,
    Lvm2,
}

/// How a filesystem was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum VolumeState {
    /// Unmounted in order.
    Clean,
    /// Not unmounted, or in use.
    Dirty,
    /// The journal has to be replayed.
    NeedsRecovery,
    /// The kernel found errors.
    Errors,
}

/// The operating system that a filesystem holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct System {
    /// `PRETTY_NAME` of os-release.
    pub pretty_name: Option<String>,
    /// `ID` of os-release.
    pub id: Option<String>,
    /// `VERSION_ID` of os-release.
    pub version_id: Option<String>,
    /// First line of `/etc/hostname`.
    pub hostname: Option<String>,
    /// EC2's name of the architecture of `/bin/sh`, or the ELF name where EC2 has none.
    pub architecture: Option<String>,
    /// Kernel files in `/boot`, or in the root of a boot filesystem.
    pub kernels: Vec<String>,
    /// Initial ramdisks beside them.
    pub initrds: Vec<String>,
    /// Kernel versions that have modules.
    pub modules: Vec<String>,
    /// Boot loader configurations that exist.
    pub boot_loaders: Vec<String>,
    /// Lines of `/etc/fstab` but comments, at most 64.
    pub fstab: Vec<String>,
    /// Whether cloud-init is installed.
    pub cloud_init: bool,
}

impl Volume {
    /// A volume of which only the kind is known.
    pub(super) fn new(filesystem: FilesystemKind) -> Self {
        Self {
            filesystem,
            label: None,
            uuid: None,
            size: None,
            free: None,
            block_size: None,
            features: Vec::new(),
            state: None,
            last_mounted_on: None,
            last_mounted_at: None,
            system: None,
            warnings: Vec::new(),
        }
    }
}

/// A path that is not UTF-8 is shown, not refused.
fn lossy<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&path.display())
}
