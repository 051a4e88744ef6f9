//! What can be asked of the configuration files, and how the answer says where it stands.

use std::fmt;
use std::path::PathBuf;

/// What the configuration can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// The user's private key: `private-key` of the user.
    PrivateKey,
    /// The user's certificate: `certificate` of the user.
    UserCertificate,
    /// The account: `account-id` of the user.
    AccountId,
    /// The cloud's certificate: `certificate` of the region.
    CloudCertificate,
    /// Where the cloud hands out its certificate: `bootstrap-url` of the region.
    BootstrapUrl,
    /// The access key's id: `key-id` of the user.
    KeyId,
    /// The access key's secret: `secret-key` of the user.
    SecretKey,
    /// Where the cloud's S3 is: `s3-url` of the region.
    S3Url,
    /// Where the cloud's EC2 is: `ec2-url` of the region.
    Ec2Url,
    /// Where the blocks of the cloud's snapshots are: `ebs-url` of the region.
    EbsUrl,
    /// Whether requests to S3 are signed with version 4: `s3-force-sigv4` of the region.
    S3ForceSigV4,
    /// Whether requests to EC2 are signed with version 4: `ec2-force-sigv4` of the region.
    Ec2ForceSigV4,
    /// Where new buckets are made: `s3-location-constraint` of the region.
    S3LocationConstraint,
    /// The key pair that instances are run with: `ec2-default-keypair` of the region.
    DefaultKeyPair,
    /// Whether the server's certificate is checked: `verify-ssl` of the region.
    VerifySsl,
    /// The region's name in signatures: `name` of the region.
    RegionName,
}

/// A value of the configuration, and where it stands.
#[derive(Clone, PartialEq, Eq)]
pub struct Located {
    /// The value; it may be a secret.
    pub value: String,
    /// The section, `user alice`.
    pub section: String,
    /// The option in it.
    pub option: String,
    /// The file.
    pub path: PathBuf,
}

impl fmt::Debug for Located {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Located")
            .field("section", &self.section)
            .field("option", &self.option)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Setting {
    /// The kind of section, and the option in it.
    #[must_use]
    pub const fn place(self) -> (&'static str, &'static str) {
        match self {
            Self::PrivateKey => ("user", "private-key"),
            Self::UserCertificate => ("user", "certificate"),
            Self::AccountId => ("user", "account-id"),
            Self::CloudCertificate => ("region", "certificate"),
            Self::BootstrapUrl => ("region", "bootstrap-url"),
            Self::KeyId => ("user", "key-id"),
            Self::SecretKey => ("user", "secret-key"),
            Self::S3Url => ("region", "s3-url"),
            Self::Ec2Url => ("region", "ec2-url"),
            Self::EbsUrl => ("region", "ebs-url"),
            Self::S3ForceSigV4 => ("region", "s3-force-sigv4"),
            Self::Ec2ForceSigV4 => ("region", "ec2-force-sigv4"),
            Self::S3LocationConstraint => ("region", "s3-location-constraint"),
            Self::DefaultKeyPair => ("region", "ec2-default-keypair"),
            Self::VerifySsl => ("region", "verify-ssl"),
            Self::RegionName => ("region", "name"),
        }
    }
}
