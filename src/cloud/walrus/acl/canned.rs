//! Lists that have a name.

use crate::cloud::walrus::S3Result;
use crate::cloud::walrus::xml::invalid_argument;

use super::{Acl, Grantee, Permission};

/// A canned ACL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Canned {
    /// Nobody but the owner. What is made without a word gets this.
    Private,
    /// Everybody reads.
    PublicRead,
    /// Everybody reads and writes.
    PublicReadWrite,
    /// Every account reads.
    AuthenticatedRead,
    /// The bucket's owner reads the object. Nothing on buckets.
    BucketOwnerRead,
    /// The bucket's owner has every permission. Nothing on buckets.
    BucketOwnerFullControl,
    /// The cloud reads, to start instances.
    AwsExecRead,
    /// The cloud reads the bundle of an image: the older name of the same.
    Ec2BundleRead,
    /// Access logs may be written into the bucket.
    LogDeliveryWrite,
}

impl Canned {
    const ALL: [Self; 9] = [
        Self::Private,
        Self::PublicRead,
        Self::PublicReadWrite,
        Self::AuthenticatedRead,
        Self::BucketOwnerRead,
        Self::BucketOwnerFullControl,
        Self::AwsExecRead,
        Self::Ec2BundleRead,
        Self::LogDeliveryWrite,
    ];

    /// Its name in `x-amz-acl`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::PublicRead => "public-read",
            Self::PublicReadWrite => "public-read-write",
            Self::AuthenticatedRead => "authenticated-read",
            Self::BucketOwnerRead => "bucket-owner-read",
            Self::BucketOwnerFullControl => "bucket-owner-full-control",
            Self::AwsExecRead => "aws-exec-read",
            Self::Ec2BundleRead => "ec2-bundle-read",
            Self::LogDeliveryWrite => "log-delivery-write",
        }
    }

    /// The canned ACL of this name.
    ///
    /// # Errors
    /// `InvalidArgument` when there is none.
    pub fn from_name(name: &str) -> S3Result<Self> {
        let found = Self::ALL.into_iter().find(|acl| acl.as_str() == name);
        found.ok_or_else(|| {
            let names = Self::ALL.map(Self::as_str).join(", ");
            let why = format!("there is no such canned ACL, expected one of {names}");
            invalid_argument("x-amz-acl", name, why)
        })
    }

    /// Its grants. `bucket_owner` is none for a bucket's own list.
    #[must_use]
    pub fn list(self, owner: &str, bucket_owner: Option<&str>) -> Acl {
        let mut acl = Acl::default();
        acl.add(Grantee::of_id(owner), Permission::FullControl);
        match self {
            Self::Private => {}
            Self::PublicRead => acl.add(Grantee::AllUsers, Permission::Read),
            Self::PublicReadWrite => {
                acl.add(Grantee::AllUsers, Permission::Read);
                acl.add(Grantee::AllUsers, Permission::Write);
            }
            Self::AuthenticatedRead => acl.add(Grantee::AuthenticatedUsers, Permission::Read),
            Self::BucketOwnerRead | Self::BucketOwnerFullControl => {
                let permission = match self {
                    Self::BucketOwnerRead => Permission::Read,
                    _ => Permission::FullControl,
                };
                if let Some(id) = bucket_owner.filter(|id| *id != owner) {
                    acl.add(Grantee::of_id(id), permission);
                }
            }
            Self::AwsExecRead | Self::Ec2BundleRead => acl.add(Grantee::Cloud, Permission::Read),
            Self::LogDeliveryWrite => {
                acl.add(Grantee::LogDelivery, Permission::Write);
                acl.add(Grantee::LogDelivery, Permission::ReadAcp);
            }
        }
        acl
    }
}
