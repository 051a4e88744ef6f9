//! What a manifest says, as plain data.

use std::fmt;
use std::str::FromStr;

use crate::crypto::digest::Sha1Digest;

/// Everything between `<manifest>` and `</manifest>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Which layout the manifest has.
    pub version: Version,
    /// The program that made the bundle. Not covered by the signature.
    pub bundler: Bundler,
    /// What the image runs on; version 3 has none.
    pub machine_configuration: Option<MachineConfiguration>,
    /// The image and its parts.
    pub image: Image,
    /// The signature, as found.
    pub signature: Signature,
}

/// Layouts of the manifest. amikit writes the newest only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// `3`: no machine configuration, no type.
    V3,
    /// `20070829` or `2007-08-29`: an architecture, no type.
    V20070829,
    /// `2007-10-10`: everything.
    V20071010,
}

/// The program that made a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bundler {
    /// `amikit`, `ec2-ami-tools`, `euca2ools`, `euca-tools`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its release; 31337 in euca2ools before 3.0.
    pub release: String,
}

/// What an image runs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineConfiguration {
    /// Processor architecture, in EC2's spelling.
    pub architecture: Architecture,
    /// Virtual names and devices, sorted by virtual name.
    pub block_device_mapping: Vec<Mapping>,
    /// Kernel to boot with (`eki-…`, `aki-…`), or `true` in a kernel image.
    pub kernel_id: Option<String>,
    /// Ramdisk to boot with (`eri-…`, `ari-…`), or `true` in a ramdisk image.
    pub ramdisk_id: Option<String>,
    /// Product codes, one each.
    pub product_codes: Vec<String>,
}

/// A processor architecture in EC2's spelling (`i386`, `x86_64`, `arm64`, …).
///
/// Any non-empty text of letters, digits, `_`, `-` and `.` is accepted, as the old tools did;
/// [`Architecture::is_known`] tells whether a cloud is likely to accept it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Architecture(String);

/// Why a text is not an architecture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not an architecture: expected a name such as x86_64, i386 or arm64")]
pub struct ArchitectureError {
    /// The text as given.
    pub text: String,
}

/// One line of the block device mapping: which device a virtual name stands for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mapping {
    /// `ami`, `root`, `swap`, `ephemeral0`, …
    pub virtual_name: String,
    /// `sda1`, `/dev/sda1`, …
    pub device: String,
}

/// What kind of image it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ImageKind {
    /// A root filesystem or a disk.
    #[default]
    Machine,
    /// A kernel.
    Kernel,
    /// An initial ramdisk.
    Ramdisk,
}

/// The image and its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// The bundle's prefix and the name of the image file inside. Checked by the reader to be
    /// a plain file name.
    pub name: String,
    /// Account number of the owner, as it stands in the manifest.
    pub user: String,
    /// What kind of image it is; machine where the version does not say.
    pub kind: ImageKind,
    /// File name of the kernel, in kernel images of some tools.
    pub kernel_name: Option<String>,
    /// AMIs this image descends from, oldest first.
    pub ancestry: Vec<String>,
    /// SHA-1 of the whole tar stream, before compression.
    pub digest: Sha1Digest,
    /// Size of the image in bytes.
    pub size: u64,
    /// Sum of the parts' sizes in bytes.
    pub bundled_size: u64,
    /// Key and IV sealed for the cloud.
    pub ec2_sealed: SealedPair,
    /// Key and IV sealed for the user; empty when the bundle was made without a certificate.
    pub user_sealed: SealedPair,
    /// The parts, in order: the n-th element has index n.
    pub parts: Vec<Part>,
}

/// A key and an initialisation vector, each sealed with the same RSA key. Empty when absent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SealedPair {
    /// RSA ciphertext of the key's hex text.
    pub key: Vec<u8>,
    /// RSA ciphertext of the initialisation vector's hex text.
    pub iv: Vec<u8>,
}

/// One part of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// A plain file name, beside the manifest.
    pub filename: String,
    /// SHA-1 of the encrypted bytes.
    pub digest: Sha1Digest,
}

/// A manifest's signature, as found or to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signature {
    /// No element, or the text `UNSIGNED` that euca2ools writes without a private key.
    Unsigned,
    /// RSASSA-PKCS1-v1_5 with SHA-1.
    Rsa(Vec<u8>),
}

impl Architecture {
    /// The name as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether EC2 or Eucalyptus has used this architecture.
    #[must_use]
    pub fn is_known(&self) -> bool {
        matches!(
            self.as_str(),
            "i386" | "x86_64" | "arm64" | "armhf" | "ppc" | "ppc64" | "ppc64le"
        )
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Architecture {
    type Err = ArchitectureError;

    fn from_str(text: &str) -> Result<Self, ArchitectureError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if (1..=32).contains(&text.len()) && text.chars().all(plain) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ArchitectureError {
                text: text.chars().take(80).collect(),
            })
        }
    }
}

impl Version {
    /// The text in the `version` element, as amikit and the old tools write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V3 => "3",
            Self::V20070829 => "20070829",
            Self::V20071010 => "2007-10-10",
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl ImageKind {
    /// The text in the `type` element.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Machine => "machine",
            Self::Kernel => "kernel",
            Self::Ramdisk => "ramdisk",
        }
    }
}

impl fmt::Display for ImageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Image {
    /// Whether the digest is that of nothing, so that no image can be compared with it: euca2ools
    /// before 1.3.2 wrote it into every manifest.
    #[must_use]
    pub fn digest_is_unknown(&self) -> bool {
        self.digest == Sha1Digest::OF_NOTHING
    }
}

impl SealedPair {
    /// Whether there is nothing to open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.key.is_empty() && self.iv.is_empty()
    }
}
